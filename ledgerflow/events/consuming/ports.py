"""`--port` and `--bind` of a command whose process tells of itself over HTTP, the same for all of them."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError, CommandParser

HIGHEST_PORT = 65_535


def add_port(parser: CommandParser) -> None:
    """Add both options; without `--port` the process tells nothing."""
    told = "of /health/live, /health/ready and /metrics; none without it"
    parser.add_argument("--port", type=a_port, help=told)
    parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS", help="of the port (default 127.0.0.1)")


def a_port(text: str) -> int:
    """A port from 0 (any that is free) to 65535. Raises `ArgumentTypeError`, which ends a command with exit code 2."""
    if text.isascii() and text.isdigit() and int(text[:6]) <= HIGHEST_PORT and len(text) <= len(str(HIGHEST_PORT)):
        return int(text)
    message = f"it is a number from 0 to {HIGHEST_PORT}, not {text[:20]}"
    raise ArgumentTypeError(message)


@contextmanager
def usable(port: int | None, bind: str) -> Iterator[None]:
    """Around the start: a port that cannot be had raises `CommandError` with exit code 1."""
    try:
        yield
    except OSError as error:
        message = f"Port {port} on {bind} cannot be used: {error.strerror}."
        raise CommandError(message, returncode=1) from error
