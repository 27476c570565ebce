"""JSON that somebody sent: what is wrong with it, and where."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from ledgerflow.core.errors import DateOutOfRange, FieldErrors, LedgerError, Malformed
from ledgerflow.core.json_bodies import check_dates, decode_json, placed_at, pointer_of, refuse_duplicate_members

pytestmark = pytest.mark.pure


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    a: int
    on: date | None = None


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    inner: list[Inner]
    days: dict[str, Any] = {}


OUTER = msgspec.json.Decoder(Outer)


def refused(text: bytes) -> LedgerError:
    with pytest.raises(Malformed) as refusal:
        decode_json(text, OUTER)
    return refusal.value


@pytest.mark.parametrize(
    "text, pointer",
    [
        (b"{", ""), (b"\xff", ""), (b"[" * 200_000, ""), (b"{}", "/inner"), (b'{"inner": 1}', "/inner"),
        (b'{"inner": [{"a": 1}, {"a": "x"}]}', "/inner/1/a"), (b'{"inner": [{"a": 1, "b/c": 2}]}', "/inner/0/b~1c"),
    ],
)  # fmt: skip
def test_what_is_no_such_body_is_refused(text: bytes, pointer: str) -> None:
    assert refused(text).pointer == pointer


def test_json_that_is_nested_too_deep_is_refused() -> None:
    assert "deep" in refused(b'{"days":{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}}").message


def test_a_good_body_is_decoded() -> None:
    assert decode_json(b'{"inner": [{"a": 1}]}', OUTER) == Outer([Inner(1)])


def test_msgspec_still_words_its_errors_as_the_pointers_need() -> None:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode(b'[{"a": 1, "b": 2}]', type=list[Inner])
    assert str(error.value) == "Object contains unknown field `b` - at `$[0]`"


@pytest.mark.parametrize(
    "path, pointer",
    [
        ("", ""), (".amount", "/amount"), (".items[3].amount", "/items/3/amount"), ("[0]", "/0"),
        (".dimensions[...]", "/dimensions"), (".metadata[...].deep", "/metadata"),
    ],
)  # fmt: skip
def test_a_path_becomes_a_pointer(path: str, pointer: str) -> None:
    assert pointer_of(path) == pointer


@pytest.mark.parametrize(
    "value, pointer",
    [
        (Outer([Inner(1), Inner(2, date(1, 1, 1))]), "/inner/1/on"),
        (Outer([], {"x": datetime(1, 1, 1, tzinfo=UTC)}), "/days/x"),
        (Outer([], {date(1, 1, 1): 1}), "/days"),  # type: ignore[dict-item]  # as a body with dates for names has it
    ],
)
def test_a_date_of_no_sane_year_is_found_anywhere(value: Outer, pointer: str) -> None:
    with pytest.raises(DateOutOfRange) as refusal:
        check_dates(value, "/payload")
    assert refusal.value.pointer == f"/payload{pointer}"


def test_sane_dates_pass() -> None:
    check_dates(Outer([Inner(1, date(2026, 3, 2))], {"x": 1, "y": [None]}))


@pytest.mark.parametrize("text", [b'{"a": [1, {"b": "\\\\u0000"}], "c": {"b": null}}', b"1", b'[{"a": 1}]'])
def test_a_close_look_finds_nothing_in_good_json(text: bytes) -> None:
    refuse_duplicate_members(text)


@pytest.mark.parametrize("text, pointer", [(b'["a", "b\\u0000"]', "/1"), (b'{"a": {"b\\u0000": 1}}', "/a")])
def test_a_close_look_finds_nul_characters(text: bytes, pointer: str) -> None:
    with pytest.raises(Malformed) as refusal:
        refuse_duplicate_members(text)
    assert refusal.value.pointer == pointer


def test_a_close_look_finds_what_stands_twice() -> None:
    with pytest.raises(Malformed) as refusal:
        refuse_duplicate_members(memoryview(b'{"0": [{"d": 0}], "a": [{"b~": [1], "c": 2, "b~": 3}]}'), "/payload")
    assert refusal.value.pointer == "/payload/a/0/b~0"


def test_a_close_look_does_not_trip_over_depth() -> None:
    with pytest.raises(Malformed):
        refuse_duplicate_members(b"[" * 200_000 + b"]" * 200_000)


def test_a_part_of_a_request_is_refused_where_it_stands() -> None:
    one = placed_at(Malformed("x", pointer="/amount"), "/payload")
    several: Any = placed_at(FieldErrors({"/a": "x", "/b": "y"}), "/payload")
    assert one.pointer == "/payload/amount"
    assert several.errors == {"/payload/a": "x", "/payload/b": "y"}
