"""What an administrator says of a file: what it is, how it is read, which of its headings are our columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.text import OneLineField
from scheduling.models import ImportFile, ImportKind
from scheduling.services.records import importing, mappings
from scheduling.services.records.columns import Column, Kind, columns_of
from scheduling.services.records.reading import DELIMITERS, ENCODINGS, LARGEST, Options, Table, read_table
from scheduling.services.records.values import DateOrder

SAMPLES = 3  # rows of the file that are shown

WHOLE = "whole"
"""Instead of a kind: the file is a zip with a file of each."""

DATE_ORDERS = {
    DateOrder.DAY_FIRST: gettext_lazy("day first: 31/12/2025"),
    DateOrder.MONTH_FIRST: gettext_lazy("month first: 12/31/2025"),
}


class UploadForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What is in it"),
        choices=[*ImportKind.choices, (WHOLE, gettext_lazy("everything: a zip that was exported here"))],
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.zip"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("The file is empty."),
        },
    )

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            words = _("The file is larger than %s. Please bring it in several parts.")
            raise ValidationError(words % filesizeformat(LARGEST))
        return file


class ReadingForm(forms.Form):
    """How the file is read; of a spreadsheet which sheet."""

    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), choices=ENCODINGS.items(), required=False)
    delimiter = forms.ChoiceField(label=gettext_lazy("Cells are parted by"), choices=DELIMITERS.items(), required=False)
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"), required=False)
    date_order = forms.ChoiceField(label=gettext_lazy("Dates"), choices=DATE_ORDERS.items(), required=False)

    def __init__(self, table: Table, data: QueryDict | None = None) -> None:
        super().__init__(data, initial=table.options.as_json())
        if table.sheets:
            del self.fields["encoding"], self.fields["delimiter"]
            self.fields["sheet"].choices = [(name, name) for name in table.sheets]  # type: ignore[attr-defined]
        else:
            del self.fields["sheet"]

    def options(self, before: Options) -> Options:
        said = {name: value for name, value in self.cleaned_data.items() if value}
        return Options.from_json({**before.as_json(), **said})


@dataclass(frozen=True, slots=True)
class Line:
    """One of our columns: what it means, the select of the file's headings, and what the chosen one holds.

    `empty` is the box for what stands where a row says nothing; None where each row has to say it for itself.
    """

    column: Column
    field: forms.BoundField
    samples: list[str]
    empty: forms.BoundField | None


class ColumnsForm(forms.Form):
    """Which heading of the file is which of our columns."""

    save_as = OneLineField(
        label=gettext_lazy("Keep this choice under the name"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Then it can be chosen for the next file of the same system."),
    )

    def __init__(self, import_file: ImportFile, table: Table, data: QueryDict | None = None) -> None:
        mapping = import_file.mapping
        initial = {f"column_{name}": heading for name, heading in mapping.items()}
        empty = {f"empty_{name}": text for name, text in mappings.where_empty(import_file).items()}
        super().__init__(data, initial={**initial, **empty})
        self.import_file, self.table = import_file, table
        headings = [("", _("not in the file")), *((name, name) for name in table.headings)]
        for column in self.columns:
            self.fields[f"column_{column.name}"] = forms.ChoiceField(
                label=column.name,
                choices=headings,
                required=False,
            )
            if column.name not in mappings.OWN:
                label = _("%(column)s, where the row says nothing") % {"column": column.name}
                box = forms.TextInput(attrs={"aria-label": label, "size": 16})
                self.fields[f"empty_{column.name}"] = OneLineField(max_length=200, required=False, widget=box)

    @cached_property
    def columns(self) -> list[Column]:
        return [column for column in columns_of(Kind(self.import_file.kind)) if not column.only_out]

    @cached_property
    def first_rows(self) -> list[dict[str, str]]:
        return [dict(line.cells) for line in mappings.first_lines(self.table, SAMPLES)]

    @property
    def sample_rows(self) -> list[list[str]]:
        """The first rows, in the order of the headings."""
        return [[row[heading] for heading in self.table.headings] for row in self.first_rows]

    @property
    def lines(self) -> Iterator[Line]:
        for column in self.columns:
            field = self[f"column_{column.name}"]
            chosen = field.value()
            empty = self[f"empty_{column.name}"] if f"empty_{column.name}" in self.fields else None
            yield Line(column, field, [row[chosen] for row in self.first_rows if row.get(chosen)], empty)

    @cached_property
    def dates(self) -> mappings.Dates:
        """How the dates of the columns are written that are chosen as they are drawn."""
        return mappings.dates_of(self.table, {line.column.name: line.field.value() or "" for line in self.lines})

    def mapping(self) -> dict[str, str]:
        return self._said("column")

    def where_empty(self) -> dict[str, str]:
        return self._said("empty")

    def _said(self, prefix: str) -> dict[str, str]:
        said = {column.name: self.cleaned_data.get(f"{prefix}_{column.name}", "") for column in self.columns}
        return {name: text for name, text in said.items() if text}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for column in self.columns:
            if column.required and not (said.get(f"column_{column.name}") or said.get(f"empty_{column.name}")):
                self.add_error(f"column_{column.name}", _("Say which heading this is: it is needed."))
        chosen = [said[f"column_{column.name}"] for column in self.columns if said.get(f"column_{column.name}")]
        for heading in {name for name in chosen if chosen.count(name) > 1}:
            for column in self.columns:
                if said.get(f"column_{column.name}") == heading:
                    self.add_error(f"column_{column.name}", _("This heading is chosen twice."))
        return said


def reread(import_file: ImportFile, table: Table, options: Options) -> Table:
    """Read the file in another way; where its headings are others then, the columns are guessed anew."""
    again = read_table(table.content, options)
    mappings.set_options(import_file, again.options)
    if again.headings != table.headings:
        import_file.mapping = importing.guess(again.headings, ImportKind(import_file.kind))
    return again
