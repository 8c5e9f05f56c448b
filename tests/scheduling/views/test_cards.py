import pytest

from scheduling.views.cards import BLANKS
from tests.factories import AppointmentFactory, PatientFactory
from tests.practice import NINE, minutes

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(clinic_day):
    def visit(number=0, patient=None, **given):
        patient = patient or PatientFactory(organization=clinic_day.organization)
        start = NINE + minutes(30 * number)
        given = {"practitioner": clinic_day.practitioner, "clinic": clinic_day.clinic, **given}
        return AppointmentFactory(patient=patient, appointment_date=start, **given)

    return visit


def card(page, appointment):
    """Give the HTML of an appointment's card."""
    html = page.content.decode()
    begin = html.index(f'<li id="appointment-{appointment.pk}"')
    return html[begin : html.index("</li>", begin)]


def test_each_card_has_its_own_words(visit, desk, clinic_day):
    one = visit(0, PatientFactory(organization=clinic_day.organization, name="Daw Khin", phone="+95979352281"))
    other = visit(1, PatientFactory(organization=clinic_day.organization, name="U Hla", phone="+95979350042"))
    page = desk.get("/")
    assert "Daw Khin" in card(page, one)
    assert "2281" in card(page, one)
    assert "09:00" in card(page, one)
    assert f'href="/appointments/{one.pk}/"' in card(page, one)
    assert "U Hla" in card(page, other)
    assert "0042" in card(page, other)
    assert "09:30" in card(page, other)
    assert "Daw Khin" not in card(page, other)


def test_what_is_filled_in_is_escaped(visit, desk, clinic_day):
    patient = PatientFactory(organization=clinic_day.organization, name='<b title="x">100% & %(key)s')
    written = "&lt;b title=&quot;x&quot;&gt;100% &amp; %(key)s"
    appointment = visit(0, patient)
    drawn = card(desk.get("/"), appointment)
    assert "<b title" not in drawn
    assert drawn.count(written) == 1 + drawn.count("aria-label")


def test_no_blank_is_left(visit, desk):
    for number, status in enumerate(["pending", "booked", "confirmed", "cancelled"]):
        visit(number, status=status, notes="late" if number else "")
    page = desk.get("/").content.decode()
    assert [blank for blank, number in BLANKS.items() if number in page] == []


def test_a_kind_is_kept_for_each_language(visit, desk):
    appointment = visit()
    english = card(desk.get("/"), appointment)
    desk.cookies["django_language"] = "my"
    burmese = card(desk.get("/"), appointment)
    assert english != burmese
    desk.cookies["django_language"] = "en"
    assert card(desk.get("/"), appointment) == english


def test_a_note_shows_on_the_card_of_its_visit_alone(visit, desk):
    with_note, without = visit(0, notes="wheelchair"), visit(1)
    page = desk.get("/")
    assert "has-note" in card(page, with_note)
    assert "has-note" not in card(page, without)
    assert "wheelchair" not in card(page, with_note)
