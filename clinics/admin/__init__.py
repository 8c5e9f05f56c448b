"""Django admin by role: the site, the base that keeps organizations apart, and what the organization itself is."""

from clinics.admin import activity, members, organization, users
from clinics.admin.tenant import ReadOnly, TenantAdmin, TenantForm, TenantInline
from clinics.administration import actor_of, administered, is_administrator, site

__all__ = [
    "ReadOnly",
    "TenantAdmin",
    "TenantForm",
    "TenantInline",
    "activity",
    "actor_of",
    "administered",
    "is_administrator",
    "members",
    "organization",
    "site",
    "users",
]
