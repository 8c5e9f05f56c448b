"""The Celery application: `celery -A config worker`, with DJANGO_SETTINGS_MODULE in the environment."""

import logging
from logging.config import dictConfig

from celery import Celery
from celery.signals import setup_logging

app = Celery("medaius")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def log_as_the_settings_say(loglevel: int | None = None, **_options: object) -> None:
    """Keep Celery's own handlers out: they write the words of exceptions, and whatever is printed."""
    from django.conf import settings  # noqa: PLC0415 there are none yet when this module is imported

    dictConfig(settings.LOGGING)
    logging.basicConfig(level=loglevel)  # where those name no handler, as in tests
