"""Whether somebody who is about to be added is here already."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, date

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, F, FloatField, Q, Value, When
from django.db.models.functions import Abs, Length

from clinics.models import Organization
from patients.models import Patient, bare_name
from patients.names import search_words, split_title
from patients.queries import LONGEST

SHOWN = 5
NOBODY = Q(pk__in=[])
YEARS_OFF = 5  # of a birth date that was estimated from an age
# Of the trigrams of both names. Where a phone or a birth date is the same, a word may be missing (Khin Noe is 0.64 of
# Khin Myat Noe) but not another (Khin Zaw is 0.38 of Khin Noe). Where nothing else is, a tone mark of three Burmese
# syllables may be (0.84), but not another consonant of four (0.78) or of three Latin words (Khin Myat Moe is 0.65).
SIMILAR = 0.5
VERY_SIMILAR = 0.81
LONGER_BY = 3  # characters: trigrams are a set, in which Mya Mya is Mya


def find_duplicates(
    organization: Organization,
    *,
    name: str,
    phone: str | None = None,
    birth_date: date | None = None,
    birth_date_estimated: bool = False,
    limit: int = SHOWN,
) -> list[Patient]:
    """Give the organization's active patients who may be this person, best first.

    Names are compared without their titles. Somebody may be the same with a similar name and the same phone or the same
    birth date, neither of them estimated; and with a very similar name alone. Birth dates that contradict each other
    rule that out, but not at the same phone with the very same name: then one of the dates may be mistyped. Exact dates
    contradict when they differ, an estimated one when it is more than 5 calendar years from the other, an unknown one
    never. A phone alone, as families share it, says nothing. One query.
    """
    words = " ".join(split_title(search_words(name[:LONGEST]))[1])
    if not words:
        return []
    same_phone = Q(phone=phone) if phone else NOBODY
    exact = birth_date is not None and not birth_date_estimated
    same_day = Q(birth_date=birth_date, birth_date_estimated=False) if exact else NOBODY
    same_name, near_name = Q(bare=f" {words} "), Q(search_name__trigram_word_similar=words)
    very_similar = Q(similarity__gte=VERY_SIMILAR, longer__lte=LONGER_BY)
    agrees = _agrees(birth_date, estimated=birth_date_estimated)
    compared = Patient.objects.alias(
        bare=bare_name(),
        similarity=TrigramSimilarity("bare", words),
        longer=Abs(Length("bare") - len(f" {words} ")),
        evidence=F("similarity") + _one_if(same_phone) + _one_if(same_day),
    )
    # First what the indexes answer, then what is worked out for each patient who is left.
    near = compared.filter(same_phone | same_day | near_name, organization=organization, is_active=True)
    same = (same_phone & (agrees | same_name)) | same_day | (very_similar & agrees)
    return list(near.filter(same, similarity__gte=SIMILAR).order_by("-evidence", "name", "id")[:limit])


def _agrees(birth_date: date | None, *, estimated: bool) -> Q:
    """Give the condition of a birth date that may be this one."""
    if birth_date is None:
        return ~NOBODY  # everybody: Django leaves an empty Q out of an OR
    first, last = max(birth_date.year - YEARS_OFF, MINYEAR), min(birth_date.year + YEARS_OFF, MAXYEAR)
    near = Q(birth_date__range=(date(first, 1, 1), date(last, 12, 31)))
    if not estimated:
        near = Q(birth_date=birth_date) | Q(near, birth_date_estimated=True)
    return Q(birth_date=None) | near


def _one_if(condition: Q) -> Case:
    return Case(When(condition, then=Value(1.0)), default=Value(0.0), output_field=FloatField())
