"""What reading a file of rates gives, whatever its format. Pure."""

from __future__ import annotations

from typing import NamedTuple

from fx.rates.quotes import Quote


class FileRefused(Exception):
    """The file as a whole cannot be read as what it should be; the message is for its owner."""


class Found(NamedTuple):
    """A rate and the line of the file it stands on. `source` "" where the file does not name one."""

    line: int
    quote: Quote
    source: str = ""


class RefusedRate(NamedTuple):
    """A row, or a cell of one, that is no rate: where, as it was, and why."""

    line: int
    text: str
    code: str
    reason: str


class RateFile(NamedTuple):
    """All of a file: what it says, and what in it says nothing. Nothing is left out but gaps (empty, N/A)."""

    rates: list[Found]
    refused: list[RefusedRate]
