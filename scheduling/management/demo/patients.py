"""The patients, made once with their organization."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from random import Random

from clinics.models import Organization
from patients.models import Patient
from scheduling.management.demo import chance
from scheduling.management.demo.names import MAN, WOMAN, Name, draw_name
from scheduling.management.demo.places import Place, Tenant

WITHOUT_PHONE, SHARING, WITH_EMAIL, AGE_ALONE = 0.07, 0.12, 0.3, 0.12  # parts of all
A_YEAR = 365.25  # days
MAIL = ("example.com", "mail.example.com", "post.example.com")
AGES = ((0, 15), (0, 15), (16, 30), (20, 45), (25, 50), (30, 60), (45, 70), (60, 92))  # years, each as likely


def record_number(number: int) -> str:
    return f"MR-{number:06}"


def make_patients(organization: Organization, tenant: Tenant, count: int, today: date) -> None:
    """Make `count` patients, numbered from 1 on; their ages are those of `today`."""
    patients: list[Patient] = []
    families: dict[str, list[str]] = {name: [] for name in tenant.clinics}
    for number in range(1, count + 1):
        home = next(name for name, place in tenant.clinics.items() if str(number % 10) in place.digits)
        random = chance(tenant.name, "patient", number)
        patients.append(draw_patient(organization, number, random, tenant.clinics[home], families[home], today))
    Patient.objects.bulk_create(patients, batch_size=500)
    organization.last_record_number = count
    organization.save(update_fields=["last_record_number"])


def draw_patient(
    organization: Organization, number: int, random: Random, home: Place, phones: list[str], today: date
) -> Patient:
    sex = random.choice((MAN, WOMAN, WOMAN, MAN, WOMAN))
    age = random.randint(*random.choice(AGES))
    name = draw_name(random, sex, age)
    estimated = random.random() < AGE_ALONE
    born = today - timedelta(days=int(age * A_YEAR) + random.randrange(1, 365))
    return Patient(
        organization=organization,
        name=unicodedata.normalize("NFC", name.text),
        record_number=record_number(number),
        birth_date=date(today.year - age, 1, 1) if estimated else born,
        birth_date_estimated=estimated,
        phone=draw_phone(random, home, phones),
        email=draw_email(random, name),
        language=draw_language(random, name),
    )


def draw_phone(random: Random, home: Place, phones: list[str]) -> str:
    """Give none, one that the family has already, or a new one, which is added to `phones`."""
    lot = random.random()
    if lot < WITHOUT_PHONE:
        return ""
    if phones and lot < WITHOUT_PHONE + SHARING:
        return random.choice(phones[-10:])
    if home.timezone == "Asia/Singapore":
        phone = f"+659{random.randrange(10**6, 7 * 10**6):07}"
    else:
        phone = random.choice((f"+9597{random.randrange(5 * 10**7, 10**8):08}", f"+95925{random.randrange(10**7):07}"))
    phones.append(phone)
    return phone


def draw_email(random: Random, name: Name) -> str:
    if name.burmese_letters or random.random() > WITH_EMAIL:
        return ""
    plain = unicodedata.normalize("NFKD", name.text).encode("ascii", "ignore").decode().replace("'", "")
    return f"{'.'.join(plain.lower().split())}{random.randrange(100)}@{random.choice(MAIL)}"


def draw_language(random: Random, name: Name) -> str:
    if name.burmese_letters:
        return "my"
    return "en" if name.people == "European" else random.choice(("my", "my", "en"))
