"""Bringing a file in: looked at first, row by row, then written a batch at a time.

Each batch is one transaction, together with how far that brings the file: who is interrupted loses nothing, and goes on
after the last batch. Of two workers at one file the later run wins: the other finds at the end of its batch that the
file is no longer its own, and its batch is taken back. The look is the same writing, taken back each time.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from clinics.broker import hand_over
from clinics.models import Organization, User, record_event
from scheduling.models import ImportContent, ImportFile, ImportKind, ImportProblem
from scheduling.services import freshness
from scheduling.services.records.absences import ClosureRecords, TimeOffRecords
from scheduling.services.records.appointments import AppointmentRecords
from scheduling.services.records.columns import Kind, columns_of
from scheduling.services.records.hours import WorkingHoursRecords
from scheduling.services.records.incoming import LONGEST_VALUE, Arrival, Incoming, Outcome, Problem, Row
from scheduling.services.records.mappings import told_order, where_empty
from scheduling.services.records.patients import PatientRecords
from scheduling.services.records.places import ClinicRecords, TypeRecords
from scheduling.services.records.practitioners import PractitionerRecords
from scheduling.services.records.reading import Line, Options, Table, read_table, told_by

BROUGHT, STARTED = "IMPORT_BROUGHT", "IMPORT_STARTED"
IMPORTED, STOPPED = "IMPORT_FINISHED", "IMPORT_STOPPED"
BATCH, SLOW_BATCH = 1000, 50  # rows
STANDS_STILL = timedelta(minutes=2)
"""A run that has not come on for so long has died."""

MOST_RUNS_IN_A_ROW = 5
KEPT = timedelta(days=7)
"""How long the content of a file is kept that nobody imports."""

RUN = "scheduling.tasks.run_imports"
"""The task that checks and imports."""

INCOMING: Mapping[str, type[Incoming]] = {
    each.kind: each
    for each in (
        *(ClinicRecords, TypeRecords, PractitionerRecords, WorkingHoursRecords, TimeOffRecords, ClosureRecords),
        *(PatientRecords, AppointmentRecords),
    )
}
State = ImportFile.State
RUNNING = (State.CHECKING, State.IMPORTING)

logger = logging.getLogger(__name__)


class Overtaken(Exception):  # noqa: N818 it is no error
    """Raised at the end of a batch when the file is no longer this run's: stopped, or taken up by another."""


# Asking for it


def bring(*, organization: Organization, actor: User | None, kind: str, file_name: str, content: bytes) -> ImportFile:
    """Keep a file whose columns are to be chosen; its way of being read, and its columns, are guessed.

    So is the order of its dates, where one of them tells it.

    Raises ValidationError where it cannot be read at all.
    """
    options = told_by(content)
    table = read_table(content, options)
    mapping = guess(table.headings, ImportKind(kind))
    with transaction.atomic():
        import_file = ImportFile.objects.create(
            organization=organization,
            kind=kind,
            file_name=file_name[-200:],
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            options=told_order(table, mapping).as_json(),
            mapping=mapping,
            created_by=actor,
        )
        ImportContent.objects.create(import_file=import_file, content=content)
        told = {"kind": kind, "file_name": import_file.file_name, "sha256": import_file.sha256}
        record_event(kind=BROUGHT, target=import_file, actor=actor, new=told)
    return import_file


def guess(headings: tuple[str, ...], kind: ImportKind) -> dict[str, str]:
    """Give for each of our columns the heading that is called like it, as far as there is one."""
    by_name = {_plain(heading): heading for heading in headings}
    found = {}
    for column in columns_of(Kind(kind)):
        for name in (column.name, *SYNONYMS.get(column.name, ())):
            if not column.only_out and _plain(name) in by_name:
                found[column.name] = by_name[_plain(name)]
                break
    return found


SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "record_number": ("mrn", "patient id", "patient no", "patient number", "record no", "file number", "chart number"),
    "name": ("full name", "patient", "patient name", "doctor", "doctor name", "အမည်"),
    "patient": ("patient name", "full name", "name", "လူနာ"),
    "practitioner": ("doctor", "doctor name", "provider", "physician", "ဆရာဝန်"),
    "birth_date": ("dob", "date of birth", "birthday", "birthdate", "မွေးနေ့", "မွေးသက္ကရာဇ်"),
    "age": ("အသက်",),
    "phone": ("phone number", "mobile", "telephone", "tel", "ဖုန်း", "ဖုန်းနံပါတ်"),
    "email": ("e-mail", "mail", "email address"),
    "clinic": ("location", "branch", "site", "ဆေးခန်း"),
    "start": ("date", "appointment date", "date and time", "datetime", "start time", "starts at", "ရက်စွဲ"),
    "minutes": ("duration", "length", "ကြာချိန်"),
    "type": ("appointment type", "visit type", "service", "reason for visit"),
    "status": ("state", "outcome", "အခြေအနေ"),
    "cancellation_reason": ("cancel reason", "reason"),
    "notes": ("note", "comment", "comments", "remarks", "မှတ်ချက်"),
    "checked_in_at": ("arrived", "arrival", "checked in"),
    "starts_on": ("from", "start date", "first day"),
    "ends_on": ("until", "end date", "last day"),
    "active": ("is active", "enabled"),
}


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum() or not letter.isascii())


def missing_columns(import_file: ImportFile) -> list[str]:
    """Give the needed columns that have no heading yet, and nothing that stands for them in every row."""
    said = {**where_empty(import_file), **import_file.mapping}
    return [
        column.name for column in columns_of(Kind(import_file.kind)) if column.required and not said.get(column.name)
    ]


def table_of(import_file: ImportFile) -> Table:
    """Open the file as it is to be read.

    Raises ValidationError where it cannot be read like that, or is no longer kept.
    """
    content = ImportContent.objects.filter(import_file=import_file).values_list("content", flat=True).first()
    if content is None:
        raise ValidationError(_("The file is no longer kept. Please bring it again."))
    return read_table(bytes(content), Options.from_json(import_file.options))


def ask_to_check(import_file: ImportFile) -> bool:
    """Have a worker look what the file would come to; tell whether it could still be asked."""
    return _begin(import_file, State.CHECKING, (State.UPLOADED, State.CHECKED, State.FAILED, State.STOPPED))


def ask_to_import(import_file: ImportFile, *, skip_bad: bool, actor: User | None = None) -> bool:
    """Have a worker bring the checked file in, or go on with it; tell whether it could be asked.

    With rows that were refused it is only done when these are to be left out.
    """
    import_file.refresh_from_db()
    if import_file.state == State.CHECKED and import_file.rows_bad and not skip_bad:
        return False
    goes_on = import_file.state == State.STOPPED and import_file.rows_read > 0
    read = import_file.rows_read if goes_on else 0
    told = {"kind": import_file.kind, "file_name": import_file.file_name, "rows_read": read}
    after = (State.CHECKED, State.STOPPED)
    with transaction.atomic():
        begun = _begin(import_file, State.IMPORTING, after, goes_on=goes_on)
        if begun:
            record_event(kind=STARTED, target=import_file, actor=actor or import_file.created_by, new=told)
    return begun


def _begin(import_file: ImportFile, state: str, after: tuple[str, ...], *, goes_on: bool = False) -> bool:
    anew = {} if goes_on else {"rows_read": 0, "rows_created": 0, "rows_known": 0, "rows_bad": 0}
    with transaction.atomic():
        begun = ImportFile.objects.filter(pk=import_file.pk, state__in=after).update(
            state=state, run=F("run") + 1, runs_in_a_row=0, beat_at=None, finished_at=None, error="", **anew
        )
        if begun and not goes_on:
            ImportProblem.objects.filter(import_file=import_file).delete()
        if begun:
            transaction.on_commit(partial(hand_over, RUN, [import_file.pk]))
    import_file.refresh_from_db()
    return bool(begun)


def stop(import_file: ImportFile, *, actor: User | None) -> bool:
    """Stop the run after the batch that it is at; what has come in stays, and it can go on later.

    A look is given up: what it has counted says nothing about where an import would go on.
    """
    given_up = ImportFile.objects.filter(pk=import_file.pk, state=State.CHECKING).update(
        state=State.UPLOADED, rows_read=0, rows_created=0, rows_known=0, rows_bad=0
    )
    if given_up:
        return True
    with transaction.atomic():
        stopped = ImportFile.objects.filter(pk=import_file.pk, state=State.IMPORTING).update(
            state=State.STOPPED, finished_at=timezone.now()
        )
        if stopped:
            import_file.refresh_from_db()
            record_event(kind=STOPPED, target=import_file, actor=actor, new=_told(import_file))
    return bool(stopped)


# Doing it


def sweep(keys: list[int] | None = None) -> None:
    """Do what was asked for and not begun, and go on with what stands still; of these alone where keys are given."""
    waiting = ImportFile.objects.filter(state__in=RUNNING).order_by("pk")
    for key in waiting.values_list("pk", flat=True) if keys is None else keys:
        if (import_file := claim(key)) is not None:
            run(import_file)


def claim(key: int) -> ImportFile | None:
    """Take a file up, unless a run is at it; give up on one that kills whoever takes it up."""
    now = timezone.now()
    with transaction.atomic():
        rows = ImportFile.objects.select_for_update(skip_locked=True, of=("self",))
        import_file = rows.select_related("organization", "created_by").filter(pk=key, state__in=RUNNING).first()
        if import_file is None or (import_file.beat_at and import_file.beat_at > now - STANDS_STILL):
            return None
        import_file.run += 1
        import_file.runs_in_a_row += 1
        import_file.beat_at = now
        if import_file.runs_in_a_row > MOST_RUNS_IN_A_ROW:
            import_file.state, import_file.error = State.FAILED, _("It was interrupted several times at the same row.")
        import_file.save(update_fields=["run", "runs_in_a_row", "beat_at", "state", "error"])
    return import_file if import_file.is_running else None


def run(import_file: ImportFile, *, told: Callable[[int, int], None] | None = None) -> None:
    """Check or import the file, from where an earlier run came to; a failure is kept with it, in words.

    After each batch `told` is given how many rows have been read, and how many there are.
    """
    actor = import_file.created_by
    with translation.override((actor and actor.language) or settings.LANGUAGE_CODE):
        try:
            _Run(import_file).go(told)
        except Overtaken:
            logger.info("Import %s was stopped, or taken up by another worker", import_file.pk)
        except ValidationError as error:
            _fail(import_file, " ".join(error.messages))
        except Exception as error:
            logger.exception("Import %s failed", import_file.pk)
            _fail(import_file, _("Something went wrong (%s). What came in before stays.") % type(error).__name__)


def _fail(import_file: ImportFile, words: str) -> None:
    mine = ImportFile.objects.filter(pk=import_file.pk, run=import_file.run, state__in=RUNNING)
    mine.update(state=State.FAILED, error=words[:300], finished_at=timezone.now())


class _Run:
    """One run through a file."""

    def __init__(self, import_file: ImportFile) -> None:
        self.file = import_file
        self.table = table_of(import_file)
        self.where_empty = where_empty(import_file)
        self.is_check = import_file.state == State.CHECKING
        self.arrival = Arrival(
            import_file.organization,
            import_file.created_by,
            import_file.file_name,
            self.table.options,
            only_look=self.is_check,
        )

    def go(self, told: Callable[[int, int], None] | None) -> None:
        if not self.file.rows_total:
            self.file.rows_total = sum(1 for _line in self.table.lines())
            self._note([], rows_total=self.file.rows_total)
        incoming, read = INCOMING[self.file.kind](self.arrival), self.file.rows_read
        for batch in self._batches(incoming):
            self._do(incoming, batch)
            read += len(batch)
            if told is not None:
                told(read, self.file.rows_total)
        with transaction.atomic():
            self._finish()

    def _batches(self, incoming: Incoming) -> Iterator[list[Row]]:
        """Read the rows that no earlier run has taken; the others only for what they say about later ones."""
        batch: list[Row] = []
        slow = 0
        for place, line in enumerate(self.table.lines()):
            row = Row(line.number, self._cells(line))
            if line.fault:
                row.refuse("", line.fault)
            else:
                incoming.read(row)
            if place < self.file.rows_read:
                continue
            batch.append(row)
            slow += incoming.is_slow(row)
            if len(batch) == BATCH or slow == SLOW_BATCH:
                yield batch
                batch, slow = [], 0
        if batch:
            yield batch

    def _cells(self, line: Line) -> dict[str, str]:
        mapping = self.file.mapping.items()
        said = {column: line.cells[heading] for column, heading in mapping if line.cells.get(heading)}
        return {**self.where_empty, **said}

    def _do(self, incoming: Incoming, batch: list[Row]) -> None:
        if not self.is_check:
            with transaction.atomic():
                self._wait_for_others()
                incoming.take(batch)
                self._note(batch)
                # Its events are written together, of which nobody is told.
                transaction.on_commit(partial(freshness.renew_hours, self.file.organization_id), robust=True)
            return
        with transaction.atomic():
            incoming.take(batch)
            transaction.set_rollback(True)
        with transaction.atomic():
            self._note(batch)

    def _wait_for_others(self) -> None:
        """Let one batch at a time into an organization: two at once would each not find what the other brings."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import'), %s)", [self.file.organization_id])

    def _note(self, batch: list[Row], **changes: Any) -> None:
        """Write how far it is, in the transaction of the batch; raise Overtaken where that is not ours to say."""
        outcomes = [row.outcome for row in batch]
        mine = ImportFile.objects.filter(pk=self.file.pk, run=self.file.run, state=self.file.state)
        noted = mine.update(
            rows_read=F("rows_read") + len(batch),
            rows_created=F("rows_created") + outcomes.count(Outcome.CREATED),
            rows_known=F("rows_known") + outcomes.count(Outcome.KNOWN),
            rows_bad=F("rows_bad") + outcomes.count(Outcome.REFUSED),
            runs_in_a_row=1 if batch else F("runs_in_a_row"),
            beat_at=timezone.now(),
            **changes,
        )
        if not noted:
            raise Overtaken
        ImportProblem.objects.bulk_create(
            _problem(self.file, row, problem) for row in batch for problem in row.problems
        )

    def _finish(self) -> None:
        state = State.CHECKED if self.is_check else State.IMPORTED
        self._note([], state=state, finished_at=timezone.now())
        if not self.is_check:
            self.file.refresh_from_db()
            if not self.file.rows_bad:  # else it is still good for a list of these
                ImportContent.objects.filter(import_file=self.file).delete()
            record_event(kind=IMPORTED, target=self.file, actor=self.file.created_by, new=_told(self.file))


def _problem(import_file: ImportFile, row: Row, problem: Problem) -> ImportProblem:
    return ImportProblem(
        import_file=import_file,
        row_number=row.number,
        column=problem.column,
        value=problem.value[:LONGEST_VALUE],
        reason=problem.reason,
    )


def _told(import_file: ImportFile) -> dict[str, Any]:
    names = ("kind", "file_name", "sha256", "rows_read", "rows_created", "rows_known", "rows_bad")
    return {name: getattr(import_file, name) for name in names}


def forget() -> None:
    """Let go of the contents of files that nobody has imported for long enough."""
    old = ImportFile.objects.exclude(state__in=RUNNING).filter(created_at__lte=timezone.now() - KEPT)
    ImportContent.objects.filter(import_file__in=old).delete()
