"""Whom and what the rows of a file name: practitioners and clinics, by how they are written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Clinic, Organization, Practitioner, record_event
from clinics.text import shouted
from scheduling.lifecycle import MOVABLE
from scheduling.models import Appointment
from scheduling.services.effects import Effect, picture_of, settle
from scheduling.services.records.incoming import Arrival, Row, folded
from scheduling.services.records.values import read_line


class House:
    """The practitioners and clinics of an organization, loaded once a run."""

    def __init__(self, organization: Organization) -> None:
        self._people: defaultdict[str, list[Practitioner]] = defaultdict(list)
        for person in Practitioner.objects.filter(organization=organization).select_related("specialty"):
            self._people[folded(person.name)].append(person)
        self._clinics = {folded(each.name): each for each in Clinic.objects.filter(organization=organization)}

    def clinic(self, row: Row) -> Clinic | None:
        """Give the clinic that the row names; refuse the row where there is none."""
        name = row.need("clinic", read_line)
        clinic = self._clinics.get(folded(name)) if name else None
        if name and clinic is None:
            row.refuse("clinic", _("There is no clinic of this name. Bring, or add, the clinics first."))
        return clinic

    def practitioner(self, row: Row) -> Practitioner | None:
        """Give the practitioner that the row names, by the specialty where several have the name; else refuse it."""
        name, specialty = row.need("practitioner", read_line), row.read("specialty", read_line, "")
        people = self._people.get(folded(name), []) if name else []
        if specialty and len(people) > 1:
            people = [each for each in people if each.specialty and folded(each.specialty.name) == folded(specialty)]
        if name and not people:
            words = _("There is no practitioner of this name. Bring, or add, the practitioners first.")
            row.refuse("practitioner", words)
        elif len(people) > 1:
            row.refuse("specialty", _("Several practitioners have this name: say which by the specialty."))
        return people[0] if len(people) == 1 else None


@contextmanager
def hours_changed(organization: Organization, practitioner_ids: Collection[int]) -> Iterator[None]:
    """Change the time of practitioners, who are locked meanwhile; visits that this leaves outside are followed up."""
    own = Practitioner.objects.filter(organization=organization, pk__in=practitioner_ids).order_by("pk")
    keys = list(own.select_for_update(no_key=True).values_list("pk", flat=True))
    now = timezone.now()
    to_come = Appointment.objects.filter(
        practitioner__in=keys, appointment_date__gt=now, status__in=MOVABLE, imported=False
    )
    before = picture_of(organization.pk, keys, now) if to_come.exists() else None
    yield
    if before is not None:
        settle(organization.pk, Effect.between(before, picture_of(organization.pk, keys, now)))


def record_created(arrival: Arrival, target: Model, new: dict[str, Any]) -> None:
    """Leave an event of what has come in, with the name of its file."""
    record_event(
        kind=f"{shouted(type(target).__name__)}_CREATED",
        target=target,
        actor=arrival.actor,
        organization=arrival.organization,
        new=new,
        reason=arrival.file_name,
    )
