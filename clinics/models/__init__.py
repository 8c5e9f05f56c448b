from clinics.models.activity import ActivityEvent, record_event, record_events
from clinics.models.letter import AccountLetter
from clinics.models.organization import Clinic, Organization
from clinics.models.people import ClinicAssignment, Membership, MembershipClinic, Practitioner, Role, Specialty, User
from clinics.models.tenancy import SameOrganization, TenantModel, organization_key

__all__ = [
    "AccountLetter",
    "ActivityEvent",
    "Clinic",
    "ClinicAssignment",
    "Membership",
    "MembershipClinic",
    "Organization",
    "Practitioner",
    "Role",
    "SameOrganization",
    "Specialty",
    "TenantModel",
    "User",
    "organization_key",
    "record_event",
    "record_events",
]
