"""How long it takes to find one of 200,000 patients: `make bench-search`.

The patients are in the test database, committed and vacuumed as those of a clinic are; it is dropped at the end.
"""

import sys
import time
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from statistics import median, quantiles

import pytest
from django.db import connection

from patients.names import search_form
from patients.search import find_patients
from scheduling.management.demo.names import ANYBODY, HONORIFICS, MAN, MEN, WOMAN, WOMEN, draw_name
from tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db

PATIENTS = 200_000
TIMES = 15  # each query is asked
FIELDS = (
    *("organization_id", "name", "search_name", "search_name_of", "record_number"),
    *("birth_date", "birth_date_estimated", "phone", "email", "language", "is_active"),
)
OLDEST_BIRTH, DAYS = date(1935, 1, 1), 91 * 365
STARTS, ENDS = ("Bre", "Kol", "Mar", "Sten", "Var", "Lund", "Tre", "Has"), ("berg", "man", "ova", "ski", "sen", "dahl")
# What is asked for, by kind. Common names first: of Aung, Kyaw, Khin and Aye there are thousands.
QUERIES = {
    "name": ("khin aye", "aung kyaw zaw", "win aye khin", "su hnin", "soe"),
    "while it is typed": ("k", "kh", "khi", "aung k", "daw khin a", "ခင", "အောင်က"),
    "misspelt": ("kin aye", "ang kyaw", "khin aya", "aung kyow zaw", "khim aye soe", "kyaw kyaw sow", "xhin"),
    "Burmese name": ("ခင်အေး", "အောင်ကျော်ဇော်", "အေးခင်"),
    "misspelt Burmese": ("ခင်အေ", "အောင်ကျော်ဇော", "ခငအေး", "ခင်မြတ်နို", "အောင်ကြော်"),
    "shortened": ("mg mg", "mg mg soe", "mg aung"),
    "spaces elsewhere": ("khinaye", "aungkyawzaw", "khin ayesoe", "khina ye"),
    "end of a phone": ("8870", "၈၈၇၀", "870", "123456"),
    "record number": ("4182", "MR-004182", "mr ၄၁၈၂", "199999"),
    "birth date": ("4.3.1971", "4 mar 1971", "၄.၃.၁၉၇၁", "19.7.85", "19/7/85"),
    "birth year": ("1971", "၁၉၈၅"),
    "name and number": ("khin 1971", "aung 870", "khin aye 4.3.1971", "kin aye 1971", "aung 09"),
    "nobody": (
        "xyzzy qwrt",
        "khin xyzzy",
        "aung kyaw xyzzy",
        "maung maung xyzzy",
        "aung kyaw zaw min htet",
        "998877665544",
    ),
}


def draw_patient(random, number):
    """Give a name, the phone and the birth date; names are as unequally common as they are in life."""
    sex, age = random.choice((MAN, WOMAN)), random.randint(0, 90)
    lot = random.random()
    if lot < 0.1:
        name = draw_name(random, sex, age).text
    elif lot < 0.15:
        name = f"{random.choice(('Anna', 'Lars'))} {random.choice(STARTS)}{number % 500:x}{random.choice(ENDS)}"
    else:
        name = common_name(random, sex, age)
    phone = f"+9597{random.randrange(5 * 10**7, 10**8):08}"
    return name, phone, OLDEST_BIRTH + timedelta(days=random.randrange(DAYS))


def common_name(random, sex, age):
    known = (*(MEN if sex == MAN else WOMEN), *ANYBODY, MEN[0], WOMEN[1])
    parts = random.choices(known, cum_weights=WEIGHTS[len(known)], k=random.choice((2, 2, 3, 3, 4)))
    title = HONORIFICS[sex][(age > 17) + (age > 40)]
    if random.random() < 1 / 3:
        return title[1] + "".join(burmese for _latin, burmese in parts)
    return " ".join([*([title[0]] if random.random() < 0.8 else ()), *(latin for latin, _burmese in parts)])


WEIGHTS = {n: list(accumulate(1 / (1 + rank) for rank in range(n))) for n in range(100)}


@pytest.fixture(scope="module")
def organization(django_db_setup, django_db_blocker):  # noqa: ARG001 the database is there before it is filled
    with django_db_blocker.unblock():
        organization, random = OrganizationFactory(), Random(7)  # noqa: S311 names, not secrets
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY patients_patient ({', '.join(FIELDS)}) FROM STDIN") as rows:
                for number in range(1, PATIENTS + 1):
                    name, phone, born = draw_patient(random, number)
                    form, record_number = search_form(name), f"MR-{number:06}"
                    kept = (organization.pk, name, form, name, record_number, born, False, phone, "", "my", True)
                    rows.write_row(kept)
            cursor.execute("VACUUM ANALYZE patients_patient")
        yield organization


def ask(organization):
    """Ask every query several times, one after the other; give the milliseconds and the number of patients found."""
    answers = {}
    for _ in range(TIMES):
        for query in (query for queries in QUERIES.values() for query in queries):
            begun = time.perf_counter()
            found = find_patients(organization, query)
            answers.setdefault(query, ([], len(found)))[0].append(1000 * (time.perf_counter() - begun))
    return answers


def test_one_of_many_is_found_while_the_caller_speaks(organization, capsys):
    asked, slowest = ask(organization), 0
    lines = [f"{'kind':<18} {'query':<26} {'median ms':>9} {'p95 ms':>8} {'found':>6}"]
    for kind, queries in QUERIES.items():
        for query in queries:
            times, found = asked[query]
            middle, late = median(times), quantiles(times, n=20)[-1]
            slowest = max(slowest, middle)
            lines.append(f"{kind:<18} {query:<26} {middle:9.1f} {late:8.1f} {found:6}")
    lines.append(f"{PATIENTS} patients; the slowest query takes {slowest:.1f} ms")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
