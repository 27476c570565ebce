"""LedgerFlow's own settings, from the environment. Each has the name of its variable with LEDGERFLOW_ before it.

They are read for this project and for one that LedgerFlow is a part of alike. What the settings module says itself
counts more than the environment, and what follows from a setting follows from what was said.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from ledgerflow.embedded.environment import home
from ledgerflow.reading_settings import (
    choice_from,
    flag_from,
    key_name_from,
    list_from,
    networks_from,
    number_from,
    object_from,
    redis_from,
    text_from,
)

MEBIBYTE = 1024 * 1024
PATHS = (
    "LEDGERFLOW_HOME", "LEDGERFLOW_ATTACHMENTS", "LEDGERFLOW_CHECKPOINT_FOLDER", "LEDGERFLOW_CHECKPOINT_KEY_FILE",
)  # fmt: skip


def own_settings(said: Mapping[str, Any]) -> dict[str, Any]:
    """All of them; `said` is what the settings module has of them already. Raises `ImproperlyConfigured`."""
    found: dict[str, Any] = {}
    for read in (_place, _writer, _reading, _kafka, _checkpoints, _attachments, _outside, _web, _feed):
        found |= read({**found, **said})
        found |= {name: said[name] for name in found.keys() & said.keys()}
    return found | {name: Path(found[name]).absolute() for name in PATHS}


def writer_options() -> str:
    """Session settings of the writing connection: nothing on it may wait, run or idle without an end."""
    lock_ms = number_from("LEDGERFLOW_LOCK_TIMEOUT_MS", 5_000, least=1, most=3_600_000)
    statement_ms = number_from("LEDGERFLOW_STATEMENT_TIMEOUT_MS", 60_000, least=1, most=86_400_000)
    idle_ms = number_from("LEDGERFLOW_IDLE_TIMEOUT_MS", 60_000, least=1, most=86_400_000)
    return (
        f"-c lock_timeout={lock_ms} -c statement_timeout={statement_ms} -c enable_seqscan=off"
        f" -c idle_in_transaction_session_timeout={idle_ms}"
    )


def _place(_said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "LEDGERFLOW_HOME": home(),
        "LEDGERFLOW_ROLE": "web",  # a process of another project plays no other part
        # Who is called by a key: another class in a process that has no books.
        "LEDGERFLOW_AUTHENTICATION": "ledgerflow.access.authentication.ApiKeyAuthentication",
        # The module of the Celery application, for a project whose own package does not import it.
        "LEDGERFLOW_CELERY": "",
        # Behind a proxy that ends TLS and sets X-Forwarded-Proto.
        "LEDGERFLOW_HTTPS": flag_from("LEDGERFLOW_HTTPS", default=False),
        # Dotted paths of applications with credits, which a system check looks at when the process starts.
        "LEDGERFLOW_APPLICATIONS": list_from("LEDGERFLOW_APPLICATIONS", ""),
    }


def _writer(_said: Mapping[str, Any]) -> dict[str, Any]:
    isolations = ("read_committed", "serializable")
    return {
        "LEDGERFLOW_WRITER_ISOLATION": choice_from("LEDGERFLOW_WRITER_ISOLATION", "read_committed", isolations),
        # How far a clock may be ahead of the database's and of the last event before it is taken for a wrong one.
        "LEDGERFLOW_CLOCK_LEAD_SECONDS": number_from("LEDGERFLOW_CLOCK_LEAD_SECONDS", 300, least=1, most=4_000_000_000),
        "LEDGERFLOW_WRITER_QUEUE_LIMIT": number_from("LEDGERFLOW_WRITER_QUEUE_LIMIT", 10_000, least=1, most=1_000_000),
        "LEDGERFLOW_WRITER_BATCH_LIMIT": number_from("LEDGERFLOW_WRITER_BATCH_LIMIT", 1_000, least=1, most=10_000),
        "LEDGERFLOW_WRITER_WAIT_SECONDS": number_from("LEDGERFLOW_WRITER_WAIT_SECONDS", 30, least=1, most=600),
    }


def _reading(_said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "LEDGERFLOW_READ_MODELS_APART": False,  # whether they are in another database than the books
        # Of one process. Reading a report takes a thread, a connection and a core: with more posting would wait.
        "LEDGERFLOW_REPORTS_AT_ONCE": number_from("LEDGERFLOW_REPORTS_AT_ONCE", 4, least=1, most=1_000),
        # One statement of an ordinary read.
        "LEDGERFLOW_READ_SECONDS": number_from("LEDGERFLOW_READ_SECONDS", 30, least=1, most=86_400),
        "LEDGERFLOW_REPORT_SECONDS": number_from("LEDGERFLOW_REPORT_SECONDS", 30, least=1, most=86_400),
    }


def _kafka(said: Mapping[str, Any]) -> dict[str, Any]:
    # Without it events stay in the database, where consumers read them too.
    servers = said.get("LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS", os.environ.get("KAFKA_BOOTSTRAP_SERVERS", ""))
    default = "topic" if said["LEDGERFLOW_ROLE"] == "command" and servers else "table"
    # Where an accepted command is written down: in the books' database, or on the topic of commands.
    door = choice_from("LEDGERFLOW_COMMANDS_DOOR", default, ("table", "topic"))
    if said.get("LEDGERFLOW_COMMANDS_DOOR", door) == "topic" and not servers:
        message = "LEDGERFLOW_COMMANDS_DOOR is topic, which needs KAFKA_BOOTSTRAP_SERVERS"
        raise ImproperlyConfigured(message)
    return {
        "LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS": servers,
        "LEDGERFLOW_KAFKA_OPTIONS": object_from("LEDGERFLOW_KAFKA_OPTIONS"),
        "LEDGERFLOW_KAFKA_EVENTS_TOPIC": text_from("LEDGERFLOW_KAFKA_EVENTS_TOPIC", "ledgerflow.events"),
        "LEDGERFLOW_KAFKA_COMMANDS_TOPIC": text_from("LEDGERFLOW_KAFKA_COMMANDS_TOPIC", "ledgerflow.commands"),
        "LEDGERFLOW_KAFKA_CHECKPOINTS_TOPIC": text_from("LEDGERFLOW_KAFKA_CHECKPOINTS_TOPIC", "ledgerflow.checkpoints"),
        "LEDGERFLOW_COMMANDS_DOOR": door,
    }


def _checkpoints(said: Mapping[str, Any]) -> dict[str, Any]:
    place = Path(said["LEDGERFLOW_HOME"])
    return {
        # What this server is called in what it signs; the code of the entity follows.
        "LEDGERFLOW_CHECKPOINT_NAME": key_name_from("LEDGERFLOW_CHECKPOINT_NAME", "ledgerflow"),
        "LEDGERFLOW_CHECKPOINT_EVENTS": number_from("LEDGERFLOW_CHECKPOINT_EVENTS", 1_000, least=1, most=1_000_000),
        "LEDGERFLOW_CHECKPOINT_SECONDS": number_from("LEDGERFLOW_CHECKPOINT_SECONDS", 300, least=1, most=86_400),
        "LEDGERFLOW_CHECKPOINT_FOLDER": text_from("LEDGERFLOW_CHECKPOINT_FOLDER", str(place / "checkpoints")),
        "LEDGERFLOW_CHECKPOINT_KEY_FILE": text_from("LEDGERFLOW_CHECKPOINT_KEY_FILE", str(place / "checkpoint.key")),
        # In a place that was named, a missing key is more likely a wrong path than a first start.
        "LEDGERFLOW_CHECKPOINT_KEY_IS_MADE": not (
            "LEDGERFLOW_CHECKPOINT_KEY_FILE" in said or os.environ.get("LEDGERFLOW_CHECKPOINT_KEY_FILE")
        ),
    }


def _attachments(said: Mapping[str, Any]) -> dict[str, Any]:
    """The folder of files that go with journals, which all web workers and the proof must see, and their size."""
    place = Path(said["LEDGERFLOW_HOME"]) / "attachments"
    return {
        "LEDGERFLOW_ATTACHMENTS": text_from("LEDGERFLOW_ATTACHMENTS", str(place)),
        "LEDGERFLOW_ATTACHMENT_BYTES": number_from(
            "LEDGERFLOW_ATTACHMENT_BYTES", 10 * MEBIBYTE, least=1024, most=1024 * MEBIBYTE
        ),
    }


def _outside(_said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "LEDGERFLOW_REDIS_URL": redis_from("REDIS_URL", "redis://127.0.0.1:6379/0"),
        "LEDGERFLOW_WEBHOOK_HTTP": flag_from("LEDGERFLOW_WEBHOOK_HTTP", default=False),
        "LEDGERFLOW_WEBHOOK_PRIVATE_NETWORKS": networks_from("LEDGERFLOW_WEBHOOK_PRIVATE_NETWORKS"),
        # Receivers that are sent to at once.
        "LEDGERFLOW_WEBHOOK_WORKERS": number_from("LEDGERFLOW_WEBHOOK_WORKERS", 8, least=1, most=256),
        "LEDGERFLOW_WEBHOOK_LOG_DAYS": number_from("LEDGERFLOW_WEBHOOK_LOG_DAYS", 30, least=1, most=3650),
        # Bank statements: files in <entity>/<account>/ below it are imported every minute; without it none is.
        # What the desk says on each page that these books are not those of the company; empty in production.
        "LEDGERFLOW_ENVIRONMENT": text_from("LEDGERFLOW_ENVIRONMENT", ""),
        "LEDGERFLOW_STATEMENT_FOLDER": text_from("LEDGERFLOW_STATEMENT_FOLDER", ""),
    }


def _web(said: Mapping[str, Any]) -> dict[str, Any]:
    """The web server's threads.

    Requests that wait hold a thread each: for a body, a lock, a report. Each kind has places of its own, in multiples
    of this; they are fewer together than the threads of a process (`ledgerflow.embedded.run.THREADS_FOR_EACH_PLACE`).
    """
    threads = said.get("LEDGERFLOW_WEB_THREADS", number_from("LEDGERFLOW_WEB_THREADS", 16, least=1, most=256))
    return {
        "LEDGERFLOW_WEB_THREADS": threads,
        "LEDGERFLOW_POSTING_PLACES": 5 * threads,
        "LEDGERFLOW_CHANGING_PLACES": 4 * threads,
        "LEDGERFLOW_READING_PLACES": 2 * threads,
        "LEDGERFLOW_FEED_PLACES": 2 * threads,  # answers of the change feed that are held until there is news
        "LEDGERFLOW_BODIES_PER_ADDRESS": threads,
        # Of those that read, so many wait for a read model to know of an event (`?min_sequence=`), and so long each.
        "LEDGERFLOW_READ_MODEL_WAITERS": threads,
        "LEDGERFLOW_READ_MODEL_WAIT_SECONDS": number_from("LEDGERFLOW_READ_MODEL_WAIT_SECONDS", 5, least=1, most=60),
        # So many callers wait in one process for the books of one entity; the next are told at once that they are busy.
        "LEDGERFLOW_WRITER_CALLERS_LIMIT": max(4, 3 * threads),
        "LEDGERFLOW_MAX_BODY_BYTES": number_from(
            "LEDGERFLOW_MAX_BODY_BYTES", 10 * MEBIBYTE, least=1024, most=1024 * MEBIBYTE
        ),
    }


def _feed(_said: Mapping[str, Any]) -> dict[str, Any]:
    """How long a page of the change feed is held at most, when a stream says that it lives, and when it ends."""
    return {
        "LEDGERFLOW_FEED_WAIT_SECONDS": number_from("LEDGERFLOW_FEED_WAIT_SECONDS", 30, least=0, most=30),
        "LEDGERFLOW_FEED_HEARTBEAT_SECONDS": number_from("LEDGERFLOW_FEED_HEARTBEAT_SECONDS", 15, least=1, most=300),
        "LEDGERFLOW_FEED_STREAM_SECONDS": number_from("LEDGERFLOW_FEED_STREAM_SECONDS", 600, least=1, most=86_400),
    }
