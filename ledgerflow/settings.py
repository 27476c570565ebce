"""Settings, all from the environment. A bad value stops the start with one line that names the variable.

`make run` and `make test` set everything that has no default here; `docs/` has the table for operators.
"""

import os
import re
from pathlib import Path
from typing import Any

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured

from ledgerflow import __version__
from ledgerflow.embedded.environment import home
from ledgerflow.logging_settings import logging_with
from ledgerflow.reading_settings import (
    choice_from,
    database_from,
    flag_from,
    key_name_from,
    list_from,
    networks_from,
    number_from,
    object_from,
    redis_from,
    secret_from,
    text_from,
)

# ModelAdmin[Account] and its like are generic for mypy only; this makes the subscript harmless when the code runs.
django_stubs_ext.monkeypatch()

PACKAGE = Path(__file__).resolve().parent
BASE_DIR = PACKAGE.parent

MEBIBYTE = 1024 * 1024


def folder(name: str) -> Path:
    """The folder at the top of a checkout; setup.py puts it inside the package when that is installed."""
    installed = PACKAGE / name
    return installed if installed.is_dir() else BASE_DIR / name


# --- The basics ---------------------------------------------------------------------------------

DEBUG = flag_from("LEDGERFLOW_DEBUG", default=False)
SECRET_KEY = secret_from("LEDGERFLOW_SECRET_KEY", debug=DEBUG)
SECRET_KEY_FALLBACKS = list_from("LEDGERFLOW_SECRET_KEY_FALLBACKS", "")  # which open what they have sealed or signed
LEDGERFLOW_HOME = home()

ALLOWED_HOSTS = list_from("LEDGERFLOW_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = list_from("LEDGERFLOW_CSRF_TRUSTED_ORIGINS", "")

# What part of the whole this process plays (`manage.py serve ROLE`): `web` serves everything.
ROLE = choice_from("LEDGERFLOW_ROLE", "web", ("web", "command", "processor", "projector", "query"))
ROOT_URLCONF = {"command": "ledgerflow.role_urls.command", "query": "ledgerflow.role_urls.query"}.get(
    ROLE, "ledgerflow.urls"
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
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "ledgerflow.books",
    "ledgerflow.access",
    "ledgerflow.approvals",
    "ledgerflow.events.feed",
    "ledgerflow.events.publishing",
    "ledgerflow.events.consuming",
    "ledgerflow.events.read_models",
    "ledgerflow.events.commands",
    "ledgerflow.events.webhooks",
    "ledgerflow.events.checkpoints",
    "ledgerflow.ops",
    "accounts",
    "accounts.dimensions",
    "accounts.bases",
    "journals",
    "journals.holds",
    "journals.lots",
    "journals.days",
    "journals.periods",
    "journals.schedules",
    "journals.taxes",
    "journals.series",
    "journals.portability",
    "journals.proof",
    "journals.views",
    "fx.rates",
    "fx.deals",
    "fx.revaluation",
    "fx.functional",
    "recon.statements",
    "recon.matching",
    "recon.cases",
    "recon.reports",
    "recon.open_items",
    "reports",
    "reports.budgets",
    "apps.content",
    "apps.credits",
    "apps.items",
    "apps.operations",
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
        "DIRS": [folder("templates")],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["ledgerflow.template_tags"],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- PostgreSQL ---------------------------------------------------------------------------------

WRITER_ISOLATION = choice_from("LEDGERFLOW_WRITER_ISOLATION", "read_committed", ("read_committed", "serializable"))
# How far a clock may be ahead of the database's and of the last event before it is taken for a wrong one.
CLOCK_LEAD_SECONDS = number_from("LEDGERFLOW_CLOCK_LEAD_SECONDS", 300, least=1, most=4_000_000_000)
WRITER_QUEUE_LIMIT = number_from("LEDGERFLOW_WRITER_QUEUE_LIMIT", 10_000, least=1, most=1_000_000)
WRITER_BATCH_LIMIT = number_from("LEDGERFLOW_WRITER_BATCH_LIMIT", 1_000, least=1, most=10_000)
WRITER_WAIT_SECONDS = number_from("LEDGERFLOW_WRITER_WAIT_SECONDS", 30, least=1, most=600)


def writer_options() -> str:
    """Session settings of the writing connection: nothing on it may wait, run or idle without an end."""
    lock_ms = number_from("LEDGERFLOW_LOCK_TIMEOUT_MS", 5_000, least=1, most=3_600_000)
    statement_ms = number_from("LEDGERFLOW_STATEMENT_TIMEOUT_MS", 60_000, least=1, most=86_400_000)
    idle_ms = number_from("LEDGERFLOW_IDLE_TIMEOUT_MS", 60_000, least=1, most=86_400_000)
    return (
        f"-c lock_timeout={lock_ms} -c statement_timeout={statement_ms} -c enable_seqscan=off"
        f" -c idle_in_transaction_session_timeout={idle_ms}"
    )


def writer_database() -> dict[str, Any]:
    database = database_from(BOOKS_URL)
    options = database["OPTIONS"]
    options["options"] = " ".join(filter(None, [options.get("options"), writer_options()]))
    # The same server seen through a second connection: tests must not make a second database for it.
    return database | {"TEST": {"MIRROR": "default"}}


# `projector` and `query` know no books: what they have is made of events alone.
BOOKS_URL = "READMODEL_DATABASE_URL" if ROLE in {"projector", "query"} else "DATABASE_URL"
DATABASES = {
    # A health check is one round trip a request: worth it for pages, not for the writer, which reconnects by itself.
    "default": database_from(BOOKS_URL) | {"CONN_HEALTH_CHECKS": True},
    "writer": writer_database(),
}
if os.environ.get("DATABASE_OWNER_URL"):
    # Who may change the schema: `migrate` and `grant_roles` sign in as the owner, everything else as the role of
    # DATABASE_URL, which has no rights on history. A server sets it for its `migrate` alone.
    DATABASES["owner"] = database_from("DATABASE_OWNER_URL") | {"TEST": {"MIRROR": "default"}}


READ_MODELS_APART = bool(os.environ.get("READMODEL_DATABASE_URL"))  # in another database than the books


def read_models_database() -> dict[str, Any]:
    """Read models lie in a schema of their own, in the database of the books or in another one."""
    database = database_from("READMODEL_DATABASE_URL" if READ_MODELS_APART else "DATABASE_URL")
    options = database["OPTIONS"]
    options["options"] = " ".join(filter(None, [options.get("options"), "-c search_path=read_models"]))
    return database | {"CONN_HEALTH_CHECKS": True, "TEST": {"MIRROR": "default"}}


DATABASES["read_models"] = read_models_database()

# Dotted paths of applications with credits, which a system check looks at when the process starts.
LEDGERFLOW_APPLICATIONS = list_from("LEDGERFLOW_APPLICATIONS", "apps.content.operations.ContentOperations")

# Of one process. Reading a report takes a thread, a connection and a core: with more of them posting would wait.
REPORTS_AT_ONCE = number_from("LEDGERFLOW_REPORTS_AT_ONCE", 4, least=1, most=1_000)
READ_SECONDS = number_from("LEDGERFLOW_READ_SECONDS", 30, least=1, most=86_400)  # one statement of an ordinary read
REPORT_SECONDS = number_from("LEDGERFLOW_REPORT_SECONDS", 30, least=1, most=86_400)

# --- Kafka ----------------------------------------------------------------------------------------

# Without it events stay in the database, where consumers read them too.
KAFKA_BOOTSTRAP_SERVERS = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
KAFKA_OPTIONS = object_from("LEDGERFLOW_KAFKA_OPTIONS")
KAFKA_EVENTS_TOPIC = text_from("LEDGERFLOW_KAFKA_EVENTS_TOPIC", "ledgerflow.events")
KAFKA_COMMANDS_TOPIC = text_from("LEDGERFLOW_KAFKA_COMMANDS_TOPIC", "ledgerflow.commands")
KAFKA_CHECKPOINTS_TOPIC = text_from("LEDGERFLOW_KAFKA_CHECKPOINTS_TOPIC", "ledgerflow.checkpoints")


def commands_door() -> str:
    """Where an accepted command is written down: in the books' database, or on the topic of commands."""
    default = "topic" if ROLE == "command" and KAFKA_BOOTSTRAP_SERVERS else "table"
    door = choice_from("LEDGERFLOW_COMMANDS_DOOR", default, ("table", "topic"))
    if door == "topic" and not KAFKA_BOOTSTRAP_SERVERS:
        message = "LEDGERFLOW_COMMANDS_DOOR is topic, which needs KAFKA_BOOTSTRAP_SERVERS"
        raise ImproperlyConfigured(message)
    return door


COMMANDS_DOOR = commands_door()

# --- Checkpoints of the event log -----------------------------------------------------------------


# What this server is called in what it signs; the code of the entity follows.
CHECKPOINT_NAME = key_name_from("LEDGERFLOW_CHECKPOINT_NAME", "ledgerflow")
CHECKPOINT_EVENTS = number_from("LEDGERFLOW_CHECKPOINT_EVENTS", 1_000, least=1, most=1_000_000)
CHECKPOINT_SECONDS = number_from("LEDGERFLOW_CHECKPOINT_SECONDS", 300, least=1, most=86_400)
CHECKPOINT_FOLDER = Path(text_from("LEDGERFLOW_CHECKPOINT_FOLDER", str(LEDGERFLOW_HOME / "checkpoints"))).absolute()
CHECKPOINT_KEY_FILE = Path(
    text_from("LEDGERFLOW_CHECKPOINT_KEY_FILE", str(LEDGERFLOW_HOME / "checkpoint.key"))
).absolute()
# In a place that was named, a missing key is more likely a wrong path than a first start.
CHECKPOINT_KEY_IS_MADE = not os.environ.get("LEDGERFLOW_CHECKPOINT_KEY_FILE")
# --- Webhooks -------------------------------------------------------------------------------------

WEBHOOK_HTTP = flag_from("LEDGERFLOW_WEBHOOK_HTTP", default=False)
WEBHOOK_PRIVATE_NETWORKS = networks_from("LEDGERFLOW_WEBHOOK_PRIVATE_NETWORKS")
WEBHOOK_WORKERS = number_from("LEDGERFLOW_WEBHOOK_WORKERS", 8, least=1, most=256)  # receivers that are sent to at once
WEBHOOK_LOG_DAYS = number_from("LEDGERFLOW_WEBHOOK_LOG_DAYS", 30, least=1, most=3650)

# --- Bank statements ------------------------------------------------------------------------------

# Files in <entity>/<account>/ below it are imported every minute; without it none is.
STATEMENT_FOLDER = text_from("LEDGERFLOW_STATEMENT_FOLDER", "")

# --- Redis and Celery ---------------------------------------------------------------------------

REDIS_URL = redis_from("REDIS_URL", "redis://127.0.0.1:6379/0")

# redis-py says unix://, Celery says redis+socket:// for the same thing.
CELERY_BROKER_URL = re.sub(r"^unix://", "redis+socket://", REDIS_URL)
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
CELERY_BEAT_SCHEDULE_FILENAME = str(LEDGERFLOW_HOME / "celerybeat-schedule")
CELERY_BEAT_SCHEDULER = "ledgerflow.ops.scheduler:JobScheduler"  # the jobs are declared in the rooms' plugin.py

# --- The web server's threads ---------------------------------------------------------------------

# Requests that wait hold a thread each: for a body, a lock, a report. Each kind has places of its own, in multiples of
# this; they are fewer together than the threads of a process (`ledgerflow.embedded.run.THREADS_FOR_EACH_PLACE`).
WEB_THREADS = number_from("LEDGERFLOW_WEB_THREADS", 16, least=1, most=256)
POSTING_PLACES = 5 * WEB_THREADS
CHANGING_PLACES = 4 * WEB_THREADS
READING_PLACES = 2 * WEB_THREADS
FEED_PLACES = 2 * WEB_THREADS  # answers of the change feed that are held until there is news
BODIES_PER_ADDRESS = WEB_THREADS
# Of those that read, so many wait for a read model to know of an event (`?min_sequence=`), and so long each.
READ_MODEL_WAITERS = WEB_THREADS
READ_MODEL_WAIT_SECONDS = number_from("LEDGERFLOW_READ_MODEL_WAIT_SECONDS", 5, least=1, most=60)
# So many callers wait in one process for the books of one entity; the next are told at once that they are busy.
WRITER_CALLERS_LIMIT = max(4, 3 * WEB_THREADS)

# How long a page of the change feed is held at most, when a stream says that it lives, and when it ends.
FEED_WAIT_SECONDS = number_from("LEDGERFLOW_FEED_WAIT_SECONDS", 30, least=0, most=30)
FEED_HEARTBEAT_SECONDS = number_from("LEDGERFLOW_FEED_HEARTBEAT_SECONDS", 15, least=1, most=300)
FEED_STREAM_SECONDS = number_from("LEDGERFLOW_FEED_STREAM_SECONDS", 600, least=1, most=86_400)

# --- The API ------------------------------------------------------------------------------------

MAX_BODY_BYTES = number_from("LEDGERFLOW_MAX_BODY_BYTES", 10 * MEBIBYTE, least=1024, most=1024 * MEBIBYTE)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
# Below these all errors are problem documents, also those of addresses that lead nowhere.
API_ROOTS = ("/api/", "/items/", "/content/", "/ledger/", "/balance/", "/health/")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "ledgerflow.events.read_models.authentication.ReadModelAuthentication"
        if ROLE == "query"
        else "ledgerflow.access.authentication.ApiKeyAuthentication"
    ],
    "DEFAULT_PERMISSION_CLASSES": [],  # each endpoint names the scope it needs
    "EXCEPTION_HANDLER": "ledgerflow.web.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "LedgerFlow",
    "DESCRIPTION": "A double-entry ledger.",
    "VERSION": __version__,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # The schema says nothing about anybody's books.
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "APPEND_COMPONENTS": {
        "securitySchemes": {"ApiKey": {"type": "http", "scheme": "bearer", "description": "An API key: lf_…"}}
    },
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "SERVERS": [{"url": "/", "description": "This server."}],
    "POSTPROCESSING_HOOKS": ["ledgerflow.web.schema.add_components", "ledgerflow.web.schema.complete_operations"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Files and browser security -----------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [folder("static")]
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

# Behind a proxy that ends TLS and sets X-Forwarded-Proto.
HTTPS = flag_from("LEDGERFLOW_HTTPS", default=False)
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # The redirect and the header Strict-Transport-Security are steps of `ledgerflow.web.steps`.
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 3600

# --- Logging ------------------------------------------------------------------------------------

LOG_LEVEL = choice_from("LEDGERFLOW_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))

LOGGING = logging_with(LOG_LEVEL)
