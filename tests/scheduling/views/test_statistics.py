"""Statistics: what is asked, who sees whose, and the file."""

import csv
import re
from datetime import date, datetime, timedelta

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from clinics.models import Role
from tests.factories import AppointmentFactory, AppointmentTypeFactory, ClinicFactory, MembershipFactory, UserFactory
from tests.practice import NINE, YANGON, minutes, practice
from tests.scheduling.views.conftest import colleague_of, signed_in, taken

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


@pytest.fixture
def admin(clinic_day):
    return signed_in(clinic_day.organization, Role.ADMINISTRATOR)


@pytest.fixture
def doctor(clinic_day):
    clinic_day.practitioner.user = UserFactory()
    clinic_day.practitioner.save(update_fields=["user"])
    return signed_in(clinic_day.organization, Role.PRACTITIONER, user=clinic_day.practitioner.user)


def page_of(browser, **query):
    return browser.get("/statistics/", query).context["page"]


def dates(page):
    return page.period.first, page.period.last


def closed_clinic_of(day):
    """Give a clinic that is active no longer, with one visit of this month."""
    clinic = ClinicFactory(organization=day.organization, name="Old Town", is_active=False)
    AppointmentFactory(practitioner=day.practitioner, clinic=clinic, appointment_date=NINE, status="completed")
    return clinic


def file_of(browser, **query):
    answer = browser.get("/statistics/csv/", query)
    return answer, list(csv.reader(answer.getvalue().decode("utf-8-sig").splitlines()))


class TestWhichDates:
    def test_this_month_unless_asked(self, admin):
        page = page_of(admin)
        assert dates(page) == (date(2030, 1, 1), date(2030, 1, 31))
        assert [preset.label for preset in page.presets if preset.current] == ["This month"]

    def test_the_month_is_that_of_the_clinic(self, clinic_day, time_machine):
        """At half past eleven at night on the 31st in Yangon it is February in Tokyo."""
        tokyo = ClinicFactory(organization=clinic_day.organization, timezone="Asia/Tokyo")
        time_machine.move_to(datetime(2030, 1, 31, 23, 30, tzinfo=YANGON), tick=False)
        admin = signed_in(clinic_day.organization, Role.ADMINISTRATOR)
        assert dates(page_of(admin))[0] == date(2030, 1, 1)
        assert dates(page_of(admin, clinic=tokyo.pk))[0] == date(2030, 2, 1)

    def test_by_a_name_or_by_both_ends(self, admin):
        assert dates(page_of(admin, period="last-month")) == (date(2029, 12, 1), date(2029, 12, 31))
        asked = {"start_date": "2030-01-02", "end_date": "၂၀၃၀-၀၁-၀၅"}
        assert dates(page_of(admin, **asked)) == (date(2030, 1, 2), date(2030, 1, 5))
        assert dates(page_of(admin, period="last-month", **asked)) == (date(2030, 1, 2), date(2030, 1, 5))

    def test_one_end_alone_will_do(self, admin):
        assert dates(page_of(admin, start_date="2029-12-20")) == (date(2029, 12, 20), date(2030, 1, 7))
        assert dates(page_of(admin, start_date="2030-03-20")) == (date(2030, 3, 20), date(2030, 3, 20))
        assert dates(page_of(admin, end_date="2029-12-20")) == (date(2029, 12, 1), date(2029, 12, 20))

    def test_what_was_typed_stays_in_the_boxes_when_it_is_refused(self, admin):
        answer = admin.get("/statistics/", {"start_date": "2030-01-08", "end_date": "2030-01-07"})
        assertContains(answer, 'name="start_date" value="2030-01-08"', status_code=422)
        assertContains(answer, 'name="end_date" value="2030-01-07" aria-invalid="true"', status_code=422)
        assertContains(answer, "What you see leaves these dates out.", status_code=422)
        answer = admin.get("/statistics/", {"start_date": "2030-01-05", "end_date": "x"})
        assertContains(answer, 'name="start_date" value="2030-01-05"', status_code=422)
        assertContains(answer, 'name="end_date" value="" aria-invalid="true"', status_code=422)
        assertContains(answer, "What you see leaves this date out.", status_code=422)
        assert dates(answer.context["page"]) == (date(2030, 1, 5), date(2030, 1, 7))

    def test_the_title_says_them_in_words(self, clinic_day, admin):
        taken(clinic_day)
        answer = admin.get("/statistics/")
        assertContains(answer, '<h1 tabindex="-1">1 to 31 January <span>2030</span></h1>')
        assertContains(answer, "<title>Statistics, 1 to 31 January")

    def test_arrows_lead_to_the_months_around(self, clinic_day, admin):
        page = page_of(admin, clinic=clinic_day.clinic.pk)
        clinic = f"clinic={clinic_day.clinic.pk}"
        assert page.earlier_url == f"/statistics/?start_date=2029-12-01&end_date=2029-12-31&{clinic}"
        assert page.later_url == f"/statistics/?start_date=2030-02-01&end_date=2030-02-28&{clinic}"
        assert page.presets[1].url == f"/statistics/?period=last-month&{clinic}"

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"start_date": "x"}, "start_date"),
            ({"end_date": "2030-02-30"}, "end_date"),
            ({"start_date": "0001-01-01"}, "start_date"),
            ({"start_date": "2030-01-08", "end_date": "2030-01-07"}, "end_date"),
            ({"start_date": "2030-01-01", "end_date": "2031-06-01"}, "end_date"),
            ({"start_date": "2028-01-01"}, "end_date"),
        ],
    )
    @pytest.mark.parametrize("address", ["/statistics/", "/statistics/csv/"])
    def test_a_wrong_date_is_named_and_this_month_shown(self, admin, address, query, field):
        answer = admin.get(address, query)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
        assertContains(answer, f'href="#{field}"', status_code=422)
        assert dates(answer.context["page"])[0].day == 1

    def test_at_the_ends_of_time(self, admin):
        first = page_of(admin, start_date="1901-01-01", end_date="1901-12-31")
        assert (first.earlier_url, first.earlier, first.before_name) == ("", None, "")
        assert page_of(admin, start_date="2199-12-31", end_date="2199-12-31").later_url == ""

    @pytest.mark.parametrize("name", ["practitioner", "clinic", "period"])
    def test_what_is_not_there(self, admin, name):
        assert admin.get("/statistics/", {name: "999999"}).status_code == 404
        assert admin.get("/statistics/csv/", {name: "999999"}).status_code == 404


class TestWhatItShows:
    def test_figures_with_what_they_are_of(self, clinic_day, admin):
        for hour, status in enumerate(("completed", "completed", "completed", "no-show", "booked")):
            taken(clinic_day, NINE + minutes(60 * hour), status=status)
        taken(clinic_day, status="cancelled", cancellation_reason="emergency")
        answer = admin.get("/statistics/")
        shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
        assert "Appointments 6 0.2 a day, closed days counted" in shown
        assert "No-show rate 25.0 % 1 of 4 known outcomes" in shown
        assert "Completion rate 75.0 % 3 of 4 known outcomes" in shown
        assert "Cancellation rate 16.7 % 1 of 6" in shown
        assert "Busiest hour Mon 09:00 1 visit, without cancelled" in shown
        assert "Emergency 1 100.0 %" in shown

    def test_each_status_with_its_icon_count_and_share(self, clinic_day, admin):
        taken(clinic_day, status="completed")
        assertContains(admin.get("/statistics/"), "#completed")
        parts = {part.status: (part.count, part.share, part.width) for part in page_of(admin).statuses}
        assert parts.pop("completed") == (1, "100.0 %", "100.00")
        assert parts == dict.fromkeys(parts, (0, "0.0 %", "0"))
        assert len(parts) == 7

    def test_types_by_their_names_the_most_first(self, clinic_day, admin):
        few, many = (AppointmentTypeFactory(organization=clinic_day.organization, name=name) for name in "AB")
        for n, kind in enumerate([few, many, many, None]):
            taken(clinic_day, NINE + minutes(30 * n), appointment_type=kind)
        assert [(part.label, part.count) for part in page_of(admin).types] == [
            ("B", 2),
            ("A", 1),
            ("Without a type", 1),
        ]

    def test_a_reason_that_an_import_did_not_give(self, clinic_day, admin):
        assert "No reason given" not in [part.label for part in page_of(admin).reasons]
        taken(clinic_day, status="cancelled")
        assert page_of(admin).reasons[-1].label == "No reason given"

    def test_compared_with_the_month_before(self, clinic_day, admin):
        for days in (0, 1, -30):
            taken(clinic_day, NINE + days * A_DAY, status="completed")
        answer = admin.get("/statistics/")
        assertContains(answer, "Compared with December 2029")
        assertContains(answer, "<b>+1</b> against December 2029")
        assert page_of(admin).figures["total"].change.words == "100.0 % more"

    def test_nothing_at_all(self, admin):
        answer = admin.get("/statistics/")
        assertContains(answer, "No appointment is on these dates")
        assertNotContains(answer, "<figure")

    def test_when_all_is_cancelled(self, clinic_day, admin):
        taken(clinic_day, status="cancelled", cancellation_reason="other")
        assertContains(admin.get("/statistics/"), "All of these appointments are cancelled.")

    def test_every_drawing_has_its_table_and_no_style_of_its_own(self, clinic_day, admin):
        taken(clinic_day)
        html = admin.get("/statistics/").content.decode()
        drawings = re.findall(r"<svg[^>]* role=\"img\"[^>]*>", html)
        assert len(drawings) == html.count("<details>") == 2
        assert all("aria-label=" in drawing for drawing in drawings)
        assert "style=" not in html


class TestWhoSeesWhose:
    def test_a_practitioner_only_own_and_is_told_so(self, clinic_day, doctor):
        other = colleague_of(clinic_day)
        taken(clinic_day)
        AppointmentFactory(practitioner=other, clinic=clinic_day.clinic, appointment_date=NINE)
        answer = doctor.get("/statistics/")
        assert answer.context["page"].found.total == 1
        assertContains(answer, "Your own visits only")
        assertNotContains(answer, 'name="practitioner"')
        assert page_of(doctor, practitioner=clinic_day.practitioner.pk).found.total == 1
        assert doctor.get("/statistics/", {"practitioner": other.pk}).status_code == 404
        assert [row[3] for row in file_of(doctor)[1] if row[1] == "total"] == ["1"]
        assert doctor.get("/statistics/csv/", {"practitioner": other.pk}).status_code == 404

    def test_a_practitioner_who_is_nobody_yet_sees_nothing(self, clinic_day):
        taken(clinic_day)
        assert page_of(signed_in(clinic_day.organization, Role.PRACTITIONER)).found.total == 0

    def test_an_administrator_all_also_when_practising(self, clinic_day):
        clinic_day.practitioner.user = UserFactory()
        clinic_day.practitioner.save(update_fields=["user"])
        other = colleague_of(clinic_day)
        taken(clinic_day)
        AppointmentFactory(practitioner=other, clinic=clinic_day.clinic, appointment_date=NINE)
        both = signed_in(clinic_day.organization, Role.ADMINISTRATOR, user=clinic_day.practitioner.user)
        assert page_of(both).found.total == 2
        assert page_of(both, practitioner=other.pk).found.total == 1

    def test_of_one_clinic(self, clinic_day, admin):
        there = practice(organization=clinic_day.organization)
        taken(clinic_day)
        taken(there, NINE + minutes(60))
        page = page_of(admin, clinic=there.clinic.pk)
        assert (page.found.total, page.busiest.hour) == (1, 10)
        assertContains(admin.get("/statistics/", {"clinic": there.clinic.pk}), f"<bdi>{there.clinic.name}</bdi>")

    def test_the_front_desk_has_none(self, desk):
        assert desk.get("/statistics/").status_code == desk.get("/statistics/csv/").status_code == 403
        assertNotContains(desk.get("/"), "/statistics/")

    def test_another_organization_sees_nothing_of_it(self, clinic_day):
        taken(clinic_day)
        other = signed_in(practice().organization, Role.ADMINISTRATOR)
        assert page_of(other).found.total == 0
        for name in ("practitioner", "clinic"):
            assert other.get("/statistics/", {name: getattr(clinic_day, name).pk}).status_code == 404


class TestTheFile:
    def test_one_figure_a_row_for_the_dates_on_the_page(self, clinic_day, admin):
        kind = AppointmentTypeFactory(organization=clinic_day.organization, code="follow-up", name="Follow-up")
        taken(clinic_day, appointment_type=kind, status="completed")
        taken(clinic_day, NINE + A_DAY, status="cancelled", cancellation_reason="emergency")
        query = {"start_date": "2030-01-07", "end_date": "2030-01-08", "clinic": clinic_day.clinic.pk}
        page = page_of(admin, **query)
        answer, rows = file_of(admin, **query)
        assert page.csv_url == f"/statistics/csv/?start_date=2030-01-07&end_date=2030-01-08&clinic={query['clinic']}"
        assert answer["Content-Disposition"] == 'attachment; filename="statistics-2030-01-07-to-2030-01-08.csv"'
        assert "no-store" in answer["Cache-Control"]
        assert rows[0] == ["section", "key", "name", "value"]
        values = {(section, key): value for section, key, _name, value in rows}
        assert len(values) == len(rows) == 1 + 4 + 3 + 3 + 8 + 2 + 6 + 2 + 1
        assert values["period", "clinic"] == clinic_day.clinic.name
        assert (values["total", "total"], values["total", "average_per_day"]) == ("2", "1.0")
        assert (values["percent", "completion_rate"], values["percent", "cancellation_rate"]) == ("100.0", "50.0")
        assert (values["status", "completed"], values["status", "no-show"]) == ("1", "0")
        assert (values["type", "follow-up"], values["type", ""]) == ("1", "1")
        assert values["cancellation_reason", "emergency"] == "1"
        assert (values["day", "2030-01-07"], values["day", "2030-01-08"]) == ("1", "1")
        assert values["hour", "0 09:00"] == "1"

    def test_what_is_not_known_is_an_empty_cell(self, admin):
        _answer, rows = file_of(admin)
        assert ["percent", "no_show_rate", "", ""] in rows

    def test_names_are_no_formulas(self, clinic_day, admin):
        clinic_day.clinic.name = "=1+1"
        clinic_day.clinic.save()
        clinic_day.practitioner.name = "@SUM(A1)"
        clinic_day.practitioner.save()
        AppointmentTypeFactory(organization=clinic_day.organization, code="x", name='+HYPERLINK("http://evil")')
        query = {"clinic": clinic_day.clinic.pk, "practitioner": clinic_day.practitioner.pk}
        answer, rows = file_of(admin, **query)
        names = {(section, key): (name, value) for section, key, name, value in rows}
        assert names["period", "clinic"][1] == "'=1+1"
        assert names["period", "practitioner"][1] == "'@SUM(A1)"
        assert names["type", "x"][0] == '\'+HYPERLINK("http://evil")'
        cells = [cell for row in rows for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert answer.status_code == 200

    def test_no_patient_is_in_it(self, clinic_day, admin):
        visit = taken(clinic_day, notes="Deaf in one ear")
        content = file_of(admin)[0].getvalue().decode()
        for secret in (visit.patient.name, visit.patient.record_number, visit.notes):
            assert secret not in content


def test_the_navigation_leads_there(admin, doctor):
    for browser in (admin, doctor):
        assertContains(browser.get("/upcoming/"), '<a href="/statistics/">Statistics</a>')
    assertContains(admin.get("/statistics/"), '<a href="/statistics/" aria-current="page">')


@pytest.mark.parametrize("count", [1, 3, 30])
def test_it_asks_the_database_as_often_for_many_as_for_one(clinic_day, admin, count, django_assert_num_queries):
    for number in range(count):
        kind = AppointmentTypeFactory(organization=clinic_day.organization)
        ClinicFactory(organization=clinic_day.organization)
        MembershipFactory(organization=clinic_day.organization)
        colleague = colleague_of(clinic_day)
        AppointmentFactory(
            practitioner=colleague,
            clinic=clinic_day.clinic,
            appointment_date=NINE + number * A_DAY,
            appointment_type=kind,
            status="completed",
        )
    query = {"clinic": clinic_day.clinic.pk, "practitioner": clinic_day.practitioner.pk}
    admin.get("/statistics/", query)
    with django_assert_num_queries(QUERIES):
        admin.get("/statistics/")
    with django_assert_num_queries(QUERIES + 2):
        admin.get("/statistics/", query)


QUERIES = 8


class TestAClinicThatIsActiveNoLonger:
    @pytest.mark.parametrize("address", ["/statistics/", "/statistics/no-shows/"])
    def test_an_administrator_asks_for_its_past(self, clinic_day, admin, address):
        closed = closed_clinic_of(clinic_day)
        answer = admin.get(address, {"clinic": closed.pk})
        assertContains(answer, f'<option value="{closed.pk}" selected>Old Town, not active any more</option>')

    def test_it_is_counted_alone(self, clinic_day, admin):
        closed = closed_clinic_of(clinic_day)
        taken(clinic_day, NINE + minutes(60))
        assert page_of(admin).found.total == 2
        assert page_of(admin, clinic=closed.pk).found.total == 1

    def test_without_visits_it_is_not_offered_and_its_date_is_never_the_usual(self, clinic_day, admin):
        never = ClinicFactory(organization=clinic_day.organization, is_active=False)
        assert admin.get("/statistics/", {"clinic": never.pk}).status_code == 404
        assert page_of(admin).desk.clinics == [clinic_day.clinic]

    def test_nobody_else_asks(self, clinic_day, doctor):
        assert doctor.get("/statistics/", {"clinic": closed_clinic_of(clinic_day).pk}).status_code == 404
