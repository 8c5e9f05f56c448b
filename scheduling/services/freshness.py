"""Whether what was drawn, or worked out, is still true: told by words in the memory that all processes share.

A word stays the same until something changes, and is drawn by lot then: it never comes back, also not after the memory
was emptied. There is one for the pages of an organization, one for its settings and hours, and one for each
practitioner's time. What cannot be written there, because nobody answers, is old after a minute by itself: pages have
the minute in their tags, and slots are not remembered longer.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable

from clinics import memory

logger = logging.getLogger(__name__)


KEPT = 24 * 60 * 60
"""Seconds for which a word is kept; the next one is another, so that one that was lost hides no change."""


def version_of(organization_id: int) -> str | None:
    """Give the word of the organization's pages; None while nobody can tell."""
    found = memory.read([_pages(organization_id)])
    return None if found is None else (found[0] or b"").decode()


def renew(organization_id: int) -> None:
    """Make every page of the organization old."""
    memory.write({_pages(organization_id): _word()}, seconds=KEPT)


def renew_hours(organization_id: int) -> None:
    """Make old what the organization's practitioners offer: its settings, hours or places have changed."""
    memory.write({hours_key(organization_id): _word()}, seconds=KEPT)


def renew_time_of(practitioner_ids: Iterable[int]) -> None:
    """Make old what these practitioners offer: visits of theirs have come, gone or been moved."""
    memory.write({time_key(key): _word() for key in practitioner_ids}, seconds=KEPT)


def words_of(keys: list[str], found: list[bytes | None]) -> list[bytes] | None:
    """Give the words found under the keys, with new ones where there was none; None while nobody can tell."""
    missing = {key: _word() for key, word in zip(keys, found, strict=True) if word is None}
    if missing:
        begun = memory.begin(missing, seconds=KEPT)
        if begun is None:
            return None
        new = dict(zip(missing, begun, strict=True))
        found = [new[key] if word is None else word for key, word in zip(keys, found, strict=True)]
    words = [word for word in found if word is not None]
    return words if len(words) == len(keys) else None


def hours_key(organization_id: int) -> str:
    return f"hours:{organization_id}"


def time_key(practitioner_id: int) -> str:
    return f"time:{practitioner_id}"


def _pages(organization_id: int) -> str:
    return f"pages:{organization_id}"


def _word() -> str:
    return uuid.uuid4().hex
