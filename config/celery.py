"""The Celery application: `celery -A config worker`, with DJANGO_SETTINGS_MODULE in the environment."""

from celery import Celery

app = Celery("medaius")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
