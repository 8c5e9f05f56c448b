"""Files on their way in, as tests send them."""

from scheduling.models import ImportFile, ImportProblem
from scheduling.services.records import importing


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
