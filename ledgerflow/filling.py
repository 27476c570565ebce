"""Filling the settings of a project, this one or another that LedgerFlow is a part of: what it says itself stays."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import django_stubs_ext
import structlog
from django.core.exceptions import ImproperlyConfigured

from ledgerflow.beat_schedule import BeatSchedule
from ledgerflow.installing import OF_OTHERS
from ledgerflow.logging_settings import log_through_logging
from ledgerflow.own_settings import own_settings, writer_options

PACKAGE = Path(__file__).resolve().parent
BASE_DIR = PACKAGE.parent
DJANGO_TEMPLATES = "django.template.backends.django.DjangoTemplates"
TAGS = "ledgerflow.template_tags"
DJANGO_BACKEND = "django.contrib.auth.backends.ModelBackend"
MEMBERS = "ledgerflow.access.members.backend.MemberBackend"
NO_BOOKS = ("sqlite3", "mysql", "oracle", "dummy")
# Files of the pages of the API, which else come from another server.
SIDECAR = ("SWAGGER_UI_DIST", "SWAGGER_UI_FAVICON_HREF", "REDOC_DIST")


def fill(settings: MutableMapping[str, Any]) -> None:
    """See `ledgerflow.fill_settings`."""
    # ModelAdmin[Account] and its like are generic for mypy only; this makes the subscript harmless when the code runs.
    django_stubs_ext.monkeypatch()
    if not structlog.is_configured():
        log_through_logging()
    if not settings.get("USE_TZ", True):
        message = "LedgerFlow keeps moments with their time zone: USE_TZ must not be False."
        raise ImproperlyConfigured(message)
    settings.update(own_settings(settings))
    fill_databases(settings.setdefault("DATABASES", {}))
    _fill_apps(settings)
    _fill_backends(settings)
    _fill_pages(settings)
    settings["CELERY_BEAT_SCHEDULE"] = BeatSchedule(settings.get("CELERY_BEAT_SCHEDULE") or {})


def folder(name: str) -> Path:
    """The folder at the top of a checkout; setup.py puts it inside the package when that is installed."""
    installed = PACKAGE / name
    return installed if installed.is_dir() else BASE_DIR / name


def fill_databases(databases: MutableMapping[str, Any]) -> None:
    """The books are in the database `default`, which is reached through two connections more."""
    default = databases.get("default") or {}
    engine = default.get("ENGINE", "")
    if not engine or engine.rpartition(".")[2] in NO_BOOKS:
        message = f"The books of LedgerFlow are in DATABASES['default'], which must be PostgreSQL and not {engine!r}."
        raise ImproperlyConfigured(message)
    if "assume_role" in (default.get("OPTIONS") or {}):
        message = "LedgerFlow's writer signs in as USER: DATABASES['default'] must not have the option assume_role."
        raise ImproperlyConfigured(message)
    databases.setdefault("writer", _beside(default, writer_options()))
    databases.setdefault("read_models", read_models_beside(default))


def read_models_beside(database: MutableMapping[str, Any]) -> dict[str, Any]:
    """Read models lie in a schema of their own, in the database of the books or in another one."""
    return _beside(database, "-c search_path=read_models") | {"CONN_HEALTH_CHECKS": True}


def _beside(database: MutableMapping[str, Any], options: str) -> dict[str, Any]:
    """The same server seen through another connection: tests must not make a second database for it."""
    before = database.get("OPTIONS") or {}
    # Sessions that are kept for long, with settings of their own, are no use in a pool.
    own = {name: value for name, value in before.items() if name != "pool"}
    own["options"] = " ".join(filter(None, [own.get("options"), options]))
    always = {"OPTIONS": own, "ATOMIC_REQUESTS": False, "CONN_HEALTH_CHECKS": False, "TEST": {"MIRROR": "default"}}
    return {**database, **always}


def _fill_apps(settings: MutableMapping[str, Any]) -> None:
    """An app of others that the project lists too is there once; Django refuses it twice."""
    listed = list(settings.get("INSTALLED_APPS", ()))
    settings["INSTALLED_APPS"] = [
        entry for place, entry in enumerate(listed) if entry not in OF_OTHERS or listed.index(entry) == place
    ]


def _fill_backends(settings: MutableMapping[str, Any]) -> None:
    """Roles in books are asked of ours, which does all that Django's own does and takes its place."""
    listed = settings.get("AUTHENTICATION_BACKENDS") or [DJANGO_BACKEND]
    ours = [MEMBERS if entry == DJANGO_BACKEND else entry for entry in listed]
    settings["AUTHENTICATION_BACKENDS"] = ours if MEMBERS in ours else [*ours, MEMBERS]


def _fill_pages(settings: MutableMapping[str, Any]) -> None:
    for engine in settings.get("TEMPLATES", ()):
        if engine.get("BACKEND") == DJANGO_TEMPLATES:
            engine["DIRS"] = _with(engine.get("DIRS"), folder("templates"))
            options = engine.setdefault("OPTIONS", {})
            options["builtins"] = _with(options.get("builtins"), TAGS)
    settings["STATICFILES_DIRS"] = _with(settings.get("STATICFILES_DIRS"), folder("static"))
    described = settings.setdefault("SPECTACULAR_SETTINGS", {})
    for name in SIDECAR:
        described.setdefault(name, "SIDECAR")


def _with(listed: Any, entry: Any) -> list[Any]:
    return [*(listed or ()), *([] if entry in (listed or ()) else [entry])]
