"""Pairs who may be one person, found all at once."""

from datetime import date

import pytest

from patients.models import Patient, PatientPair
from patients.pairs import MOST_BEARERS, find_pairs, preset
from tests.factories import OrganizationFactory, PatientFactory

pytestmark = pytest.mark.django_db
BORN = date(1971, 3, 4)
PHONE, OTHER_PHONE = "+959250088870", "+959250088871"


@pytest.fixture
def organization():
    return OrganizationFactory()


@pytest.fixture
def khin(organization):
    return patient(organization, name="Daw Khin Myat Noe", phone=PHONE, birth_date=BORN)


def patient(organization, **said):
    return PatientFactory(organization=organization, **{"phone": "", "birth_date": None} | said)


def keys(organization):
    return [(pair.first, pair.second) for pair in find_pairs(organization)]


class TestWhoIsOne:
    @pytest.mark.parametrize(
        "said",
        [
            {"name": "Khin Noe", "phone": PHONE},
            {"name": "Daw Khin Myat Noe", "phone": PHONE, "birth_date": date(1972, 1, 1)},
            {"name": "Ma Khin Myat", "birth_date": BORN},
            {"name": "Ma Khin Myat Noe"},
            {"name": "Khin Myat Noe", "birth_date": date(1973, 1, 1), "birth_date_estimated": True},
        ],
    )
    def test_by_name_and_something_that_is_the_same(self, organization, khin, said):
        other = patient(organization, **said)
        assert keys(organization) == [(khin.pk, other.pk)]

    @pytest.mark.parametrize(
        "said",
        [
            {"name": "Khin Myat Moe", "phone": PHONE, "birth_date": date(1973, 8, 1)},
            {"name": "U Zaw Min Htun", "phone": PHONE},
            {"name": "U Zaw Min Htun", "birth_date": BORN},
            {"name": "Khin Myat Noe", "phone": OTHER_PHONE},
            {"name": "Khin Myat Noe", "birth_date": date(1990, 3, 4)},
            {"name": "Khin Myat Noe", "phone": PHONE, "is_active": False},
        ],
    )
    @pytest.mark.usefixtures("khin")
    def test_not_by_less(self, organization, said):
        patient(organization, **said)
        assert keys(organization) == []

    def test_nobody_of_another_organization(self, organization, khin):
        patient(OrganizationFactory(), name=khin.name, phone=PHONE, birth_date=BORN)
        assert keys(organization) == []

    def test_not_those_whom_somebody_told_apart(self, organization, khin):
        other = patient(organization, name=khin.name, phone=PHONE)
        PatientPair.objects.create(organization=organization, first=khin, second=other)
        assert keys(organization) == []

    def test_the_likeliest_first(self, organization, khin):
        by_name = patient(organization, name=khin.name)
        alike = patient(organization, name=khin.name, phone=PHONE, birth_date=BORN)
        assert keys(organization)[0] == (khin.pk, alike.pk)
        assert (khin.pk, by_name.pk) in keys(organization)

    def test_what_everybody_shares_says_nothing(self, organization):
        for number in range(MOST_BEARERS + 1):
            patient(organization, name=f"Ma Aye {number}", phone=PHONE)
        assert keys(organization) == []


@pytest.mark.parametrize("count", [1, 3])
def test_one_query(organization, khin, count, django_assert_num_queries):
    for _each in range(count):
        patient(organization, name=khin.name, phone=PHONE)
    with django_assert_num_queries(1):
        find_pairs(organization)


@pytest.mark.parametrize(
    ("kept", "other", "taken"),
    [
        ({"phone": ""}, {"phone": PHONE}, {"phone"}),
        ({"phone": PHONE}, {"phone": ""}, set()),
        ({"phone": PHONE}, {"phone": OTHER_PHONE}, {"phone"}),
        ({"birth_date": BORN, "birth_date_estimated": True}, {"birth_date": BORN}, {"birth_date"}),
        ({"birth_date": BORN}, {"birth_date": date(1980, 1, 1)}, set()),
        ({"name": "Khin Noe"}, {"name": "Daw Khin Myat Noe"}, {"name"}),
    ],
)
def test_the_fuller_and_the_later_is_preset(kept, other, taken):
    likely = preset(*(Patient(pk=pk, **{"name": "A", **said}) for pk, said in ((1, kept), (2, other))))
    assert {name for name, takes_other in likely.items() if takes_other} == taken
