from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = _("scheduling")

    def ready(self) -> None:
        from scheduling import receivers  # noqa: F401, PLC0415 they listen once they are imported; models come first
