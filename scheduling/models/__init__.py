from scheduling.models.appointment import Appointment, AppointmentQuerySet, AppointmentType
from scheduling.models.encounter import Encounter
from scheduling.models.feed import CalendarFeed
from scheduling.models.notification import Notification
from scheduling.models.schedule import ClinicClosure, Schedule, TimeOff, WorkingHours

__all__ = [
    "Appointment",
    "AppointmentQuerySet",
    "AppointmentType",
    "CalendarFeed",
    "ClinicClosure",
    "Encounter",
    "Notification",
    "Schedule",
    "TimeOff",
    "WorkingHours",
]
