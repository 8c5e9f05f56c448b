from scheduling.services.appointments import AppointmentService
from scheduling.services.availability import ClinicAvailability
from scheduling.services.encounters import EncounterService
from scheduling.services.statistics import AppointmentStats
from scheduling.services.upcoming import Upcoming

__all__ = ["AppointmentService", "AppointmentStats", "ClinicAvailability", "EncounterService", "Upcoming"]
