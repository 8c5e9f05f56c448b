"""Names are searched alike in a database of any locale."""

import os

import psycopg
import pytest
from django.conf import settings
from psycopg.conninfo import make_conninfo

from patients.names import search_form, search_words
from tests.patients.test_search import MISSPELT, SPELT_OTHERWISE

pytestmark = pytest.mark.django_db

OF_LIBC = "LOCALE_PROVIDER libc LC_COLLATE '{0}' LC_CTYPE '{0}'"


def connect(database):
    given = settings.DATABASES["default"]
    asked = {"host": given["HOST"], "port": given["PORT"], "user": given["USER"], "password": given["PASSWORD"]}
    options = {name: value for name, value in given["OPTIONS"].items() if name != "pool"}
    named = {name: value for name, value in {**asked, **options}.items() if value}
    return psycopg.connect(make_conninfo(dbname=database, **named), autocommit=True)


def locales(server):
    """Give what this server can make: its default, C, another of libc, a builtin one that knows all of Unicode."""
    yield ""
    yield OF_LIBC.format("C")
    others = (
        "SELECT collcollate FROM pg_collation WHERE collprovider = 'c' AND collcollate NOT IN ('C', 'POSIX') LIMIT 1"
    )
    for (name,) in server.execute(others):
        yield OF_LIBC.format(name)
    if server.info.server_version >= 180000:
        yield "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST' LC_COLLATE 'C' LC_CTYPE 'C'"


@pytest.fixture(scope="module")
def databases():
    """Connections to a database in each locale."""
    made, name = [], f"names_{os.getpid()}"
    with connect("postgres") as server:
        try:
            for number, locale in enumerate(locales(server)):
                server.execute(f"CREATE DATABASE {name}_{number} TEMPLATE template0 ENCODING 'UTF8' {locale}")
                made.append(connect(f"{name}_{number}"))
                made[-1].execute("CREATE EXTENSION pg_trgm")
            yield made
        finally:
            for number, database in enumerate(made):
                database.close()
                server.execute(f"DROP DATABASE {name}_{number}")


def ask(databases, question, *values):
    """Give the answer that all databases agree on."""
    assert len(databases) >= 3
    answers = [database.execute(question, values).fetchone()[0] for database in databases]
    assert answers == answers[:1] * len(databases)
    return answers[0]


def trigrams(name):
    words = (f"  {word.lower()} " for word in search_words(name))
    return sorted({word[start : start + 3] for word in words for start in range(len(word) - 2)})


@pytest.mark.parametrize("name", ["Noël Ærø", "ဒေါ်ခင်မြတ်နိုး", "သီရိ ဧပြီ ၁၂", "Иван", "สมชาย", "王小明"])
def test_every_letter_and_sign_counts(databases, name):
    assert sorted(ask(databases, "SELECT show_trgm(%s)", search_form(name))) == trigrams(name)


def test_as_they_are_spelt_they_are_nothing_in_some(databases):
    plain = [database.execute("SELECT show_trgm('ခင်မြတ်နိုး')").fetchone()[0] for database in databases]
    assert [] in plain


def test_what_is_similar_in_one_is_in_all(databases):
    for typed, name in MISSPELT:
        query = " ".join(search_words(typed))
        assert ask(databases, "SELECT word_similarity(%s, %s)", query, search_form(name)) >= 0.6


def test_what_is_the_same_in_one_is_in_all(databases):
    for typed, name in SPELT_OTHERWISE:
        *_, last = search_words(typed)
        assert ask(databases, "SELECT %s LIKE %s", search_form(name), f"% {last} %")
