"""Files of real banks, against what a person read in them: `manifest.json`."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.statements.errors import StatementRefused
from recon.statements.parsers.reading import read_statements
from recon.statements.parsers.shapes import ParsedStatement
from tests.statements.samples import check

pytestmark = pytest.mark.pure

MANIFEST: dict[str, Any] = json.loads((Path(__file__).parent / "manifest.json").read_text())
FILES = {name: said for name, said in MANIFEST.items() if "/" in name}
ACCEPTED = [name for name, said in FILES.items() if said["verdict"] == "accepted"]
REFUSED = [name for name, said in FILES.items() if said["verdict"] == "refused"]


def test_every_sample_is_in_the_manifest(data_folder: Path) -> None:
    found = {f"{folder}/{path.name}" for folder in ("mt940", "camt053") for path in (data_folder / folder).iterdir()}
    assert found == set(ACCEPTED) | set(REFUSED)


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_accepted_sample_says_what_a_person_read(data_folder: Path, name: str) -> None:
    file = read_statements((data_folder / name).read_bytes())
    said = FILES[name]
    assert file.format == said["format"]
    assert [as_row(statement) for statement in file.statements] == [as_values(row) for row in said["statements"]]
    check(file)


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_sample_says_what_is_wrong_and_where(data_folder: Path, name: str) -> None:
    with pytest.raises(StatementRefused) as caught:
        read_statements((data_folder / name).read_bytes())
    said = FILES[name]
    assert (caught.value.code, caught.value.data.get("line")) == (said["code"], said["line"])
    for balance in ("opening", "closing", "difference"):
        if balance in said and not (balance == "opening" and "postfinance" in name):  # that one is of the first page
            assert Decimal(caught.value.data[balance]) == Decimal(said[balance])


def as_row(statement: ParsedStatement) -> tuple[object, ...]:
    row: list[object] = [statement.account, statement.currency, statement.number, len(statement.lines)]
    for balance in (statement.opening, statement.closing):
        row += [balance.day, balance.amount] if balance else [None, None]
    return tuple(row)


def as_values(row: list[Any]) -> tuple[object, ...]:
    account, currency, number, lines, opening_day, opening, closing_day, closing = row
    return (
        account, currency, number, lines,
        opening_day and date.fromisoformat(opening_day), opening and Decimal(opening),
        closing_day and date.fromisoformat(closing_day), closing and Decimal(closing),
    )  # fmt: skip
