"""Write Mg as Maung in the search names there are, and note the words of all of them."""

from django.db import migrations

# The search name of Mg Mg is that of Maung Maung from here on. A word that the trigger has noted meanwhile stays one.
FILL = r"""
UPDATE patients_patient SET search_name = regexp_replace(search_name, '\mmg\M', 'maung', 'g')
WHERE search_name LIKE '% mg %';
INSERT INTO patients_nameword (word)
SELECT DISTINCT said.word
FROM patients_patient, unnest(string_to_array(split_part(search_name, '|', 1), ' ')) AS said (word)
WHERE length(said.word) BETWEEN 1 AND 100
    AND NOT EXISTS (SELECT FROM patients_nameword known WHERE known.word = said.word);
"""
# As the names before had it.
EMPTY = r"""
UPDATE patients_patient SET search_name = regexp_replace(search_name, '\mmaung\M', 'mg', 'g')
WHERE search_name LIKE '% maung %' AND name ~* '\mmg\M' AND name !~* '\mmaung\M';
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0006_name_words")]
    operations = [migrations.RunSQL(FILL, EMPTY)]
