"""Finding a patient while the caller is on the phone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import reduce
from itertools import combinations, starmap
from operator import or_

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import TrigramSimilarity, TrigramWordSimilarity
from django.db.models import Case, CharField, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Left, Length, Reverse, Upper
from django.utils import timezone

from clinics.models import Organization
from patients.models import NameWord, Patient, bare_name, joined_name, name_words
from patients.names import search_words
from patients.queries import Query, read_query

SHOWN = 10
NOBODY = Q(pk__in=[])
LAST = 6  # of the ranks
FEWEST_DIGITS = 3  # of the end of a number
FEWEST_LETTERS = 3  # inside a word, and of a name to compare: fewer have no trigram
# Of the trigrams of what was typed. One word of two spelt as another (Khin Zaw, Khin Noe) is 0.56, a vowel or a tone
# mark of three words 0.65 and more.
SIMILAR = 0.6
FEWEST_WORDS = 3  # of a name that may have one word quite another
LETTERS_AN_EDIT = 4  # of a word: it may differ in one of every four, and in one if it is shorter
YEAR = re.compile("(19|20)[0-9]{2}")
MOST_COMPARED = 5_000  # of names that are spelt otherwise: of more the search would be slow, and none better
MOST_LETTERS = 255  # that the database compares
LONGEST_WORD = 100  # that the database notes


def find_patients(organization: Organization, query: str, *, limit: int = SHOWN) -> list[Patient]:
    """Give the organization's active patients that every part of `query` fits, best first; for no parts, nobody.

    Parts are words of the name in any order, a number (the end of a phone or of a record number, at least 3 digits; a
    whole record number; a word of the name; a birth year), and a birth date, day first or in ISO form. Words fit a name
    that holds them, one or two letters a name with a word that begins so, and all together a name that begins with the
    same letters, wherever its spaces are. First come whole record numbers, then names that begin with all that was
    typed, then those with all the words, then those with words that begin so, then those with other spaces; a birth
    year comes after numbers; of equals, by name. Names that are spelt nearly so in every word follow, then those with
    one word of three or more quite another, of both the most similar first. A number also finds the patient into whom
    one with that number was merged. One query to the database, which looks for the last of these only where there is
    room.
    """
    # A clinic east of UTC is a day ahead.
    asked = read_query(query, timezone.now().date() + timedelta(days=1))
    if asked == Query():
        return []
    active = Patient.objects.filter(organization=organization, is_active=True)
    fitting = _with_ends(active).filter(_numbers_fit(asked))
    parts, earlier = [_holding(fitting, asked)], [_held_by(asked)]
    if (asked.runs or asked.codes) and not asked.words:
        parts.append(_merged(organization, active, asked))
    for spelt in _spelt_otherwise(asked):
        parts.append(_most_similar(fitting.exclude(reduce(or_, earlier)), spelt, asked))
        earlier.append(spelt)
    first, *others = (part.annotate(part=Value(place))[:limit] for place, part in enumerate(parts))
    # The database takes them in turn, and begins none once it has enough.
    found = first.union(*others, all=True).order_by()[:limit] if others else first
    return sorted(found, key=lambda patient: _part(patient) or 0)


def _merged(organization: Organization, active: QuerySet[Patient], asked: Query) -> QuerySet[Patient]:
    """Give the patients whose other record, before it was merged, had the number: people still have it on a card."""
    merged = _with_ends(Patient.objects.filter(organization=organization, merged_into__isnull=False))
    others = merged.filter(_numbers_fit(asked)).values("merged_into")
    return _with_ends(active).filter(pk__in=others).exclude(_numbers_fit(asked)).order_by("name", "id")


def is_meant(patient: Patient, query: str) -> bool:
    """Tell whether the query names the patient as they are, and not as somebody spelt otherwise."""
    part = _part(patient)
    if part is not None:
        return part == 0  # it was found by this query
    asked = read_query(query, timezone.now().date() + timedelta(days=1))
    return _holding(_with_ends(Patient.objects.filter(pk=patient.pk)), asked).exists()


def _part(patient: Patient) -> int | None:
    """Give which part of a search found the patient: the first, 0, has all that was typed; None for no search."""
    part: int | None = getattr(patient, "part", None)
    return part


def _with_ends(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    # As they are indexed.
    return patients.alias(
        phone_end=Reverse("phone", output_field=CharField()),
        record_number_end=Reverse(Upper("record_number")),
        joined_name=joined_name(),
        words_of_name=name_words(),
    )


def _holding(patients: QuerySet[Patient], asked: Query) -> QuerySet[Patient]:
    ranks = _ranks(asked)
    # PostgreSQL would take a number alone for that of a column.
    order = [Case(*ranks, default=Value(LAST), output_field=IntegerField())] if ranks else []
    return patients.filter(_held_by(asked)).order_by(*order, "name", "id")


def _held_by(asked: Query) -> Q:
    return _any(_held, asked) | _any(_joined, asked) if asked.words else Q()


def _ranks(asked: Query) -> list[When]:
    whole = Q(*(_whole_number("".join(run)) for run in asked.runs))
    ranks = [When(whole, then=Value(0))] if asked.runs else []
    if asked.words:
        words = _any(lambda _, words: Q(*(Q(search_name__contains=f" {word} ") for word in words)), asked)
        begun = _any(lambda _, words: Q(*(Q(search_name__contains=f" {word}") for word in words)), asked)
        ranks += [
            When(_any(_begins, asked), then=Value(1)),
            When(words, then=Value(2)),
            When(begun, then=Value(3)),
            When(_any(_joined, asked), then=Value(4)),
        ]
    ends = Q(*(_end_fits("".join(run)) for run in asked.runs))
    return [*ranks, When(ends, then=Value(5))] if asked.runs else ranks


def _any(condition: Callable[[list[str], list[str]], Q], asked: Query) -> Q:
    """Give the condition, of a title and words, for one of the spellings or the other."""
    return reduce(or_, starmap(condition, asked.spellings))


def _held(_title: list[str], words: list[str]) -> Q:
    """Give the condition of a name that holds all the words, each as often as it is there."""
    held = Q()
    for word, times in Counter(words).items():
        held &= Q(search_name__contains=word if len(word) >= FEWEST_LETTERS else f" {word}")
        if times > 1:
            held &= Q(search_name__regex=f"( {word}.*){{{times}}}")
    return held


def _joined(_title: list[str], words: list[str]) -> Q:
    """Give the condition of a name that begins with these letters, wherever its spaces are."""
    letters = "".join(words)
    return Q(joined_name__startswith=letters) if len(letters) >= FEWEST_LETTERS else NOBODY


def _begins(title: list[str], words: list[str]) -> Q:
    """Give the condition of a name that begins with all that was typed, in this order, its title among them."""
    begun = Q(search_name__startswith=f" {' '.join(words)}")
    if title:
        # Or it is no title: Ko Ko is U Ko Ko's name.
        named = Q(search_name__startswith=f" {' '.join([*title, *words])}")
        return begun & Q(search_name__contains=f"| {' '.join(title)} ") | named
    untitled = begun & ~Q(search_name__contains="|")
    return untitled | Q(search_name__contains=f"| {words[0]}") if len(words) == 1 else untitled


def _most_similar(patients: QuerySet[Patient], spelt: Q, asked: Query) -> QuerySet[Patient]:
    """Give those spelt so, the most similar first; of equals, those whose words come in this order."""
    name = " ".join(asked.words)
    holding = patients.alias(similarity=TrigramWordSimilarity(name, bare_name())).filter(spelt)
    compared = Patient.objects.filter(pk__in=holding.values("pk")[:MOST_COMPARED])
    edits = _levenshtein(Left(bare_name(), MOST_LETTERS), f" {name} "[:MOST_LETTERS])
    return compared.order_by(TrigramSimilarity(bare_name(), name).desc(), edits, "name", "id")


def _spelt_otherwise(asked: Query) -> list[Q]:
    """Give the conditions of names that are not spelt as was typed, the most likely first."""
    if len("".join(asked.words)) < FEWEST_LETTERS:
        return []
    spelt = [_any(_nearly_held, asked)]
    if len(asked.words) >= FEWEST_WORDS:
        spelt.append(_any(_all_but_one_held, asked) & Q(similarity__gte=SIMILAR))
    return spelt


def _nearly_held(_title: list[str], words: list[str]) -> Q:
    return Q(*(Q(words_of_name__overlap=_near_words(word)) for word in dict.fromkeys(words)))


def _all_but_one_held(_title: list[str], words: list[str]) -> Q:
    but_one = combinations(dict.fromkeys(words), max(1, len(set(words)) - 1))
    return reduce(or_, (Q(words_of_name__contains=list(others)) for others in but_one))


def _levenshtein(words: str | Func, typed: str) -> Func:
    return Func(words, Value(typed), function="levenshtein", output_field=IntegerField())


def _near_words(word: str) -> list[str] | ArraySubquery:
    """Give the words of names that are this one but for a letter or so, or for two that are swapped.

    Of very few letters, only this one.
    """
    if not FEWEST_LETTERS <= len(word) <= LONGEST_WORD:
        return [word]
    edits = max(1, len(word) // LETTERS_AN_EDIT)
    known = NameWord.objects.alias(length=Length("word"), distance=_levenshtein("word", word))
    near = Q(length__range=(len(word) - edits, len(word) + edits), distance__lte=edits)
    swapped = [word[:at] + word[at : at + 2][::-1] + word[at + 2 :] for at in range(len(word) - 1)]
    return ArraySubquery(known.filter(near | Q(word__in=swapped)).values("word"))


def _numbers_fit(asked: Query) -> Q:
    fits = Q(birth_date=asked.born) if asked.born else Q()
    for code in asked.codes:
        fits &= _code_fits(code)
    for run in asked.runs:
        one_number, several = _number_fits("".join(run)), Q(*map(_number_fits, run))
        fits &= one_number | several if len(run) > 1 else one_number
    return fits


def _number_fits(digits: str) -> Q:
    fits = _end_fits(digits)
    return fits | Q(birth_date__year=int(digits)) if YEAR.fullmatch(digits) else fits


def _end_fits(digits: str) -> Q:
    fits = _whole_number(digits) | Q(search_name__contains=f" {digits}")
    if len(digits) >= FEWEST_DIGITS:
        # Kept as +95 9 7935 2281, said with a zero before 9 or two before 95.
        said = digits.removeprefix("00").removeprefix("0")
        fits |= Q(record_number_end__startswith=digits[::-1])
        fits |= Q(phone_end__startswith=(said if len(said) >= FEWEST_DIGITS else digits)[::-1])
    return fits


def _whole_number(digits: str) -> Q:
    """Give the condition of a record number that is these digits, whatever letters and zeros come before."""
    number = digits.lstrip("0") or "0"
    return Q(record_number_end__startswith=number[::-1], record_number__regex=rf"^[^0-9]*0*{number}$")


def _code_fits(code: str) -> Q:
    fits = Q(record_number_end__startswith=code.upper()[::-1])
    parts = re.fullmatch(r"([A-Za-z]+)[^A-Za-z0-9]*0*([0-9]+)", code)
    if parts:
        letters, number = parts.groups()
        whole = rf"^{letters}[^A-Z0-9]*0*{number}$"
        fits |= Q(record_number_end__startswith=number[::-1], record_number__iregex=whole)
    words = search_words(code)
    return fits | Q(*(Q(search_name__contains=f" {word}") for word in words)) if words else fits
