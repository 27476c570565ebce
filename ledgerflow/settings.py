"""Settings, all from the environment. A bad value stops the start with one line that names the variable.

`make run` and `make test` set everything that has no default here; `docs/` has the table for operators.
"""

import os
import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

from ledgerflow import apps_to_install, fill_settings
from ledgerflow.filling import BASE_DIR, folder, read_models_beside
from ledgerflow.logging_settings import logging_with
from ledgerflow.own_settings import own_settings
from ledgerflow.reading_settings import choice_from, database_from, flag_from, list_from, secret_from

__all__ = ["BASE_DIR"]  # a setting too

# --- The basics ---------------------------------------------------------------------------------

DEBUG = flag_from("LEDGERFLOW_DEBUG", default=False)
SECRET_KEY = secret_from("LEDGERFLOW_SECRET_KEY", debug=DEBUG)
SECRET_KEY_FALLBACKS = list_from("LEDGERFLOW_SECRET_KEY_FALLBACKS", "")  # which open what they have sealed or signed

ALLOWED_HOSTS = list_from("LEDGERFLOW_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = list_from("LEDGERFLOW_CSRF_TRUSTED_ORIGINS", "")

# What part of the whole this process plays (`manage.py serve ROLE`): `web` serves everything.
LEDGERFLOW_ROLE = choice_from("LEDGERFLOW_ROLE", "web", ("web", "command", "processor", "projector", "query"))
ROOT_URLCONF = {"command": "ledgerflow.role_urls.command", "query": "ledgerflow.role_urls.query"}.get(
    LEDGERFLOW_ROLE, "ledgerflow.urls"
)
WSGI_APPLICATION = "ledgerflow.wsgi.application"
# The API has no trailing slashes, and a redirect would lose the body of a POST. The admin redirects by itself.
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "ledgerflow.formats"
TIME_ZONE = "UTC"
USE_TZ = True

INSTALLED_APPS = [
    "ledgerflow.apps.DashboardConfig",  # django.contrib.admin with a site of our own
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    *apps_to_install(),
    "apps.content",  # an example of an application
]

MIDDLEWARE = [
    # What concerns every answer is not here but in `ledgerflow.web.steps`: posting requests meet no middleware.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [folder("templates") / "ledgerflow" / "site"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- PostgreSQL ---------------------------------------------------------------------------------

# `projector` and `query` know no books: what they have is made of events alone.
BOOKS_URL = "READMODEL_DATABASE_URL" if LEDGERFLOW_ROLE in {"projector", "query"} else "DATABASE_URL"
# A health check is one round trip a request: worth it for pages.
DATABASES = {"default": database_from(BOOKS_URL) | {"CONN_HEALTH_CHECKS": True}}
if os.environ.get("DATABASE_OWNER_URL"):
    # Who may change the schema: `migrate` and `grant_roles` sign in as the owner, everything else as the role of
    # DATABASE_URL, which has no rights on history. A server sets it for its `migrate` alone.
    DATABASES["owner"] = database_from("DATABASE_OWNER_URL") | {"TEST": {"MIRROR": "default"}}
LEDGERFLOW_READ_MODELS_APART = bool(os.environ.get("READMODEL_DATABASE_URL"))  # in another database than the books
if LEDGERFLOW_READ_MODELS_APART:
    DATABASES["read_models"] = read_models_beside(database_from("READMODEL_DATABASE_URL"))

LEDGERFLOW_AUTHENTICATION: str
if LEDGERFLOW_ROLE == "query":
    LEDGERFLOW_AUTHENTICATION = "ledgerflow.events.read_models.authentication.ReadModelAuthentication"

# What is filled in below, for type checkers, which read only what stands here.
LEDGERFLOW_HOME: Path
LEDGERFLOW_HTTPS: bool
LEDGERFLOW_WRITER_ISOLATION: str
LEDGERFLOW_CLOCK_LEAD_SECONDS: int
LEDGERFLOW_WRITER_QUEUE_LIMIT: int
LEDGERFLOW_WRITER_BATCH_LIMIT: int
LEDGERFLOW_WRITER_WAIT_SECONDS: int
LEDGERFLOW_REPORTS_AT_ONCE: int
LEDGERFLOW_READ_SECONDS: int
LEDGERFLOW_REPORT_SECONDS: int
LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS: str
LEDGERFLOW_KAFKA_OPTIONS: dict[str, Any]
LEDGERFLOW_KAFKA_EVENTS_TOPIC: str
LEDGERFLOW_KAFKA_COMMANDS_TOPIC: str
LEDGERFLOW_KAFKA_CHECKPOINTS_TOPIC: str
LEDGERFLOW_COMMANDS_DOOR: str
LEDGERFLOW_CHECKPOINT_NAME: str
LEDGERFLOW_CHECKPOINT_EVENTS: int
LEDGERFLOW_CHECKPOINT_SECONDS: int
LEDGERFLOW_CHECKPOINT_FOLDER: Path
LEDGERFLOW_CHECKPOINT_KEY_FILE: Path
LEDGERFLOW_CHECKPOINT_KEY_IS_MADE: bool
LEDGERFLOW_ATTACHMENTS: Path
LEDGERFLOW_ATTACHMENT_BYTES: int
LEDGERFLOW_REDIS_URL: str
LEDGERFLOW_WEBHOOK_HTTP: bool
LEDGERFLOW_WEBHOOK_PRIVATE_NETWORKS: list[IPv4Network | IPv6Network]
LEDGERFLOW_WEBHOOK_WORKERS: int
LEDGERFLOW_WEBHOOK_LOG_DAYS: int
LEDGERFLOW_STATEMENT_FOLDER: str
LEDGERFLOW_ENVIRONMENT: str
LEDGERFLOW_WEB_THREADS: int
LEDGERFLOW_POSTING_PLACES: int
LEDGERFLOW_CHANGING_PLACES: int
LEDGERFLOW_READING_PLACES: int
LEDGERFLOW_FEED_PLACES: int
LEDGERFLOW_BODIES_PER_ADDRESS: int
LEDGERFLOW_READ_MODEL_WAITERS: int
LEDGERFLOW_READ_MODEL_WAIT_SECONDS: int
LEDGERFLOW_WRITER_CALLERS_LIMIT: int
LEDGERFLOW_MAX_BODY_BYTES: int
LEDGERFLOW_FEED_WAIT_SECONDS: int
LEDGERFLOW_FEED_HEARTBEAT_SECONDS: int
LEDGERFLOW_FEED_STREAM_SECONDS: int

LEDGERFLOW_APPLICATIONS = list_from("LEDGERFLOW_APPLICATIONS", "apps.content.operations.ContentOperations")
OWN = own_settings(globals())

# --- Redis and Celery ---------------------------------------------------------------------------

LEDGERFLOW_CELERY = "ledgerflow.celery"
# redis-py says unix://, Celery says redis+socket:// for the same thing.
CELERY_BROKER_URL = re.sub(r"^unix://", "redis+socket://", OWN["LEDGERFLOW_REDIS_URL"])
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A nightly proof of large books runs for hours; Redis hands a task out again after this time without an answer.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 12 * 3600, "socket_connect_timeout": 2}
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2}
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BEAT_SCHEDULE_FILENAME = str(OWN["LEDGERFLOW_HOME"] / "celerybeat-schedule")

# --- The API ------------------------------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = OWN["LEDGERFLOW_MAX_BODY_BYTES"]
FILE_UPLOAD_HANDLERS = [
    "ledgerflow.web.pages.uploads.BoundedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# The editor of journals has 100 rows, each with four fields and one for each of at most eight dimensions.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# --- Files and browser security -----------------------------------------------------------------

STATIC_URL = "/static/"
# A container sets this and runs collectstatic; without it whitenoise serves the files from where the apps keep them.
STATIC_ROOT = os.environ.get("LEDGERFLOW_STATIC_ROOT") or None
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_ROOT
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

if OWN["LEDGERFLOW_HTTPS"]:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # The redirect and the header Strict-Transport-Security are steps of `ledgerflow.web.steps`.
SESSION_COOKIE_SECURE = OWN["LEDGERFLOW_HTTPS"]
CSRF_COOKIE_SECURE = OWN["LEDGERFLOW_HTTPS"]
SESSION_COOKIE_AGE = 12 * 3600

# --- Logging ------------------------------------------------------------------------------------

LOG_LEVEL = choice_from("LEDGERFLOW_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))

LOGGING = logging_with(LOG_LEVEL)

# Last: what any project needs that LedgerFlow is a part of.
fill_settings(globals())
