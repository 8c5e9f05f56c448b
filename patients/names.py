"""Names in the form in which they are searched.

PostgreSQL's trigrams drop what the database's locale does not call a letter or a digit: Burmese vowel signs in most
locales, and under the locale C every letter beyond ASCII. So names are kept a second time in ASCII alone, which every
locale reads alike:

- What is alike to a reader is one: composed and decomposed, wide and narrow, capital and small, every script's decimal
  digits, Latin letters with and without their marks, Burmese signs in whatever order they were typed, invisible marks.
- Burmese is cut into syllables, each a word: names are written with spaces, without, and with some. A letter becomes a
  capital and a digit, a sign a capital of its own, with a digit for the rarer one of two. What is confused shares its
  capital and so some of its trigrams. A letter has more of them than a sign, as it tells more.
- A letter of another script becomes two to five capitals, its code point in base 26, low digits first: neighbours in
  an alphabet then begin differently. Capitals, so that LIKE never takes one for a Latin letter.
- The rest parts words, but an apostrophe: O'Brien is one word.
- Mg is Maung, which is written so as often.

Text in the Zawgyi encoding has Burmese code points with other meanings. It is kept and found by whoever types Zawgyi
again, not by who types Unicode.

Whoever changes what `search_form` gives writes a migration that fills `Patient.search_name` anew.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# What sounds or looks alike, in one line.
_LETTERS_ALIKE = {
    "K": "ကခဂဃ",
    "Q": "င",
    "J": "စဆဇဈ",
    "V": "ညဉဥ",
    "T": "တထဒဓဋဌဍဎ",
    "N": "နဏ",
    "P": "ပဖဗဘ",
    "M": "မ",
    "Y": "ယရ",
    "L": "လဠ",
    "W": "\u101d",
    "S": "သ",
    "H": "ဟ",
    "A": "အဣဤဧဩ",
}
_SIGNS_ALIKE = {
    "R": "\u103c\u103b",  # the medials ra and ya
    "B": "\u103d",
    "F": "\u103e",
    "E": "\u1031\u1032",
    "I": "\u102d\u102e",
    "U": "\u102f\u1030",
    "O": "\u102c",
    "G": "\u1036",
    "X": "\u103a",
    "C": "\u1038\u1037",  # the tone marks
}
_BURMESE = {
    **{sign: f"{letter}{n}" for letter, signs in _LETTERS_ALIKE.items() for n, sign in enumerate(signs)},
    **{sign: f"{letter}{n or ''}" for letter, signs in _SIGNS_ALIKE.items() for n, sign in enumerate(signs)},
}
_SIGNS = "\u103b\u103c\u103d\u103e\u1031\u102d\u102e\u1032\u102f\u1030\u102c\u1036\u103a\u1037\u1038"
_RUN_OF_SIGNS = re.compile(f"[{_SIGNS}]{{2,}}")
_ONE_SPELLING = (
    ("\u102b", "\u102c"),  # tall and round aa
    ("\u1039", "\u103a"),  # a consonant stacked upon the next, as one that is written before it
    ("\u103f", "\u101e\u103a\u101e"),
    ("\u102a", "\u1029\u1031\u102c\u103a"),
    ("\u101e\u103c", "\u1029"),
    ("\u1005\u103b", "\u1008"),
    ("\u1009\u102e", "\u1025\u102e"),
    ("\u1025\u103a", "\u1009\u103a"),
)
# The digits 0 and 7, typed for the letters wa and ra that look like them.
_DIGITS_AS_LETTERS = {"\u1040": "\u101d", "\u1047": "\u101b"}
_DIGIT_AS_LETTER = re.compile(
    "[\u1040\u1047](?=[\u102b-\u103e])"
    "|(?<=[\u1000-\u103f])[\u1040\u1047](?![0-9\u1040-\u1049])"
    "|(?<![0-9\u1040-\u1049])[\u1040\u1047](?=[\u1000-\u102a])"
)
# Before a consonant or a vowel of its own, unless it ends the syllable: then the sign asat is upon it.
_SYLLABLE = re.compile("(?=[\u1000-\u1021\u1023-\u1029](?![\u103b-\u103e]*\u103a))")
_ALONE = re.compile("[A-Z][0-9]")
_OPEN = re.compile("[A-Z][0-9][^CX]*")
_DIGITS_AFTER_BURMESE = re.compile("(?<=[\u1000-\u103f])(?=[0-9])")
_LATIN = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ł": "l", "ŋ": "n", "þ": "th"}
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]")
_SHORT_FOR = {"mg": "maung"}
_APOSTROPHES = "'`\u00b4\u02bc\u2018\u2019"


def search_form(name: str) -> str:
    """Give the name's words in ASCII letters and digits, with a space before and after each, and its title at the end.

    " khin myat noe | daw " for Daw Khin Myat Noe, " khin myat noe " without a title, one space without any words.
    """
    title, words = split_title(search_words(name))
    return " ".join(["", *words, *(["|", *title] if title else ()), ""])


def search_words(text: str) -> list[str]:
    """Give the words of `search_form`; of Burmese, its syllables."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    words = "".join(map(_letters, _burmese_syllables(text))).split()
    return [_SHORT_FOR.get(word, word) for word in words]


def initials(name: str) -> str:
    """Give the first letter of each word, the title's too: "D. K. M." for Daw Khin Myat; no name is read from it.

    Burmese is written without spaces: there each syllable counts as a word, and the title, which would often be the
    only letter, is left out.
    """
    words = [part for word in name.split() for part in _syllables_without_title(word)]
    letters = (next((sign for sign in word if unicodedata.category(sign)[0] == "L"), "") for word in words)
    return " ".join(f"{letter.upper()}." for letter in letters if letter)


def _syllables_without_title(word: str) -> list[str]:
    syllables = [part for part in _SYLLABLE.split(word) if part]
    for title in _BURMESE_TITLES:
        if "".join(syllables[: len(title)]) == "".join(title) and len(syllables) > len(title):
            return syllables[len(title) :]
    return syllables


def fold_decimals(text: str) -> str:
    """Write the decimal digits of every script as 0 to 9."""
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in text)


def split_title(words: list[str]) -> tuple[list[str], list[str]]:
    """Give the title that search words begin with, and the others; a title that stands alone is a name."""
    title: list[str] = []
    for titles in (_DOCTORS, _OTHER_TITLES):
        for known in titles:
            rest = words[len(title) :]
            if rest[: len(known)] == known and len(rest) > len(known):
                title += known
                break
    return title, words[len(title) :]


def join_finals(words: list[str]) -> list[str]:
    """Give search words with each Burmese letter that stands alone put at the end of the open syllable before it.

    So it reads while its asat is not typed yet, or was forgotten.
    """
    joined: list[str] = []
    final = ""
    for word in reversed(words):
        if not final and _ALONE.fullmatch(word):
            final = word
            continue
        if final and _OPEN.fullmatch(word):
            joined.append(word + final)
        else:
            joined += [final, word] if final else [word]
        final = ""
    return [*([final] if final else ()), *reversed(joined)]


def _burmese_syllables(text: str) -> str:
    text = _DIGIT_AS_LETTER.sub(lambda found: _DIGITS_AS_LETTERS[found[0]], text)
    for one, other in _ONE_SPELLING:
        text = text.replace(one, other)
    # In the order of `_SIGNS`, each once: a sign typed twice is drawn over itself.
    text = _RUN_OF_SIGNS.sub(lambda run: "".join(sorted(set(run[0]), key=_SIGNS.index)), text)
    return _DIGITS_AFTER_BURMESE.sub(" ", _SYLLABLE.sub(" ", fold_decimals(text)))


@lru_cache(maxsize=4096)
def _letters(sign: str) -> str:
    if sign.isascii() and sign.isalnum():
        return sign
    if sign in _BURMESE or sign in _LATIN:
        return _BURMESE.get(sign) or _LATIN[sign]
    category = unicodedata.category(sign)
    if category == "Cf" or sign in _APOSTROPHES or _MARKS.match(sign):
        return ""
    return _base_26(ord(sign)) if category[0] in "LMN" else " "


def _base_26(number: int) -> str:
    letters = ""
    while number:
        number, digit = divmod(number, 26)
        letters += chr(ord("A") + digit)
    return letters


_BURMESE_TITLES = (("ဒေါက်", "တာ"), ("ဦး",), ("ဒေါ်",), ("ကို",), ("မ",), ("မောင်",))
"""Each by its syllables."""
_DOCTORS = [search_words(title) for title in ("Dr", "ဒေါက်တာ")]
_OTHER_TITLES = [
    search_words(title) for title in ("U", "Daw", "Ko", "Ma", "Maung", "Mr", "Mrs", "Ms", "ဦး", "ဒေါ်", "ကို", "မ", "မောင်")
]
