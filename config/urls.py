"""Every address. Each app brings its own."""

from django.urls import URLPattern, URLResolver, include, path

from clinics.admin import site
from config.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("admin/", site.urls),
    path("", include("clinics.urls")),
    path("", include("scheduling.urls")),
]

handler500 = "clinics.views.server_error"
