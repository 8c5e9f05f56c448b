"""What the workers do. Tasks take keys and hold no logic."""

from __future__ import annotations

import logging

from celery import current_app, shared_task
from django.conf import settings
from django.utils import timezone

from scheduling.services import delivery, notifications, status

IMPATIENT = {"socket_timeout": 0.4, "socket_connect_timeout": 0.4, "retry_on_timeout": False, "max_retries": 0}
"""How a page waits for the broker: hardly. What it cannot hand over now, the sweep finds."""

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def deliver(keys: list[int]) -> None:
    """Send those of the notifications that are due."""
    delivery.sweep(keys)


@shared_task(ignore_result=True)
def deliver_due() -> None:
    """Send all that is due."""
    delivery.sweep()


@shared_task(ignore_result=True)
def remind() -> None:
    notifications.remind(timezone.now())


@shared_task(ignore_result=True)
def settle_no_shows() -> None:
    status.settle_no_shows(timezone.now())


def wake(keys: list[int]) -> None:
    """Ask a worker to send these now; a broker that is down or silent costs a page no more than a second."""
    try:
        with current_app.connection_for_write(transport_options=IMPATIENT) as connection:
            # Past its time the sweep has done it.
            expires = settings.NOTIFICATION_SWEEP_SECONDS
            current_app.send_task(deliver.name, args=[keys], connection=connection, retry=False, expires=expires)
    except Exception as error:  # noqa: BLE001 whatever ails the broker, the rows are written and will be found
        logger.warning("The broker did not take %s notifications (%s): the sweep will", len(keys), type(error).__name__)
