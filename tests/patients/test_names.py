"""The form in which names are searched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.names import fold_decimals, initials, join_finals, search_form, search_words, split_title


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Daw Khin Myat Noe", " khin myat noe | daw "),
        ("KHIN  MYAT-NOE", " khin myat noe "),
        ("Dr. Daw Noël O'Brien", " noel obrien | dr daw "),
        ("Søren Ærø Łukasz ﬁ Straße", " soren aero lukasz fi strasse "),
        ("\uff21\uff22\uff11 ๑๒ ၃၄", " ab1 12 34 "),
        ("ဒေါ်ခင်မြတ်နိုး", " K1Q0X M0RT0X N0IUC | T2EOX "),
        ("Иван", " OPBIPBGPBTPB "),
        ("王小明", " RTRBLWIBWQMB "),
        ("Ko Ko", " ko | ko "),
        ("Daw", " daw "),
        ("Mg Mg", " maung | maung "),
        ("Mg", " maung "),
        ("Aung Mg Mgs", " aung maung mgs "),
        ("%_\\ \0\ud800 👍\u200f", " "),
        ("", " "),
    ],
)
def test_a_name_becomes(name, form):
    assert search_form(name) == form


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("ဒေါ် ခင် မြတ် နိုး", "ဒေါ်ခင်မြတ်နိုး"),
        ("ခင်မြတ်\u200bနိုး", "ခင်မြတ်နိုး"),
        ("န\u102f\u102d\u1038", "န\u102d\u102f\u1038"),
        ("မြင\u103a\u1037", "မြင\u1037\u103a"),
        ("က\u103d\u103b", "က\u103b\u103d"),
        ("န\u102d\u102d\u102f", "န\u102d\u102f"),
        ("\u1025\u102e\u1038", "\u1026\u1038"),
        ("\u1009\u102eး", "ဦး"),
        ("၀င်း", "ဝင်း"),
        ("ဝေ၀ေ", "ဝေဝေ"),
        ("ရွှေ၇ည်", "ရွှေရည်"),
        ("စန်ဒာ", "စန္ဒာ"),
        ("သြဘာသ", "ဩဘာသ"),
        ("စျေး", "ဈေး"),
        ("ဗျိုင်းဒါ", "ဗျိုင်းဒာ"),
        ("No\u0308el", "Nöel"),
        ("Mg Mg Soe", "Maung Maung Soe"),
    ],
)
def test_what_a_reader_takes_for_one_is_one(name, alike):
    assert search_form(name) == search_form(alike)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("မြတ်", "မြတ"),
        ("ကျော်", "ကြော်"),
        ("နိုး", "နူး"),
        ("နိုး", "နို"),
        ("နီ", "ဏီ"),
        ("မြင့်", "မြင်း"),
        ("\u101d", "0"),
        ("မ", "ma"),
        ("Иван", "Иваны"),
    ],
)
def test_what_a_reader_tells_apart_is_not(name, other):
    assert search_form(name) != search_form(other)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("အောင်ဆန်းဦး", ["အောင်", "ဆန်း", "ဦး"]),
        ("သန္တာ", ["သန်", "တာ"]),
        ("ဂျော့ဂျ်", ["ဂျော့ဂျ်"]),
        ("ခင်၁၂", ["ခင်", "12"]),
        ("Maမြ", ["Ma", "မြ"]),
    ],
)
def test_burmese_is_cut_into_syllables(name, words):
    assert search_words(name) == search_words(" ".join(words))
    assert len(search_words(name)) == len(words)


@pytest.mark.parametrize(
    "title", ["U", "Daw", "Ko", "Ma", "Mg", "Maung", "Dr", "Dr.", "ဦး", "ဉီး", "ဒေါ်", "ကို", "မ", "မောင်", "ဒေါက်တာ"]
)
def test_a_title_is_left_aside(title):
    assert split_title(search_words(f"{title} Hla")) == (search_words(title), ["hla"])


def test_a_title_without_a_name_is_a_name():
    assert split_title(["dr", "daw"]) == (["dr"], ["daw"])


def test_a_doctor_has_another_title():
    assert split_title(["dr", "u", "hla"]) == (["dr", "u"], ["hla"])


@given(st.text())
def test_any_text_becomes_ascii_letters_and_digits(text):
    form = search_form(text)
    assert form.isascii()
    assert set(form) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 |")
    assert form[0] == form[-1] == " "


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ခင", ["K1Q0"]),
        ("မခင", ["M0", "K1Q0"]),
        ("ခင်မ", ["K1Q0X", "M0"]),
        ("မြတနိုး", ["M0RT0", "N0IUC"]),
        ("အောင", ["A0EOQ0"]),
        ("မ", ["M0"]),
        ("စိုးမ", ["J0IUC", "M0"]),
        ("khin မ", ["khin", "M0"]),
    ],
)
def test_a_letter_alone_may_end_the_syllable_before(typed, read):
    assert join_finals(search_words(typed)) == read


def test_digits_of_every_script():
    assert fold_decimals("၀၉ ٣ ४ x²") == "09 3 4 x²"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Daw Khin Myat", "D. K. M."),
        ("  u ba-thein ", "U. B."),
        ("ဒေါ်နီလာသန်း", "န. လ. သ."),
        ("မသီတာ", "သ. တ."),
        ("မေသူ", "မ. သ."),
        ("ဒေါက်တာမောင်မောင်", "မ. မ."),
        ("فاطمة عبد", "ف. ع."),
        ("O'Brien 2", "O."),
        ("123", ""),
    ],
)
def test_initials(name, letters):
    assert initials(name) == letters
