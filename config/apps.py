from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    """Django admin with our site in the place of its own."""

    default_site = "clinics.administration.AdministrationSite"
