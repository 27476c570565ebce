"""Values in PostgreSQL's text format of COPY: each comes out of it as it went in."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.books.copying import NULL, array_of, arrays_of, copy_flag, copy_name, copy_optional, copy_text

pytestmark = pytest.mark.pure

# The sequences of the format that begin with a backslash, as far as they stand for what ours stand for.
MEANT = {r"\\": "\\", r"\t": "\t", r"\n": "\n", r"\r": "\r"}
TEXTS = st.text(st.sampled_from("\\\t\n\rntrN.ab €\x7f") | st.characters(exclude_characters="\x00", codec="utf-8"))


def read_back(copied: str) -> str:
    """What the server makes of it."""
    return re.sub(r"\\.", lambda found: MEANT[found[0]], copied)


@pytest.mark.parametrize(
    "value, copied",
    [
        ("", ""),
        ("Rent for März, 1.200 €", "Rent for März, 1.200 €"),
        ("no-break\u00a0space", "no-break\u00a0space"),  # not printable to Python, and nothing to the server
        ("two\tcolumns", r"two\tcolumns"),
        ("two\nrows", r"two\nrows"),
        ("two\r\nrows", r"two\r\nrows"),
        (r"C:\temp", r"C:\\temp"),
        (r"\N", r"\\N"),
        (r"\.", r"\\."),
    ],
    ids=["nothing", "words", "a space", "a tab", "a line", "a line of Windows", "a path", "what NULL looks like", "the end"],
)  # fmt: skip
def test_a_text_has_a_backslash_before_what_would_be_mistaken(value: str, copied: str) -> None:
    assert copy_text(value) == copied
    assert copy_name(value) == copied


@given(TEXTS)
def test_a_text_stays_in_its_column_and_reads_back(value: str) -> None:
    copied = copy_text(value)
    assert not set(copied) & set("\t\n\r")
    assert copied != NULL
    assert read_back(copied) == value


@pytest.mark.parametrize(
    "value, copied",
    [(None, r"\N"), (0, "0"), (Decimal("-1.50"), "-1.50"), (date(2026, 3, 2), "2026-03-02"), (UUID(int=1), f"{UUID(int=1)}")],
    ids=["nothing", "zero", "an amount", "a date", "an identifier"],
)  # fmt: skip
def test_only_what_is_not_there_is_null(value: object, copied: str) -> None:
    assert copy_optional(value) == copied


def test_a_flag_is_one_letter() -> None:
    assert (copy_flag(True), copy_flag(False)) == ("t", "f")


def test_columns_become_arrays_one_for_each() -> None:
    assert arrays_of([[1, 2], ["t"], []]) == ("{1,2}", "{t}", "{}")


def test_an_array_needs_no_quotes_for_numbers_and_identifiers() -> None:
    assert (array_of([]), array_of([Decimal("-1.50"), 2])) == ("{}", "{-1.50,2}")
    assert array_of(UUID(int=number) for number in (1, 2)) == f"{{{UUID(int=1)},{UUID(int=2)}}}"
