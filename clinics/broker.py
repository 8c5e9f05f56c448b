"""Handing work to a worker from a page, which hardly waits for it."""

from __future__ import annotations

import logging

from celery import current_app
from django.conf import settings

IMPATIENT = {"socket_timeout": 0.4, "socket_connect_timeout": 0.4, "retry_on_timeout": False, "max_retries": 0}
"""How a page waits for the broker: hardly. What it cannot hand over now, the sweep finds."""

logger = logging.getLogger(__name__)


def hand_over(task: str, keys: list[int]) -> None:
    """Ask a worker to do the task of this name with these now.

    A broker that is down or silent costs a page no more than a second.
    """
    try:
        with current_app.connection_for_write(transport_options=IMPATIENT) as connection:
            # Past its time the sweep has done it.
            expires = settings.NOTIFICATION_SWEEP_SECONDS
            current_app.send_task(task, args=[keys], connection=connection, retry=False, expires=expires)
    except Exception as error:  # noqa: BLE001 whatever ails the broker, the rows are written and will be found
        words = "The broker did not take %s messages for %s (%s): the sweep will"
        logger.warning(words, len(keys), task, type(error).__name__)
