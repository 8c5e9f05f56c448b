"""The pages on which two records are found, compared, merged and taken apart."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import Role
from patients.models import Patient, PatientPair
from scheduling.models import PatientMerge
from scheduling.services.merging import merge
from tests.factories import AppointmentFactory, ClinicFactory, PatientFactory, UserFactory
from tests.practice import NINE, minutes
from tests.scheduling.views.conftest import signed_in, taken

pytestmark = pytest.mark.django_db
PHONE = "+959250088870"


@pytest.fixture
def pair(clinic_day):
    """Give two records of Daw Nwe Ni: the later one has a visit."""
    given = {"organization": clinic_day.organization, "name": "Daw Nwe Ni", "phone": PHONE}
    first, second = PatientFactory(**given, record_number="MR-1"), PatientFactory(**given, record_number="MR-2")
    taken(clinic_day, patient=second)
    return first, second


def merge_url(kept, other):
    return reverse("merge", args=[kept.pk, other.pk])


class TestTheList:
    def test_a_pair_with_the_one_to_keep_first(self, desk, pair):
        first, second = pair
        answer = desk.get("/patients/duplicates/")
        for said in ("same name", "same phone", "MR-1", "MR-2", merge_url(second, first)):
            assertContains(answer, said)

    def test_nobody(self, desk):
        assertContains(desk.get("/patients/duplicates/"), "Nobody is here twice")

    @pytest.mark.parametrize("count", [1, 3])
    def test_it_asks_the_database_as_often_for_three_as_for_one(
        self, clinic_day, desk, count, django_assert_num_queries
    ):
        for number in range(count):
            given = {"organization": clinic_day.organization, "name": f"Ma Hnin {number}"}
            PatientFactory.create_batch(2, **given, phone=f"{PHONE[:-1]}{number}")
        desk.get("/patients/duplicates/")  # what is asked once a process
        with django_assert_num_queries(QUERIES):
            assert len(desk.get("/patients/duplicates/").context["candidates"]) == count

    def test_whoever_is_limited_to_some_clinics_may_not(self, clinic_day, pair):
        limited = signed_in(clinic_day.organization, clinics=[clinic_day.clinic])
        assert limited.get("/patients/duplicates/").status_code == 403
        assert limited.post(merge_url(*pair)).status_code == 403
        assertNotContains(limited.get(f"/patients/{pair[0].pk}/"), reverse("same_as", args=[pair[0].pk]))


QUERIES = 8


class TestNamingAnother:
    def test_who_looks_alike_is_offered_at_once(self, desk, pair):
        first, second = pair
        assertContains(desk.get(f"/patients/{first.pk}/same/"), merge_url(second, first))

    def test_a_search_finds_the_other(self, clinic_day, desk, pair):
        other = PatientFactory(organization=clinic_day.organization, name="Khin Zaw")
        answer = desk.post(f"/patients/{pair[1].pk}/same/", {"q": "Khin Zaw"})
        assertContains(answer, merge_url(pair[1], other))

    def test_the_patient_is_not_the_other(self, clinic_day, desk):
        alone = PatientFactory(organization=clinic_day.organization, name="Khin Zaw")
        assertContains(desk.post(f"/patients/{alone.pk}/same/", {"q": "Khin Zaw"}), "Nobody else fits")


class TestMerging:
    def test_what_differs_can_be_chosen(self, desk, pair):
        Patient.objects.filter(pk=pair[0].pk).update(email="nwe@example.org")
        answer = desk.get(merge_url(pair[1], pair[0]))
        assertContains(answer, 'name="email" value="other" checked', count=1)
        assertNotContains(answer, 'name="phone"')

    def test_it_goes_on_to_the_kept_record_where_it_can_be_undone(self, desk, pair):
        first, second = pair
        Patient.objects.filter(pk=first.pk).update(email="nwe@example.org")
        answer = desk.post(merge_url(second, first), {"email": "other"})
        assertRedirects(answer, f"/patients/{second.pk}/", status_code=303, fetch_redirect_response=False)
        assert Patient.objects.get(pk=second.pk).email == "nwe@example.org"
        done = PatientMerge.objects.get()
        assert (done.kept, done.merged, done.created_by) == (second, first, desk.user)
        page = desk.get(f"/patients/{second.pk}/")
        for said in ("MR-1 is part of MR-2 now", reverse("merge_undo", args=[done.pk]), "MR-1"):
            assertContains(page, said)

    def test_overlapping_visits_are_listed_and_refuse_it(self, clinic_day, desk, pair):
        first, second = pair
        other = AppointmentFactory(
            practitioner__organization=clinic_day.organization,
            clinic=clinic_day.clinic,
            patient=first,
            appointment_date=NINE + minutes(10),
        )
        answer = desk.get(merge_url(second, first))
        assertContains(answer, reverse("appointment", args=[other.pk]))
        assertContains(answer, "Both records have visits at the same time.", count=1)
        assertNotContains(answer, "Merge MR-1 into MR-2")
        refused = desk.post(merge_url(second, first))
        assertContains(refused, reverse("appointment", args=[other.pk]), status_code=409)
        assert not PatientMerge.objects.exists()

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_not_with_itself_nor_with_what_is_not_there(self, desk, pair, method):
        stranger = PatientFactory()
        for kept, other in ((pair[0], pair[0]), (pair[0], stranger), (stranger, pair[0])):
            assert getattr(desk, method)(merge_url(kept, other)).status_code == 404


class TestTheOtherRecordSLinks:
    @pytest.fixture
    def merged(self, clinic_day, pair):
        merge(clinic_day.organization, actor=None, kept_id=pair[0].pk, merged_id=pair[1].pk)
        return pair

    def test_the_page_leads_to_the_kept_record(self, desk, merged):
        kept, other = merged
        answer = desk.get(f"/patients/{other.pk}/")
        assertRedirects(answer, f"/patients/{kept.pk}/", status_code=303)

    def test_for_a_practitioner_only_to_an_own_patient(self, clinic_day, merged):
        kept, other = merged
        clinic_day.practitioner.user = UserFactory()
        clinic_day.practitioner.save(update_fields=["user"])
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER, user=clinic_day.practitioner.user)
        assertRedirects(doctor.get(f"/patients/{other.pk}/"), f"/patients/{kept.pk}/", status_code=303)
        stranger = signed_in(clinic_day.organization, Role.PRACTITIONER)
        assert stranger.get(f"/patients/{other.pk}/").status_code == 404

    @pytest.mark.parametrize("address", ["/book/", "/upcoming/"])
    def test_a_page_that_names_it_means_the_kept_record(self, desk, merged, address):
        kept, other = merged
        answer = desk.get(address, {"patient": other.pk})
        assertContains(answer, f"patient={kept.pk}")
        assertNotContains(answer, f"patient={other.pk}")

    def test_a_form_that_was_open_books_for_the_kept_record(self, desk, merged, form):
        kept, other = merged
        form |= {"patient": other.pk, "start": "2030-01-07T10:00:00+06:30"}
        assert desk.post("/book/", form).status_code == 303
        assert kept.appointments.filter(appointment_date=NINE + minutes(60)).exists()


class TestUndoing:
    def test_it_gives_two_records_again(self, clinic_day, desk, pair):
        done = merge(clinic_day.organization, actor=None, kept_id=pair[0].pk, merged_id=pair[1].pk)
        assertContains(desk.get("/patients/duplicates/"), reverse("merge_undo", args=[done.pk]))
        answer = desk.post(f"/patients/merges/{done.pk}/undo/", follow=True)
        assertContains(answer, "MR-2 and MR-1 are two records again.")
        assert desk.get(f"/patients/{pair[1].pk}/").status_code == 200

    def test_what_cannot_be_undone_says_why(self, clinic_day, desk, pair):
        done = merge(clinic_day.organization, actor=None, kept_id=pair[0].pk, merged_id=pair[1].pk)
        desk.post(f"/patients/merges/{done.pk}/undo/")
        again = desk.post(f"/patients/merges/{done.pk}/undo/")
        assertContains(again, "This merge was undone already.", status_code=409)

    def test_another_organization_s_is_not_there(self, clinic_day, pair):
        done = merge(clinic_day.organization, actor=None, kept_id=pair[0].pk, merged_id=pair[1].pk)
        stranger = signed_in(ClinicFactory().organization, Role.ADMINISTRATOR)
        assert stranger.post(f"/patients/merges/{done.pk}/undo/").status_code == 404


class TestTellingApart:
    def test_they_are_not_shown_together_any_more(self, desk, pair):
        first, second = pair
        answer = desk.post(reverse("tell_apart", args=[second.pk, first.pk]), follow=True)
        assertContains(answer, "MR-2 and MR-1 are two people.")
        assertContains(answer, "Nobody is here twice")
        assert PatientPair.objects.get().created_by == desk.user
        assert desk.get(f"/patients/{first.pk}/").context["page"].maybe_same == []
