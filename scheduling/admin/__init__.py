"""Django admin for practitioners and their hours, for appointments, and the first steps of a clinic."""

from clinics.admin import site
from scheduling.admin import absences, appointments, house, practitioners, records_export, records_import, schedules
from scheduling.admin.first_steps import first_steps

site.welcome = first_steps
site.disable_action("delete_selected")  # what is deleted together here is looked at first

__all__ = ["absences", "appointments", "house", "practitioners", "records_export", "records_import", "schedules"]
