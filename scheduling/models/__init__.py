from scheduling.models.appointment import Appointment, AppointmentQuerySet, AppointmentType
from scheduling.models.displacement import Displacement
from scheduling.models.encounter import Encounter
from scheduling.models.export import ExportFile, ExportPart
from scheduling.models.feed import CalendarFeed
from scheduling.models.merging import PatientMerge
from scheduling.models.notification import Notification
from scheduling.models.records import ColumnMapping, ImportContent, ImportFile, ImportKind, ImportProblem
from scheduling.models.schedule import ClinicClosure, Schedule, TimeOff, WorkingHours

__all__ = [
    "Appointment",
    "AppointmentQuerySet",
    "AppointmentType",
    "CalendarFeed",
    "ClinicClosure",
    "ColumnMapping",
    "Displacement",
    "Encounter",
    "ExportFile",
    "ExportPart",
    "ImportContent",
    "ImportFile",
    "ImportKind",
    "ImportProblem",
    "Notification",
    "PatientMerge",
    "Schedule",
    "TimeOff",
    "WorkingHours",
]
