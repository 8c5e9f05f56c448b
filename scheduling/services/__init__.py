from scheduling.services.appointments import AppointmentService
from scheduling.services.availability import ClinicAvailability
from scheduling.services.encounters import EncounterService
from scheduling.services.upcoming import Upcoming

__all__ = ["AppointmentService", "ClinicAvailability", "EncounterService", "Upcoming"]
