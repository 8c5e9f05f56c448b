"""The patient's link: whose it is, what is not one, and the times that an appointment had before."""

import random
import string
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.signing import Signer, TimestampSigner
from django.urls import resolve

from scheduling.models import Appointment
from scheduling.services.links import Move, appointment_of, link_to, moves_of, token_of
from tests.factories import AppointmentFactory, PractitionerFactory
from tests.practice import NINE, minutes, practice

pytestmark = pytest.mark.django_db

SALT = "scheduling.patient-link"
CHARACTERS = string.ascii_letters + string.digits + "-_:.= "


@pytest.fixture
def visit(clinic_day):
    return clinic_day.book()


def mutated(token, seed=8):
    """Give a thousand texts that are nearly the token, each of them once."""
    chance = random.Random(seed)  # noqa: S311 the same ones each time
    key, signature = token.split(":")
    found = {token[:place] for place in range(1, len(token))}
    found |= {token[:place] + token[place + 1 :] for place in range(len(token))}
    found |= {token[:place] + token[place:].swapcase() for place in range(len(token))}
    found |= {f"{other}:{signature}" for other in range(int(key) - 40, int(key) + 40)}
    found |= {f"{form}:{signature}" for form in (f"0{key}", f"+{key}", f" {key}", f"{key}.0", f"{key}_", "၁", "")}
    found |= {other.sign(key) for other in (Signer(), Signer(salt=SALT.upper()), Signer(key="guessed", salt=SALT))}
    found |= {Signer(salt=SALT, algorithm="sha1").sign(key), Signer(salt=SALT).sign(f"{key}:{key}")}
    found |= {Signer(salt=SALT, sep=".").sign(key), TimestampSigner(salt=SALT).sign(key)}
    found.discard(token)
    while len(found) < 1000:
        place, character = chance.randrange(len(token) + 1), chance.choice(CHARACTERS)
        replaced, inserted = (token[:place] + character + token[place + over :] for over in (1, 0))
        found |= {replaced, inserted} - {token}
    return sorted(found)[:1000]


def test_a_link_leads_to_its_own_appointment_only(clinic_day, visit):
    other = clinic_day.book(NINE + minutes(60))
    assert (appointment_of(token_of(visit)), appointment_of(token_of(other))) == (visit, other)
    assert token_of(visit) != token_of(other)


def test_it_is_of_the_address_that_the_site_has(visit):
    link = urlsplit(link_to(visit))
    assert f"{link.scheme}://{link.netloc}" == settings.SITE_URL
    assert resolve(link.path).kwargs == {"token": token_of(visit)}


def test_no_text_that_is_nearly_a_token_is_one(visit):
    # A neighbour whose key the mutations name, so that there would be something to find.
    AppointmentFactory(pk=visit.pk + 1, practitioner=PractitionerFactory(organization=visit.organization))
    texts = mutated(token_of(visit))
    assert len(set(texts)) == 1000
    assert [text for text in texts if appointment_of(text) is not None] == []


def test_whoever_guesses_guesses_256_bits(visit):
    _key, signature = token_of(visit).split(":")
    assert len(signature) == 43  # 32 bytes as base64, without its padding


def test_a_signed_key_of_no_appointment_is_none(visit):
    assert appointment_of(token_of(Appointment(pk=visit.pk + 1))) is None
    assert appointment_of(token_of(Appointment(pk=2**70))) is None
    assert appointment_of(Signer(salt=SALT).sign("nine")) is None


def test_the_link_of_a_patient_who_is_no_longer_one_is_none(visit):
    visit.patient.is_active = False
    visit.patient.save(update_fields=["is_active"])
    assert appointment_of(token_of(visit)) is None


def test_history_from_elsewhere_has_no_link(clinic_day):
    old = AppointmentFactory(
        practitioner=clinic_day.practitioner, appointment_date=NINE - minutes(24 * 60), imported=True
    )
    assert appointment_of(token_of(old)) is None


class TestTheTimesBefore:
    def test_none_while_it_was_never_moved(self, clinic_day, visit):
        clinic_day.service.update_appointment(appointment_id=visit.pk, notes="Hard of hearing")
        assert moves_of(visit) == []

    def test_each_in_its_order(self, clinic_day, visit):
        for after in (60, 30):
            clinic_day.service.update_appointment(appointment_id=visit.pk, appointment_date=NINE + minutes(after))
        ten, half_past = NINE + minutes(60), NINE + minutes(30)
        assert moves_of(visit) == [Move(NINE, ten), Move(ten, half_past)]

    def test_another_practitioner_at_the_same_time_is_no_other_time(self, clinic_day, visit):
        other = practice(organization=clinic_day.organization)
        clinic_day.service.update_appointment(
            appointment_id=visit.pk, practitioner_id=other.practitioner.pk, clinic_id=other.clinic.pk
        )
        assert moves_of(visit) == []

    def test_those_of_another_appointment_are_not_told(self, clinic_day, visit):
        other = clinic_day.book(NINE + minutes(60))
        clinic_day.service.update_appointment(appointment_id=other.pk, appointment_date=NINE + minutes(90))
        assert moves_of(visit) == []
