"""The database refuses to edit or delete an activity event, whoever asks."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION activity_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an activity event is never changed'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'activity_event_append_only', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER activity_event_append_only BEFORE UPDATE OR DELETE ON clinics_activityevent
    FOR EACH ROW EXECUTE FUNCTION activity_event_append_only();
"""

BACKWARD = """
DROP TRIGGER activity_event_append_only ON clinics_activityevent;
DROP FUNCTION activity_event_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("clinics", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
