"""What an address or a form may ask of the administration: keys that can be one, and the lookups of its own lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import DataError
from django.http import HttpRequest

from clinics.text import fold_digits

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = object

NUL = "\x00"
"""What PostgreSQL holds in no text."""


class KeySelect(AutocompleteSelect):
    """A choice by key that shows nothing as chosen for what cannot be one, so that the field can refuse it."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, [each for each in value if _is_key(each)], attr)


def _is_key(said: str) -> bool:
    try:
        int(said)
    except ValueError:
        return False
    return True


class AskedList(ModelAdmin):
    """A list that is narrowed by its own filters, search and dates alone; anything else is refused, never an error."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        if any(NUL in said for name, values in request.GET.lists() for said in (name, *values)):
            raise IncorrectLookupParameters
        try:
            return super().get_changelist_instance(request)
        except (DataError, OverflowError, ValueError) as error:
            raise IncorrectLookupParameters from error

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        # The list's own search has refused it by now; what completes a choice as one types has not.
        rows = queryset.none() if NUL in search_term else queryset
        found, twice = super().get_search_results(request, rows, said := search_term.replace(NUL, ""))
        if (folded := fold_digits(said)) == said:
            return found, twice
        # A record number is written in Latin digits, a clinic's name may be in Burmese ones.
        more, more_twice = super().get_search_results(request, rows, folded)
        return found | more, twice or more_twice

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:  # noqa: ARG002 Django's signature
        dates = [f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day")] if self.date_hierarchy else []
        return lookup in {*dates, *(name for each in self.get_list_filter(request) for name in _lookups_of(each))}


def _lookups_of(list_filter: Any) -> list[str]:
    if hasattr(list_filter, "parameter_names"):  # of several boxes at once
        return list(list_filter.parameter_names)
    if hasattr(list_filter, "parameter_name"):
        return [list_filter.parameter_name]
    path = list_filter if isinstance(list_filter, str) else list_filter[0]
    return [path, *(f"{path}__{lookup}" for lookup in ("exact", "isnull", "id__exact"))]
