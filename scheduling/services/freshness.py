"""Whether a page of the organization is still true, told without asking the database.

Every change leaves an activity event, so an event is what makes pages old. The word of it lies in the cache; where
that is lost, the minute, which is part of every tag, has the page drawn anew.
"""

from __future__ import annotations

import logging
import uuid

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def version_of(organization_id: int) -> str | None:
    """Give a word that stays the same until something changes; None while the cache cannot be asked."""
    try:
        return str(cache.get(_key(organization_id), ""))
    except RedisError:
        logger.warning("The cache does not answer: pages are drawn anew each time")
        return None


def renew(organization_id: int) -> None:
    """Make every page of the organization old."""
    try:
        cache.set(_key(organization_id), uuid.uuid4().hex, timeout=None)
    except RedisError:
        logger.warning("The cache does not answer: pages show the change with the next minute")


def _key(organization_id: int) -> str:
    return f"version:{organization_id}"
