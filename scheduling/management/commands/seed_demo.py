"""A clinic to try: the same one every time, none of it twice, and its day in full swing."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from scheduling.management.demo.places import OPERATOR, PASSWORD, TENANTS
from scheduling.management.demo.seeding import Report, Size, seed

TELL_EVERY = 2  # seconds


class Command(BaseCommand):
    help = "Make the demo's organizations, or bring them up to date: what people changed in them stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="also where DEBUG is off")
        parser.add_argument("--patients", type=int, default=2000, help="of the first organization")
        parser.add_argument("--days-back", type=int, default=91, help="of appointments before today")
        parser.add_argument("--days-ahead", type=int, default=28, help="of appointments after today")

    def handle(self, *_args: Any, force: bool, patients: int, days_back: int, days_ahead: int, **_options: Any) -> None:
        if not (settings.DEBUG or force):
            raise CommandError("This is not a place to try things: DEBUG is off. Use --force if you are sure.")
        self.told_at = time.monotonic()
        now = timezone.now().replace(second=0, microsecond=0)
        seed(now, Size(patients, days_back, days_ahead), Report(self.tell, self.tell_now_and_then))
        for line in logins():
            self.stdout.write(line)

    def tell(self, line: str) -> None:
        # Not on standard output: whoever captures that wants the logins.
        self.stderr.write(line, self.style.HTTP_INFO)
        self.stderr.flush()
        self.told_at = time.monotonic()

    def tell_now_and_then(self, line: str) -> None:
        if time.monotonic() - self.told_at >= TELL_EVERY:
            self.tell(line)


def logins() -> Iterable[str]:
    """Give who signs in, by organization, in lines to print."""
    width = max(len(login.email) for tenant in TENANTS for login in tenant.logins)
    for tenant in TENANTS:
        yield tenant.name
        for login in tenant.logins:
            yield f"  {login.email:{width}}  {PASSWORD}  {login.role}"
    yield "All organizations"
    yield f"  {OPERATOR[0]:{width}}  {PASSWORD}  superuser"
