"""Logging: what each record carries, and how it is printed."""

import sys
from typing import Any

import structlog

LOG_STEPS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
LOG_RENDERERS: list[Any] = (
    [structlog.dev.ConsoleRenderer()]
    if sys.stderr.isatty()
    else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
)


def log_through_logging() -> None:
    """Hand what structlog is told to Python's logging, as one line each: what becomes of it is the project's to say."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            _as_line,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _as_line(_logger: Any, _method: str, event: Any) -> tuple[tuple[str], dict[str, Any]]:
    """The event with its data as text. A traceback stays what it is, for whoever collects them."""
    kept = {name: event.pop(name) for name in ("exc_info", "stack_info", "stacklevel") if name in event}
    text = " ".join([str(event.pop("event")), *(f"{name}={value!r}" for name, value in event.items())])
    return (text,), kept


def logging_with(level: str) -> dict[str, Any]:
    """The setting `LOGGING` of Django; structlog writes the same records."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *LOG_STEPS,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), *LOG_STEPS],
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *LOG_RENDERERS],
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        # Django's own defaults would print the same record a second time, or mail it to nobody.
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # A refusal is an answer: a warning for every transfer without funds would bury what matters.
            "django.request": {"level": "ERROR"},
        },
    }
