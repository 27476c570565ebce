"""Reading settings from the environment: each reader takes the name of a variable and refuses a bad value in a line."""

import ipaddress
import json
import os
import re
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off", ""}


def text_from(name: str, default: str | None = None) -> str:
    value = os.environ.get(name) or default
    if value is None:
        message = f"{name} is not set, and it has no default"
        raise ImproperlyConfigured(message)
    return value


def flag_from(name: str, *, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() not in TRUE_WORDS | FALSE_WORDS:
        message = f"{name} must be 1 or 0, not {value!r}"
        raise ImproperlyConfigured(message)
    return value.lower() in TRUE_WORDS


def number_from(name: str, default: int, *, least: int, most: int) -> int:
    value = os.environ.get(name) or str(default)
    # No int() on free text: it also takes "1_000", " 5 " and Arabic digits.
    if not re.fullmatch(r"[0-9]{1,15}", value) or not least <= int(value) <= most:
        message = f"{name} must be a whole number from {least} to {most}, not {value!r}"
        raise ImproperlyConfigured(message)
    return int(value)


def choice_from(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = os.environ.get(name) or default
    if value not in choices:
        message = f"{name} must be one of {', '.join(choices)}, not {value!r}"
        raise ImproperlyConfigured(message)
    return value


def object_from(name: str) -> dict[str, Any]:
    try:
        found = json.loads(os.environ.get(name) or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        message = f"{name} must be a JSON object"
        raise ImproperlyConfigured(message)
    return found


def list_from(name: str, default: str) -> list[str]:
    return [item for item in (part.strip() for part in os.environ.get(name, default).split(",")) if item]


def networks_from(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Networks such as 10.0.0.0/8, comma separated; none unless given."""
    try:
        return [ipaddress.ip_network(text) for text in list_from(name, "")]
    except ValueError as error:
        message = f"{name} must be networks such as 10.0.0.0/8,fd00::/8: {error}"
        raise ImproperlyConfigured(message) from None


def database_from(name: str) -> dict[str, Any]:
    """Django's form of a libpq address; `?host=/directory` is a unix socket, `?sslmode=` and the like pass through."""
    url = text_from(name)
    if not url.startswith(("postgresql://", "postgres://")):
        message = f"{name} must start with postgresql://"
        raise ImproperlyConfigured(message)
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        # libpq's own words repeat the address, and with it the password.
        message = f"{name} is not a PostgreSQL address (postgresql://user:password@host:port/name)"
        raise ImproperlyConfigured(message) from None
    if not parts.get("dbname"):
        message = f"{name} names no database (postgresql://user:password@host:port/name)"
        raise ImproperlyConfigured(message)
    # Said by each session, because a role may set another default for itself, and may own the schema of the read
    # models, where a table could have the name of one of the books. What the address says counts more.
    parts["options"] = f"-c search_path=public {parts.get('options') or ''}".rstrip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", "") or "",
        "PASSWORD": parts.pop("password", "") or "",
        "HOST": parts.pop("host", "") or "",
        "PORT": str(parts.pop("port", "") or ""),
        "OPTIONS": parts,
        # Threads live long and a connection costs milliseconds; granian's threads each keep theirs.
        "CONN_MAX_AGE": None,
        "ATOMIC_REQUESTS": False,
    }


def redis_from(name: str, default: str) -> str:
    url = text_from(name, default)
    if not url.startswith(("redis://", "rediss://", "unix://")):
        message = f"{name} must start with redis://, rediss:// or unix://"
        raise ImproperlyConfigured(message)
    return url


def secret_from(name: str, *, debug: bool) -> str:
    return text_from(name, "debug-only-not-a-secret" if debug else None)


def key_name_from(name: str, default: str) -> str:
    value = os.environ.get(name) or default
    # It is a part of the names of keys, which hold neither white space nor +.
    if not re.fullmatch(r"[!-*,-~]{1,200}", value):
        message = f"{name} must be visible ASCII characters without +, such as ledger.example.com, not {value!r}"
        raise ImproperlyConfigured(message)
    return value
