from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.core.errors import Malformed
from ledgerflow.core.texts import MAX_METADATA_BYTES, MAX_METADATA_DEPTH, check_metadata, check_text, is_storable

pytestmark = pytest.mark.pure


def nested(levels: int) -> dict[str, Any]:
    value: Any = 1
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return {"a": value}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_any_text_can_be_stored(text: str) -> None:
    assert is_storable(text)


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "ü\x00", "\ud800", "a\udfff"])
def test_nul_and_half_a_character_cannot(text: str) -> None:
    assert not is_storable(text)
    with pytest.raises(Malformed, match="cannot be stored"):
        check_text(text, 10, "/description")


def test_characters_are_counted_not_bytes() -> None:
    check_text("€" * 10, 10, "/description")
    with pytest.raises(Malformed) as refused:
        check_text("€" * 11, 10, "/description")
    assert refused.value.pointer == "/description"
    assert refused.value.message == "At most 10 characters, not 11."


@pytest.mark.parametrize(
    "metadata",
    [None, {}, {"a": 1, "b": [1.5, None, True, "x"], "ü": {"c": {}}}, {"big": 10**30}, {"text": "\\u0000"},
     {"text": "C:\\users\\u0000.txt"}, {"a": "x" * (MAX_METADATA_BYTES - 8)}, nested(MAX_METADATA_DEPTH - 1)],
)  # fmt: skip
def test_json_objects_are_metadata(metadata: dict[str, Any] | None) -> None:
    check_metadata(metadata)


@pytest.mark.parametrize(
    "metadata, why",
    [
        ({"a": "x" * (MAX_METADATA_BYTES - 7)}, "at most 16384 bytes of JSON, not 16385"),
        (nested(MAX_METADATA_DEPTH), "at most 32 deep"),
        ({"a": float("nan")}, "plain JSON values"),
        ({"a": [float("-inf")]}, "plain JSON values"),
        ({"a": (1, 2)}, "plain JSON values"),
        ({1: 2}, "must be a JSON object"),
        ({"a": object()}, "must be a JSON object"),
        ({"a": "\ud800"}, "must be a JSON object"),
        ({"a": "\x00"}, "NUL"),
        ({"a\x00": 1}, "NUL"),
        ({"a": "\\\x00"}, "NUL"),
    ],
)
def test_what_is_no_metadata(metadata: dict[str, Any], why: str) -> None:
    with pytest.raises(Malformed, match=why) as refused:
        check_metadata(metadata)
    assert refused.value.pointer == "/metadata"


def test_a_depth_bomb_is_refused_too() -> None:
    with pytest.raises(Malformed, match="not nested too deep"):
        check_metadata(nested(100_000))
