"""What every installation shares. Each value that may differ comes from the environment."""

from __future__ import annotations

import zoneinfo
from pathlib import Path

import environ
import tzdata
from django.utils.csp import CSP

# The rules of time zones come from the locked tzdata wheel: a machine's own copy can be years old.
zoneinfo.reset_tzpath(to=[str(Path(tzdata.__file__).parent / "zoneinfo")])

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

SECRET_KEY = env("SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "scheduling",
    "patients",
    "clinics",
    "config.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "django_htmx",
    "lucide",
    "phonenumber_field",
]

MIDDLEWARE = [
    "config.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # A full board is 750 kB, of which 40 go over the line. It hides how long a page is from whoever measures secrets.
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinics.middleware.LanguageMiddleware",  # in the place of Django's own, and after it is known who asks
    "clinics.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clinics.middleware.MembershipMiddleware",
    "clinics.middleware.WordsMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as its documentation asks
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["clinics.templatetags.dates"],
        },
    },
]

_database = env.db("DATABASE_URL")
_pool = {"min_size": 0, "max_size": env.int("DATABASE_POOL_SIZE", default=10), "timeout": 10}
DATABASES = {"default": {**_database, "OPTIONS": {"pool": _pool, **_database.get("OPTIONS", {})}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # Nothing waits long for what it can do without.
        "OPTIONS": {"socket_timeout": 0.5},  # seconds
    }
}
# How long it is remembered what a practitioner offers, at the longest; 0: never.
SLOT_MEMORY_SECONDS = env.int("SLOT_MEMORY_SECONDS", default=60)
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlives its broker, however long that is away
NOTIFICATION_SWEEP_SECONDS = env.int("NOTIFICATION_SWEEP_SECONDS", default=10)
# Nothing is so rare that beat must keep a file of when it was last: started anew, it counts anew.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "clear-expired-sessions": {
        "task": "clinics.tasks.clear_expired_sessions",
        "schedule": 60 * 60,
        "options": {"expires": 60 * 60},
    },
    # A sweep that nobody had time for is not worth keeping: the next one does its work.
    "deliver-due": {
        "task": "scheduling.tasks.deliver_due",
        "schedule": NOTIFICATION_SWEEP_SECONDS,
        "options": {"expires": NOTIFICATION_SWEEP_SECONDS},
    },
    "send-letters": {
        "task": "clinics.tasks.send_letters",
        "schedule": NOTIFICATION_SWEEP_SECONDS,
        "options": {"expires": NOTIFICATION_SWEEP_SECONDS},
    },
    "remind": {"task": "scheduling.tasks.remind", "schedule": 5 * 60, "options": {"expires": 5 * 60}},
    "settle-no-shows": {
        "task": "scheduling.tasks.settle_no_shows",
        "schedule": 15 * 60,
        "options": {"expires": 15 * 60},
    },
    # What a worker died over, or had no time for.
    "make-exports": {"task": "scheduling.tasks.make_exports", "schedule": 60, "options": {"expires": 60}},
    "run-imports": {"task": "scheduling.tasks.run_imports", "schedule": 60, "options": {"expires": 60}},
    "forget-imports": {
        "task": "scheduling.tasks.forget_imports",
        "schedule": 60 * 60,
        "options": {"expires": 60 * 60},
    },
    "empty-exports": {
        "task": "scheduling.tasks.empty_exports",
        "schedule": 60 * 60,
        "options": {"expires": 60 * 60},
    },
}

SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000")
_mail = env.email("EMAIL_URL")
_MAIL_OPTIONS = {
    "EMAIL_HOST": "host",
    "EMAIL_PORT": "port",
    "EMAIL_HOST_USER": "username",
    "EMAIL_HOST_PASSWORD": "password",
    "EMAIL_USE_TLS": "use_tls",
    "EMAIL_USE_SSL": "use_ssl",
    "EMAIL_FILE_PATH": "file_path",
}
_mail_options = {option: _mail[name] for name, option in _MAIL_OPTIONS.items() if _mail.get(name)}
if "host" in _mail_options:
    _mail_options["timeout"] = env.int("EMAIL_TIMEOUT", default=10)  # seconds, for each word with the server
MAILERS = {"default": {"BACKEND": env("EMAIL_BACKEND", default=_mail["EMAIL_BACKEND"]), "OPTIONS": _mail_options}}
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="appointments@localhost")
SMS_GATEWAY = env("SMS_GATEWAY", default="scheduling.services.sms.ConsoleGateway")
# How long a message that is being sent is left alone; longer than a slow mail server takes.
NOTIFICATION_LEASE_SECONDS = env.int("NOTIFICATION_LEASE_SECONDS", default=120)
# How long after its first failure a message is tried again; each further pause is twice as long.
NOTIFICATION_RETRY_SECONDS = env.float("NOTIFICATION_RETRY_SECONDS", default=10)

AUTH_USER_MODEL = "clinics.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "clinics.authentication.MemberBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60  # seconds that the link to choose a password is good for
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "day"
LOGOUT_REDIRECT_URL = "login"
AXES_USERNAME_FORM_FIELD = "username"  # axes would look for "email", find nobody, and lock nobody
AXES_USERNAME_CALLABLE = "clinics.forms.tried_name"
AXES_CLIENT_IP_CALLABLE = "config.proxy.client_address"
TRUSTED_PROXIES = 0
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_TEMPLATE = "login_locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

CSRF_FAILURE_VIEW = "clinics.views.refuse_form"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # nothing stays in the browser

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGES = [("en", "English"), ("my", "မြန်မာ")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static", ("manual", BASE_DIR / "docs" / "pictures")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {"axes": {"level": "WARNING"}},  # it would greet every process
}
