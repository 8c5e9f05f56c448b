"""The kinds of events as they are read: "Time off created", "Appointment rescheduled"."""

from __future__ import annotations

from functools import cache

from django.apps import apps
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from clinics.text import shouted

VERBS = {
    "STATUS_CHANGED": gettext_lazy("%(what)s status changed"),
    "CREATED": gettext_lazy("%(what)s created"),
    "CHANGED": gettext_lazy("%(what)s changed"),
    "UPDATED": gettext_lazy("%(what)s updated"),
    "DELETED": gettext_lazy("%(what)s deleted"),
    "RESCHEDULED": gettext_lazy("%(what)s rescheduled"),
    "OPENED": gettext_lazy("%(what)s opened"),
    "CLOSED": gettext_lazy("%(what)s closed"),
    "LINKED": gettext_lazy("%(what)s linked"),
    "FINALIZED": gettext_lazy("%(what)s finalized"),
    "INVITED": gettext_lazy("%(what)s invited"),
    "DEACTIVATED": gettext_lazy("%(what)s deactivated"),
    "ACTIVATED": gettext_lazy("%(what)s let in again"),
    "CALLED": gettext_lazy("%(what)s: the patient was called"),
    "KEPT": gettext_lazy("%(what)s kept outside of hours"),
}
"""The ends of kinds; whatever stands before is the name of a model, as `kind_of` writes it."""

OTHERS = {
    "PASSWORD_CHOSEN": gettext_lazy("Password chosen"),
    "IMPORT_BROUGHT": gettext_lazy("File brought"),
    "IMPORT_STARTED": gettext_lazy("Import begun"),
    "IMPORT_FINISHED": gettext_lazy("Data brought in"),
    "IMPORT_STOPPED": gettext_lazy("Import stopped"),
    "EXPORT_MADE": gettext_lazy("All data exported"),
    "EXPORT_DOWNLOADED": gettext_lazy("Exported data downloaded"),
    "PATIENT_MERGED": gettext_lazy("Patients merged"),
    "PATIENT_MERGE_UNDONE": gettext_lazy("Merge of patients undone"),
    "PATIENTS_TOLD_APART": gettext_lazy("Patients told apart"),
}


def words_of(kind: str) -> str:
    """Give the kind in words; one that nobody has told of here is only made legible."""
    if kind in OTHERS:
        return str(OTHERS[kind])
    for end, words in VERBS.items():
        model = _models().get(kind.removesuffix(f"_{end}")) if kind.endswith(f"_{end}") else None
        if model is not None:
            return str(words) % {"what": capfirst(str(model))}
    return kind.replace("_", " ").capitalize()


@cache
def _models() -> dict[str, str | Promise | None]:
    return {shouted(model._meta.object_name or ""): model._meta.verbose_name for model in apps.get_models()}
