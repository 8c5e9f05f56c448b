"""Fill the search names of the patients there are; what was cut off goes on where it stopped."""

from typing import Any

from django.db import migrations
from django.db.models import F

from patients.names import search_form

BATCH = 2000
# Names that change meanwhile are left to who changes them.
FILL = """
UPDATE patients_patient SET search_name = made.search_name, search_name_of = made.name
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS made (id, name, search_name)
WHERE patients_patient.id = made.id AND patients_patient.name = made.name
"""


def fill(apps: Any, schema_editor: Any) -> None:
    patients = apps.get_model("patients", "Patient").objects.using(schema_editor.connection.alias)
    unfilled = patients.exclude(search_name_of=F("name")).order_by("pk")
    last = 0
    while batch := list(unfilled.filter(pk__gt=last).values_list("pk", "name")[:BATCH]):
        keys, names = map(list, zip(*batch, strict=True))
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(FILL, [keys, names, [search_form(name) for name in names]])
        last = keys[-1]


class Migration(migrations.Migration):
    atomic = False  # each batch is a transaction, and locks its own rows alone
    dependencies = [("patients", "0002_search_name")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
