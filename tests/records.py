"""Files on their way in and out, as tests send and take them."""

import io

from scheduling.models import ImportFile, ImportProblem
from scheduling.services.records import importing
from scheduling.services.records.exporting import write_archive


def brought(organization, kind, *lines, **given):
    """Give an import of the lines of a CSV, its columns guessed."""
    content = "\n".join(lines).encode()
    given = {"actor": None, "file_name": f"{kind}.csv", "content": content, **given}
    return importing.bring(organization=organization, kind=kind, **given)


def bring(organization, kind, *lines, **given):
    """Import the lines of a CSV; give how many are new and known, and why the others are not."""
    import_file = brought(organization, kind, *lines, **given)
    checked(import_file)
    importing.ask_to_import(import_file, skip_bad=True)
    importing.run(importing.claim(import_file.pk))
    import_file.refresh_from_db()
    assert import_file.error == ""
    return import_file.rows_created, import_file.rows_known, problems_of(import_file)


def checked(import_file):
    """Have the file looked at; give how many rows would be new, are known and are refused."""
    importing.ask_to_check(import_file)
    importing.run(importing.claim(import_file.pk))
    import_file.refresh_from_db()
    assert (import_file.state, import_file.error) == (ImportFile.State.CHECKED, "")
    return import_file.rows_created, import_file.rows_known, import_file.rows_bad


def problems_of(import_file):
    problems = ImportProblem.objects.filter(import_file=import_file).order_by("row_number", "pk")
    return [(problem.row_number, problem.column, problem.reason) for problem in problems]


class Progress:
    """Remembers how far an export was told to be."""

    def __init__(self):
        self.total, self.done = 0, 0

    def begins(self, total):
        self.total = total

    def goes_on(self, rows):
        self.done += rows


def exported(organization):
    """Give the bytes of the zip of all that the organization has."""
    out = io.BytesIO()
    write_archive(organization, out, Progress())
    return out.getvalue()
