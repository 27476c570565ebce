"""What the subcommands of `manage.py recon` have in common: the bank account, who works, the key, and names of things.

People name a line by its statement and its place, `3/7`, a part of it `3/7.1`, a posting by its version of the account,
a match and an exception by its number. The ids that the API tells are taken too.
"""

from __future__ import annotations

import getpass
import re
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Model, QuerySet

from ledgerflow.books.idempotency import CLIENT
from ledgerflow.books.management.file_command import entity_called
from ledgerflow.core.ids import uuid7
from recon.cases.errors import ReconExceptionNotFound
from recon.cases.models import ReconException
from recon.matching.errors import MatchNotFound
from recon.matching.models import Match
from recon.matching.reading import bank_called
from recon.matching.rows import Bank
from recon.statements.errors import StatementLineNotFound
from recon.statements.models import StatementLine

LINE_NAME = re.compile(r"([0-9]{1,9})/([0-9]{1,9})(?:\.([0-9]{1,9}))?", re.ASCII)
NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
ISSUER = "command"  # of keys that the command makes itself
MOST_LISTED = 200


class Desk(NamedTuple):
    """The bank account that is worked on, who does it, the key of the request ("" for none), and how it is answered."""

    bank: Bank
    actor: str
    key: str
    as_json: bool

    @property
    def keys(self) -> dict[str, str]:
        """What a use case is given. Without a key of the caller each call is a request of its own."""
        return {"key": self.key or str(uuid7()), "issuer": CLIENT if self.key else ISSUER, "actor": self.actor}


def add_bank(parser: ArgumentParser) -> None:
    """Which bank account."""
    parser.add_argument("--entity", metavar="CODE", required=True)
    parser.add_argument("--account", metavar="CODE", required=True, help="the account that the bank's is")
    parser.add_argument("--json", action="store_true", help="the answer of the API instead of a table")


def add_limit(parser: ArgumentParser) -> None:
    """How much of a list."""
    parser.add_argument("--limit", type=_number, default=MOST_LISTED, metavar="N", help=f"{MOST_LISTED} unless given")


def add_key(parser: ArgumentParser) -> None:
    """The Idempotency-Key of the API."""
    parser.add_argument("--key", default="", help="the same command with the same key answers as it did first")


def add_items(parser: ArgumentParser) -> None:
    """Lines and postings."""
    parser.add_argument("--line", dest="lines", nargs="+", action="extend", default=[], metavar="LINE", help="as 3/7")
    parser.add_argument(
        "--posting", dest="postings", nargs="+", action="extend", default=[], metavar="VERSION",
        type=_number, help="version of the account, as `recon unmatched` shows it",
    )  # fmt: skip


def desk_of(options: dict[str, Any]) -> Desk:
    """The bank account that the options name. Raises `CommandError` and `NotFound`."""
    bank = bank_called(entity_called(options["entity"]).id, options["account"])
    return Desk(bank, f"shell:{getpass.getuser()}", options.get("key", ""), options["json"])


def lines_called(bank: Bank, names: Iterable[str]) -> list[UUID]:
    """The ids of lines. Raises `NotFound`."""
    return [_line_called(bank, name) for name in names]


def _number(text: str) -> int:
    """A number that a bigint holds."""
    if NUMBER.fullmatch(text) is None:
        message = f"not a number: {text[:40]!r}"
        raise ArgumentTypeError(message)
    return int(text)


def _line_called(bank: Bank, name: str) -> UUID:
    rows = StatementLine.objects.filter(bank_account_id=bank.id)
    found = LINE_NAME.fullmatch(name)
    if found is None:
        return _by_id(rows, name, StatementLineNotFound)
    statement, number, part = (int(one or 0) for one in found.groups())
    row = rows.filter(statement__number=statement, number=number, part=part).first()
    if row is None:
        raise StatementLineNotFound
    return row.pk


def match_called(bank: Bank, name: str) -> UUID:
    """The id of a match. Raises `NotFound`."""
    return _by_number(Match.objects.filter(bank_account_id=bank.id), name, MatchNotFound)


def exception_called(bank: Bank, name: str) -> UUID:
    """The id of an exception. Raises `NotFound`."""
    return _by_number(ReconException.objects.filter(bank_account_id=bank.id), name, ReconExceptionNotFound)


def id_called(name: str, error: type[Exception]) -> UUID:
    """An id. What is none is of nothing that is there."""
    try:
        return UUID(name)
    except ValueError:
        raise error from None


def _by_number(rows: QuerySet[Any], name: str, error: type[Exception]) -> UUID:
    if NUMBER.fullmatch(name) is None:
        return _by_id(rows, name, error)
    return _pk(rows.filter(number=int(name)).first(), error)


def _by_id(rows: QuerySet[Any], name: str, error: type[Exception]) -> UUID:
    return _pk(rows.filter(pk=id_called(name, error)).first(), error)


def _pk(row: Model | None, error: type[Exception]) -> UUID:
    if row is None:
        raise error
    return UUID(str(row.pk))
