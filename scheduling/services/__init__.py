from scheduling.services.appointments import AppointmentService
from scheduling.services.availability import ClinicAvailability

__all__ = ["AppointmentService", "ClinicAvailability"]
