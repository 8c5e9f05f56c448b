"""The file that an organization takes along: asked for, made by a worker, fetched, and emptied after some days."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from io import RawIOBase
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from redis.exceptions import RedisError

from clinics.broker import hand_over
from clinics.letters import tell_ready
from clinics.models import Organization, User, record_event
from scheduling.models import ExportFile, ExportPart
from scheduling.services.records.exporting import Progress, write_archive

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

EXPORT_MADE = "EXPORT_MADE"
EXPORT_DOWNLOADED = "EXPORT_DOWNLOADED"

KEPT = timedelta(days=7)
"""How long a file lies ready to be fetched."""

MOST_ATTEMPTS = 3
PART = 1024 * 1024  # bytes
PAGE = "admin:scheduling_exportfile_changelist"
MAKE = "scheduling.tasks.make_exports"
"""The task that makes them."""

logger = logging.getLogger(__name__)


def ask(*, organization: Organization, actor: User) -> ExportFile:
    """Ask for a file of the organization's data; where one is being made already, it is that one."""
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        waiting = ExportFile.objects.filter(organization=organization, state=ExportFile.State.WAITING).first()
        if waiting is not None:
            return waiting
        export = ExportFile.objects.create(
            organization=organization, created_by=actor, file_name=file_name_of(organization)
        )
        transaction.on_commit(partial(hand_over, MAKE, [export.pk]))
    return export


def file_name_of(organization: Organization) -> str:
    """Give the name of a file made now: of letters that every machine takes."""
    name = slugify(organization.name)[:60] or f"organization-{organization.pk}"
    today = timezone.localdate(timezone=ZoneInfo(organization.timezone))
    return f"{name}-{today:%Y-%m-%d}.zip"


def file_to(*, organization: Organization, out: Any, actor: User | None, progress: Progress) -> None:
    """Write the file to `out`, open for bytes, at once; leave an event."""
    with snapshot():
        rows = write_archive(organization, out, progress)
        told = {"rows": rows}
        record_event(kind=EXPORT_MADE, target=organization, actor=actor, organization=organization, new=told)


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything as it stands at one moment, however long that takes; nobody waits for it."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


# Making them


def sweep(keys: Collection[int] | None = None) -> None:
    """Make the files that wait, or those of them among `keys`."""
    waiting = ExportFile.objects.filter(state=ExportFile.State.WAITING).order_by("pk")
    waiting = waiting if keys is None else waiting.filter(pk__in=keys)
    for key in list(waiting.values_list("pk", flat=True)):
        if _begin(key):
            _make(key)


def _begin(key: int) -> bool:
    """Count the attempt, beforehand: what kills a worker each time is given up, too. Tell whether there is another."""
    with transaction.atomic():
        export = _claim(key)
        if export is None:
            return False
        if export.attempts >= MOST_ATTEMPTS:
            export.state, export.finished_at = ExportFile.State.FAILED, timezone.now()
            export.error = export.error or "interrupted"
            export.save(update_fields=["state", "finished_at", "error"])
            return False
        export.attempts += 1
        export.started_at = timezone.now()
        export.save(update_fields=["attempts", "started_at"])
        return True


def _claim(key: int) -> ExportFile | None:
    """Take the row until the transaction ends; None where another worker has it, or it waits no longer."""
    rows = ExportFile.objects.select_related("organization", "created_by")
    rows = rows.select_for_update(skip_locked=True, of=("self",))
    return rows.filter(pk=key, state=ExportFile.State.WAITING).first()


def _make(key: int) -> None:
    """Write the file in one transaction, with its event and its letter: a worker that dies leaves nothing of it."""
    try:
        with snapshot():
            export = _claim(key)
            if export is not None:
                _fill(export)
    except Exception as error:
        logger.exception("Export %s could not be made", key)
        ExportFile.objects.filter(pk=key, state=ExportFile.State.WAITING).update(error=type(error).__name__)


def _fill(export: ExportFile) -> None:
    with Parts(export) as out:
        export.rows = write_archive(export.organization, out, Told(export.pk))
    export.size = out.written
    export.finished_at = timezone.now()
    export.expires_at = export.finished_at + KEPT
    export.state, export.error = ExportFile.State.READY, ""
    export.save(update_fields=["rows", "size", "finished_at", "expires_at", "state", "error"])
    told = {"file_name": export.file_name, "rows": export.rows, "size": export.size}
    record_event(kind=EXPORT_MADE, target=export, actor=export.created_by, new=told)
    if export.created_by is not None:
        tell_ready(export.created_by, export.organization, reverse(PAGE))


class Parts(RawIOBase):
    """A file that is written into the database, part by part."""

    def __init__(self, export: ExportFile) -> None:
        self.export, self.held, self.written, self.number = export, bytearray(), 0, 0

    def writable(self) -> bool:
        return True

    def write(self, content: ReadableBuffer, /) -> int:
        size = len(memoryview(content).cast("B"))
        self.held += content
        while len(self.held) >= PART:
            self._keep(PART)
        return size

    def close(self) -> None:
        if self.held and not self.closed:
            self._keep(len(self.held))
        super().close()

    def _keep(self, size: int) -> None:
        ExportPart.objects.create(export_file=self.export, number=self.number, content=bytes(self.held[:size]))
        del self.held[:size]
        self.number += 1
        self.written += size


class Told(Progress):
    """How far a file is, told in the cache, since its transaction says nothing before it ends."""

    def __init__(self, key: int) -> None:
        self.key, self.done, self.total, self.told = key, 0, 0, -1

    def begins(self, total: int) -> None:
        self.total = total
        self._tell()

    def goes_on(self, rows: int) -> None:
        self.done += rows
        if (share := self.percent) != self.told:
            self.told = share
            self._tell()

    @property
    def percent(self) -> int:
        return min(100 * self.done // self.total, 100) if self.total else 0

    def _tell(self) -> None:
        try:
            cache.set(_told_at(self.key), self.percent, timeout=15 * 60)
        except RedisError:
            logger.warning("The cache does not answer: nobody sees how far export %s is", self.key)


def percent_of(export: ExportFile) -> int | None:
    """Give how much of the file is made, in percent; None while nobody has begun, or nobody can tell."""
    try:
        percent: int | None = cache.get(_told_at(export.pk))
    except RedisError:
        return None
    return percent


def _told_at(key: int) -> str:
    return f"export:{key}"


# Fetching and forgetting them


def fetch(export: ExportFile, *, actor: User) -> Iterator[bytes]:
    """Give the bytes of a file that is ready, part by part, once it is written down who fetches it."""
    record_event(kind=EXPORT_DOWNLOADED, target=export, actor=actor, new={"file_name": export.file_name})
    return _bytes_of(export.pk)


def _bytes_of(key: int) -> Iterator[bytes]:
    number = 0
    while True:
        part = ExportPart.objects.filter(export_file=key, number=number).values_list("content", flat=True).first()
        if part is None:
            return
        yield bytes(part)
        number += 1


def empty() -> None:
    """Let go of the files that have lain there long enough; that they were made stays on record."""
    now = timezone.now()
    with transaction.atomic():
        old = ExportFile.objects.filter(state=ExportFile.State.READY, expires_at__lte=now)
        keys = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True))
        ExportPart.objects.filter(export_file__in=keys).delete()
        ExportFile.objects.filter(pk__in=keys).update(state=ExportFile.State.EMPTIED)
