"""Everything that somebody reads exists in Burmese, and is compiled as it is written."""

import re

import pytest

from config.words import LOCALE, catalog_of, compiled, gathered

CATALOGS = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
HOLES = re.compile(r"%\(\w+\)[sdr]|%[sd]|\{\w*\}|</?\w+[^>]*>")
NATIVE_DIGITS = re.compile("[\u1040-\u1049]")


def messages(path):
    return [each for each in catalog_of(path) if each.id]


def one_of(text):
    return text if isinstance(text, str) else text[-1]


@pytest.fixture(params=CATALOGS, ids=lambda path: path.stem)
def catalog(request):
    return request.param


def test_every_word_of_the_sources_is_in_the_catalog_and_no_other(catalog):
    """Where this fails, `make words` gathers them."""
    written = {(each.context, each.id if isinstance(each.id, str) else tuple(each.id)) for each in messages(catalog)}
    assert written == set(gathered(catalog.stem))


def test_every_word_is_translated(catalog):
    assert [each.id for each in messages(catalog) if not one_of(each.string)] == []


def test_the_compiled_words_are_the_written_ones(catalog):
    assert catalog.with_suffix(".mo").read_bytes() == compiled(catalog)


def test_placeholders_and_marks_are_kept(catalog):
    for each in messages(catalog):
        assert sorted(HOLES.findall(one_of(each.string))) == sorted(HOLES.findall(one_of(each.id))), each.id


def test_digits_are_latin(catalog):
    assert [each.id for each in messages(catalog) if NATIVE_DIGITS.search(one_of(each.string))] == []
