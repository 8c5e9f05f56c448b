"""The words that names are made of, for words that are misspelt; and what finds names by their words."""

import django.contrib.postgres.indexes
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.operations import CreateExtension
from django.db import migrations, models
from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Replace

# Whatever writes patients. It looks before it writes rather than rely on a unique index: so nobody ever waits for
# another's word, and a word that two add at once is there twice, which does no harm.
FORWARD = """
CREATE FUNCTION patient_name_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO patients_nameword (word)
    SELECT DISTINCT said.word
    FROM written, unnest(string_to_array(split_part(search_name, '|', 1), ' ')) AS said (word)
    WHERE length(said.word) BETWEEN 1 AND 100
        AND NOT EXISTS (SELECT FROM patients_nameword known WHERE known.word = said.word);
    RETURN NULL;
END $$;
CREATE TRIGGER patient_name_words_inserted AFTER INSERT ON patients_patient
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION patient_name_words();
CREATE TRIGGER patient_name_words_updated AFTER UPDATE ON patients_patient
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION patient_name_words();
"""
BACKWARD = """
DROP TRIGGER patient_name_words_updated ON patients_patient;
DROP TRIGGER patient_name_words_inserted ON patients_patient;
DROP FUNCTION patient_name_words();
"""

BARE_NAME = Func("search_name", Value("|"), Value(1), function="split_part", output_field=TextField())
JOINED_NAME = Replace(BARE_NAME, Value(" "), Value(""), output_field=TextField())
NAME_WORDS = Func("search_name", Value(" "), function="string_to_array", output_field=ArrayField(TextField()))


class Migration(migrations.Migration):
    dependencies = [("patients", "0005_visible_names")]
    operations = [
        CreateExtension("fuzzystrmatch"),
        migrations.CreateModel(
            name="NameWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.TextField(db_index=True)),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddIndex(
            model_name="patient",
            index=django.contrib.postgres.indexes.GinIndex(NAME_WORDS, name="patient_name_words"),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                F("organization"),
                django.contrib.postgres.indexes.OpClass(JOINED_NAME, name="text_pattern_ops"),
                name="patient_joined_name",
            ),
        ),
    ]
