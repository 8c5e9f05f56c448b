"""What processes remember together, in Redis: quick and good to have, but nothing depends on it.

It is asked with little patience. Once it has not answered, this process leaves it alone for a while, so that a server
that is down or frozen costs one short wait, not one for each page.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.db import connection
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

PATIENCE = 0.2  # seconds that it may take to answer
ALONE = 15.0  # seconds that it is left alone after it did not

logger = logging.getLogger(__name__)
_alone_until = 0.0


@cache
def _client() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=30,
    )


def read(keys: Sequence[str]) -> list[bytes | None] | None:
    """Give what is remembered under each of the keys, in one round trip; None while nobody answers."""
    found = _asked(lambda: _client().mget([_own(key) for key in keys]))
    return cast("list[bytes | None] | None", found)


def write(values: Mapping[str, str], *, seconds: int | None = None) -> bool:
    """Remember all of it in one round trip, for so long or until it is written anew; tell whether it is."""

    def store() -> bool:
        with _client().pipeline(transaction=False) as together:
            for key, value in values.items():
                together.set(_own(key), value, ex=seconds)
            together.execute()
        return True

    return bool(_asked(store))


def begin(values: Mapping[str, str], *, seconds: int) -> list[bytes | None] | None:
    """Remember each of these where nothing is remembered yet; give what is then. None while nobody answers."""

    def store() -> list[bytes | None]:
        with _client().pipeline(transaction=False) as together:
            for key, value in values.items():
                together.set(_own(key), value, nx=True, ex=seconds)
            together.mget([_own(key) for key in values])
            return cast("list[bytes | None]", together.execute()[-1])

    return cast("list[bytes | None] | None", _asked(store))


def _own(key: str) -> str:
    # Two databases, those of two test runs say, may have one server for this.
    return f"{connection.settings_dict['NAME']}:{key}"


def _asked(command: Any) -> Any:
    global _alone_until  # noqa: PLW0603 one state for the process
    if time.monotonic() < _alone_until:
        return None
    try:
        return command()
    except RedisError as error:
        _alone_until = time.monotonic() + ALONE
        logger.warning("The cache does not answer (%s): it is left alone for %.0f s", type(error).__name__, ALONE)
        return None


def ask_again() -> None:
    """Forget that it did not answer, and every connection to it: for tests, which stop it and start it again."""
    global _alone_until  # noqa: PLW0603
    _alone_until = 0.0
    _client().connection_pool.disconnect()
