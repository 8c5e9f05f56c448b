"""Who may be the same person as one about to be added."""

from datetime import date

import pytest

from patients.duplicates import find_duplicates
from patients.models import Patient
from tests.factories import OrganizationFactory, PatientFactory

pytestmark = pytest.mark.django_db

BORN = date(1971, 3, 4)
PHONE = "+959250088870"
OTHER_PHONE = "+959250088871"


@pytest.fixture
def khin():
    return PatientFactory(name="Daw Khin Myat Noe", phone=PHONE, birth_date=BORN)


def found(patient, **said):
    return find_duplicates(patient.organization, **{"name": "Khin Myat Noe"} | said) == [patient]


class TestTheSamePhone:
    @pytest.mark.parametrize(
        "name", ["Daw Khin Myat Noe", "Ma Khin Myat Noe", "Khin Noe", "noe myat khin", "Kin Myat Noe"]
    )
    def test_with_a_similar_name(self, khin, name):
        assert found(khin, name=name, phone=PHONE)

    @pytest.mark.parametrize("name", ["U Zaw Min Htun", "Khin Zaw", "Ko Myat"])
    def test_not_with_a_clearly_different_name(self, khin, name):
        assert not found(khin, name=name, phone=PHONE)

    def test_with_a_similar_name_and_another_birth_date_is_a_sister(self, khin):
        assert not found(khin, name="Khin Myat Moe", phone=PHONE, birth_date=date(1973, 8, 1))

    def test_with_the_very_same_name_and_another_birth_date_may_be_a_slip(self, khin):
        assert found(khin, phone=PHONE, birth_date=date(1971, 4, 3))


class TestTheSameBirthDate:
    @pytest.mark.parametrize("name", ["Khin Noe", "Kin Myat Noe"])
    def test_with_a_similar_name_and_another_phone(self, khin, name):
        assert found(khin, name=name, phone=OTHER_PHONE, birth_date=BORN)

    def test_not_with_a_clearly_different_name(self, khin):
        assert not found(khin, name="Daw Nilar Win", birth_date=BORN)

    def test_estimated_says_no_more_than_the_name(self):
        year = date(1971, 1, 1)
        patient = PatientFactory(name="Khin Myat Noe", birth_date=year, birth_date_estimated=True)
        assert not found(patient, name="Khin Noe", birth_date=year, birth_date_estimated=True)


class TestTheNameAlone:
    @pytest.mark.parametrize("name", ["Khin Myat Noe", "Dr Khin Myat Noe", "KHIN  MYAT-NOE", "Khin Myat Noel"])
    def test_when_it_is_the_same_or_very_similar(self, khin, name):
        assert found(khin, name=name)

    @pytest.mark.parametrize("name", ["Khin Myat Moe", "Khin Myat", "Khin", "Khin Khin Myat Noe", "%", "", "\0"])
    def test_not_when_it_is_less(self, khin, name):
        assert not found(khin, name=name)

    @pytest.mark.parametrize("name", ["ခင်မြတ်နိုး", "မခင်မြတ်နိုး", "ဒေါ် ခင် မြတ် နိုး", "ခင်မြတ်နို"])
    def test_in_burmese(self, name):
        assert found(PatientFactory(name="ဒေါ်ခင်မြတ်နိုး"), name=name)

    @pytest.mark.parametrize("name", ["ခင်မြတ်စိုး", "မြတ်နိုင်ခင်", "ခင်နိုး"])
    def test_not_when_it_is_less_in_burmese(self, name):
        assert not found(PatientFactory(name="ဒေါ်ခင်မြတ်နိုး"), name=name)

    def test_not_with_another_exact_birth_date(self, khin):
        assert not found(khin, birth_date=date(1971, 3, 5))

    def test_when_no_birth_date_is_known(self):
        assert found(PatientFactory(name="Khin Myat Noe"), birth_date=BORN)

    @pytest.mark.parametrize(("year", "same"), [(1966, True), (1976, True), (1965, False), (1977, False)])
    def test_an_age_may_be_five_years_off(self, khin, year, same):
        assert found(khin, birth_date=date(year, 1, 1), birth_date_estimated=True) is same

    @pytest.mark.parametrize(("born", "same"), [(date(1976, 12, 31), True), (date(1977, 1, 1), False)])
    def test_so_may_the_one_that_was_kept(self, born, same):
        kept = PatientFactory(name="Khin Myat Noe", birth_date=date(1971, 1, 1), birth_date_estimated=True)
        assert found(kept, birth_date=born) is same

    @pytest.mark.parametrize("born", [date.min, date.max])
    def test_the_first_and_the_last_day_there_is(self, khin, born):
        assert not found(khin, birth_date=born, birth_date_estimated=True)


def test_the_best_first(khin):
    organization = khin.organization
    name_alone, phone, both = (
        PatientFactory(organization=organization, name=name, **known)
        for name, known in (
            ("Khin Myat Noe", {}),
            ("Khin Myat No", {"phone": PHONE}),
            ("Ma Khin Myat Noe", {"phone": PHONE, "birth_date": BORN}),
        )
    )
    assert find_duplicates(organization, name="Khin Myat Noe", phone=PHONE, birth_date=BORN) == [
        khin,
        both,
        phone,
        name_alone,
    ]


def test_no_more_than_five(khin):
    PatientFactory.create_batch(6, organization=khin.organization, name="Khin Myat Noe")
    assert len(find_duplicates(khin.organization, name="Khin Myat Noe")) == 5


@pytest.mark.usefixtures("khin")
def test_nobody_of_another_organization():
    assert find_duplicates(OrganizationFactory(), name="Khin Myat Noe", phone=PHONE, birth_date=BORN) == []


def test_nobody_who_is_no_longer_active(khin):
    Patient.objects.update(is_active=False)
    assert not found(khin, phone=PHONE, birth_date=BORN)


def test_one_query(khin, django_assert_num_queries):
    with django_assert_num_queries(1):
        find_duplicates(khin.organization, name="Khin Myat Noe", phone=PHONE, birth_date=BORN)
