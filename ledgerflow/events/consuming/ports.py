"""`--port` and `--bind` of a command whose process tells of itself over HTTP, the same for all of them."""

from __future__ import annotations

from argparse import ArgumentTypeError

from django.core.management.base import CommandParser

HIGHEST_PORT = 65_535


def add_port(parser: CommandParser) -> None:
    """Add both options; without `--port` the process tells nothing."""
    told = "of /health/live, /health/ready and /metrics; none without it"
    parser.add_argument("--port", type=a_port, help=told)
    parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS", help="of the port (default 127.0.0.1)")


def a_port(text: str) -> int:
    """A port from 0 (any that is free) to 65535. Raises `ArgumentTypeError`, which ends a command with exit code 2."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(HIGHEST_PORT)) and int(text) <= HIGHEST_PORT:
        return int(text)
    message = f"it is a number from 0 to {HIGHEST_PORT}, not {text[:20]}"
    raise ArgumentTypeError(message)
