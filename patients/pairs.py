"""Pairs of patients of an organization who may be one person, found all at once."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from django.db import connection

from clinics.models import Organization
from patients.duplicates import LONGER_BY, SIMILAR, VERY_SIMILAR, YEARS_OFF
from patients.models import Patient

MOST_PAIRS = 500
"""As many are looked for: once the likeliest are seen to, the next take their place."""
MOST_BEARERS = 30
"""A phone, a birth date or a name that more active patients have than these is everybody's, and says nothing: the
number of the clinic, the first of January, Aung Aung. It also keeps the pairs from growing with the square."""

# The same evidence as `find_duplicates` weighs for one patient, here by joins on what is equal. Names are compared as
# `bare_name` has them. Where they alone are equal, the birth dates must not contradict each other, nor the phones.
_FIND = """
WITH active AS MATERIALIZED (
    SELECT id, split_part(search_name, '|', 1) AS bare, phone, birth_date AS born, birth_date_estimated AS estimated
      FROM patients_patient WHERE organization_id = %(organization)s AND is_active
), same AS (
    SELECT unnest(array_agg(id)) AS id, 'p' || phone AS common FROM active
     WHERE phone <> '' GROUP BY phone HAVING count(*) BETWEEN 2 AND %(bearers)s
    UNION ALL
    SELECT unnest(array_agg(id)), 'b' || born FROM active
     WHERE NOT estimated AND born IS NOT NULL GROUP BY born HAVING count(*) BETWEEN 2 AND %(bearers)s
    UNION ALL
    SELECT unnest(array_agg(id)), 'n' || bare FROM active GROUP BY bare HAVING count(*) BETWEEN 2 AND %(bearers)s
    UNION ALL
    SELECT unnest(array_agg(id)), 'd' || born || bare FROM active
     WHERE NOT estimated AND born IS NOT NULL GROUP BY born, bare HAVING count(*) BETWEEN 2 AND %(bearers)s
), pair AS (
    SELECT DISTINCT first.id AS first, second.id AS second
      FROM same AS first JOIN same AS second USING (common) WHERE first.id < second.id
), weighed AS (
    SELECT first.id AS first, second.id AS second, similarity(first.bare, second.bare) AS similarity,
           first.bare = second.bare AS same_name,
           abs(length(first.bare) - length(second.bare)) <= %(longer)s AS as_long,
           first.phone <> '' AND first.phone = second.phone AS same_phone,
           first.phone <> '' AND second.phone <> '' AND first.phone <> second.phone AS other_phone,
           first.born = second.born AND NOT first.estimated AND NOT second.estimated AS same_day,
           CASE WHEN first.born IS NULL OR second.born IS NULL THEN true
                WHEN first.estimated OR second.estimated
                     THEN abs(date_part('year', first.born) - date_part('year', second.born)) <= %(years)s
                ELSE first.born = second.born END AS agrees
      FROM pair JOIN active AS first ON first.id = pair.first JOIN active AS second ON second.id = pair.second
)
SELECT first, second, same_name, same_phone, coalesce(same_day, false)
  FROM weighed
 WHERE similarity >= %(similar)s
   AND ((same_phone AND (agrees OR same_name)) OR same_day
        OR (similarity >= %(very_similar)s AND as_long AND agrees AND NOT other_phone))
   AND NOT EXISTS (SELECT FROM patients_patientpair AS two
                    WHERE two.first_id = weighed.first AND two.second_id = weighed.second)
 ORDER BY similarity + same_phone::int + coalesce(same_day, false)::int DESC, agrees DESC, first, second
 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two patients by key, the smaller first, and what speaks for one person beside a similar name."""

    first: int
    second: int
    same_name: bool
    same_phone: bool
    same_birth_date: bool


def find_pairs(organization: Organization) -> list[Pair]:
    """Give the pairs of active patients who may be one person, likeliest first, without those said to be two.

    At most `MOST_PAIRS`, in one query, whatever the number of patients.
    """
    asked = {
        "organization": organization.pk,
        "bearers": MOST_BEARERS,
        "longer": LONGER_BY,
        "years": YEARS_OFF,
        "similar": SIMILAR,
        "very_similar": VERY_SIMILAR,
        "most": MOST_PAIRS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIND, asked)
        return [Pair(*row) for row in cursor.fetchall()]


FIELDS = MappingProxyType(
    {
        "name": ("name",),
        "birth_date": ("birth_date", "birth_date_estimated"),
        "phone": ("phone",),
        "email": ("email",),
        "language": ("language",),
    }
)
"""What of two records can be chosen, and the columns that each choice brings along."""


def preset(kept: Patient, other: Patient) -> dict[str, bool]:
    """Tell for each of `FIELDS` whether the other record's is likely the better one.

    What is there before what is not; of two names the fuller; an exact birth date before one from an age; of two phones
    or e-mails that of the record that was made later. In all else the kept record has its way.
    """
    later = other.pk > kept.pk
    return {
        "name": len(other.name) > len(kept.name),
        "birth_date": other.birth_date is not None
        and (kept.birth_date is None or (kept.birth_date_estimated and not other.birth_date_estimated)),
        "phone": bool(other.phone) and (not kept.phone or later),
        "email": bool(other.email) and (not kept.email or later),
        "language": False,
    }
