"""A place for the names that are searched, and the extension that indexes them."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial")]
    operations = [
        TrigramExtension(),
        migrations.AddField("patient", "search_name", models.TextField(default="", editable=False)),
        migrations.AddField("patient", "search_name_of", models.CharField(default="", editable=False, max_length=200)),
    ]
