"""What the workers do for accounts. Tasks take keys and hold no logic."""

from celery import shared_task
from django.core.management import call_command

from clinics import letters


@shared_task
def clear_expired_sessions() -> None:
    call_command("clearsessions")


@shared_task(ignore_result=True)
def send_letters(keys: list[int] | None = None) -> None:
    """Send the letters that are due, or the due ones among these."""
    letters.sweep(keys)
