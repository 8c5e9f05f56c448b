"""The rows of a file as they come in: read cell by cell, taken whole or refused with every reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinics.models import Organization, User
from scheduling.models import ImportKind
from scheduling.services.records.reading import Options

LONGEST_VALUE = 200  # characters of a refused cell that are kept


class Outcome(Enum):
    CREATED = auto()
    KNOWN = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a cell was refused, or with an empty `column` the row."""

    column: str
    value: str
    reason: str


@dataclass(slots=True)
class Row:
    """A row by our columns. `number` is the one that a spreadsheet shows, `said` what its cells were read as."""

    number: int
    cells: Mapping[str, str]
    said: Any = None
    problems: list[Problem] = field(default_factory=list)
    outcome: Outcome | None = None

    def read[T](self, column: str, parse: Callable[[str], T], default: T) -> T:
        """Give what the cell means, the default where it is empty or was refused."""
        cell = self.cells.get(column, "")
        if not cell:
            return default
        try:
            return parse(cell)
        except ValidationError as error:
            self.refuse(column, " ".join(error.messages))
            return default

    def need[T](self, column: str, parse: Callable[[str], T]) -> T | None:
        """Give what the cell means; refuse the row where it is empty."""
        if not self.cells.get(column, ""):
            self.refuse(column, _("This is needed."))
            return None
        return self.read(column, parse, None)

    def refuse(self, column: str, reason: str) -> None:
        self.problems.append(Problem(column, self.cells.get(column, "")[:LONGEST_VALUE], reason))
        self.outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True)
class Arrival:
    """Into which organization rows come, who brings them, from which file, and how that is read."""

    organization: Organization
    actor: User | None
    file_name: str
    options: Options


class Incoming:
    """One kind of rows on their way in. A run reads every row in its file's order, and takes them by the batch."""

    kind: ClassVar[ImportKind]

    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival
        self.organization = arrival.organization

    def read(self, row: Row) -> None:
        """Read the cells into `row.said`, and remember of the row what tells later ones apart from it.

        Asks the database nothing: a run that goes on reads again what an earlier one had taken.
        """
        raise NotImplementedError

    def is_slow(self, row: Row) -> bool:  # noqa: ARG002
        """Tell whether to take the row keeps others from booking, so that few such are taken at once."""
        return False

    def take(self, rows: list[Row]) -> None:
        """Write those of the rows that were not refused, in the transaction of the caller; say each one's outcome."""
        raise NotImplementedError


def folded(name: str) -> str:
    """Give a name as it is compared with others."""
    return " ".join(name.split()).casefold()


def at_most(length: int, parse: Callable[[str], str]) -> Callable[[str], str]:
    """Give `parse`, refusing what is longer."""

    def parsed(cell: str) -> str:
        said = parse(cell)
        if len(said) > length:
            raise ValidationError(_("This is longer than %d characters.") % length)
        return said

    return parsed
