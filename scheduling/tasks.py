"""What the workers do. Tasks take keys and hold no logic."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from clinics.broker import hand_over
from scheduling.services import delivery, notifications, status
from scheduling.services.records import exports, importing


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


@shared_task(ignore_result=True)
def make_exports(keys: list[int] | None = None) -> None:
    """Make the files that wait, or those of them among these."""
    exports.sweep(keys)


@shared_task(ignore_result=True)
def empty_exports() -> None:
    """Let go of the files that have lain there long enough."""
    exports.empty()


@shared_task(ignore_result=True)
def run_imports(keys: list[int] | None = None) -> None:
    """Check and import the files that were asked about, and those that a dead worker left, or of them these."""
    importing.sweep(keys)


@shared_task(ignore_result=True)
def forget_imports() -> None:
    """Let go of files that nobody imports."""
    importing.forget()


def wake(keys: list[int]) -> None:
    """Ask a worker to send these now; what the broker does not take, the sweep finds."""
    hand_over(deliver.name, keys)
