"""Values of typed parameters, the patterns of texts, and the JSON Schema of both."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.operations.errors import DefinitionRefused, ParameterError, PatternRefused
from apps.operations.parameters import (
    KINDS,
    Parameter,
    as_json,
    as_text,
    check_parameters,
    check_values,
    json_schema,
    read_value,
)
from apps.operations.patterns import MAX_PATTERN, compiled, matches

pytestmark = pytest.mark.pure

EVERY_KIND = [
    Parameter("customer", "owner", label="Whose wallet."),
    Parameter("target", "account"),
    Parameter("gross", "amount", most="1000"),
    Parameter("tip", "amount", least="0", default="0"),
    Parameter("unit", "currency", default="EUR"),
    Parameter("pieces", "integer", least=1, most=12),
    Parameter("rate", "percent", default="2.9"),
    Parameter("paid_on", "date", required=False, least="2026-01-01"),
    Parameter("channel", "choice", choices=["web", "shop"]),
    Parameter("order", "text", pattern=r"[A-Z]{2}-\d+", max_length=10),
    Parameter("note", "text", required=False),
]
GIVEN: dict[str, Any] = {
    "customer": "o-1", "target": "1000", "gross": "12.30", "pieces": 3, "channel": "web", "order": "AB-12",
}  # fmt: skip


def test_values_are_read_by_their_kind_and_defaults_fill_in() -> None:
    found = check_values(EVERY_KIND, GIVEN | {"paid_on": "2026-03-31", "note": None})
    assert found == {
        "customer": "o-1", "target": "1000", "gross": Decimal("12.30"), "tip": Decimal(0), "unit": "EUR",
        "pieces": Decimal(3), "rate": Decimal("2.9"), "paid_on": date(2026, 3, 31), "channel": "web", "order": "AB-12",
    }  # fmt: skip
    assert {name: as_text(value) for name, value in found.items()}["gross"] == "12.3"
    by_name = {parameter.name: parameter for parameter in EVERY_KIND}
    again = {name: as_json(by_name[name], value) for name, value in found.items()}
    assert (again["pieces"], check_values(EVERY_KIND, again)) == (3, found)


@pytest.mark.parametrize(
    "name, value, words",
    [
        ("customer", None, "is missing"),
        ("customer", " ", "1 to 100 characters"),
        ("customer", "x" * 101, "1 to 100 characters"),
        ("customer", "a\x00", "NUL"),
        ("customer", "\ud800", "NUL"),
        ("target", "a/b", "the code of an account"),
        ("gross", True, 'an amount as a decimal string such as "12.30", 20 digits before the point at most, not true'),
        ("gross", 12, "not 12"),
        ("gross", 10**30, "not this"),
        ("gross", 1000.0, "not 1000.0"),
        ("gross", "1e3", "not '1e3'"),
        ("gross", "NaN", "not 'NaN'"),
        ("gross", "\u0661", "an amount"),
        ("gross", "1" * 90, "…"),
        ("gross", "0", "greater than zero, 1000 at most"),
        ("gross", "-5", "greater than zero, 1000 at most"),
        ("gross", "1000.01", "greater than zero, 1000 at most"),
        ("gross", {"a": 1}, "not this"),
        ("tip", "-0.01", "an amount of at least 0"),
        ("unit", "eur", "the code of a currency"),
        ("pieces", "3", "a whole JSON number, not '3'"),
        ("pieces", True, "a whole JSON number, not true"),
        ("pieces", 3.0, "a whole JSON number"),
        ("pieces", 0, "an integer from 1 to 12, not 0"),
        ("pieces", 10**16, "a whole JSON number"),
        ("rate", "100.1", "a percent from 0 to 100"),
        ("rate", "1.1234567", "at most 6 decimals"),
        ("paid_on", "2025-12-31", "a date from 2026-01-01"),
        ("paid_on", "20260331", "a date like"),
        ("paid_on", "2026-02-30", "a date like"),
        ("paid_on", "3026-01-01", "a date like"),
        ("channel", "post", "one of web, shop"),
        ("channel", 1, "a string"),
        ("order", "AB-", "a text that matches"),
        ("order", "AB-12345678", "at most 10 characters"),
        ("other/~", "x", "no parameter"),
    ],
)
def test_a_value_of_another_kind_is_refused_by_name(name: str, value: object, words: str) -> None:
    with pytest.raises(ParameterError) as refused:
        check_values(EVERY_KIND, GIVEN | {name: value})
    assert words in refused.value.message
    assert refused.value.pointer == f"/parameters/{name.replace('~', '~0').replace('/', '~1')}"
    assert refused.value.code == "parameter_refused"


@pytest.mark.parametrize(
    "parameters, words",
    [
        ([Parameter("A", "text")], "a small letter"),
        ([Parameter("min", "amount")], "is no function"),
        ([Parameter("a", "text"), Parameter("a", "text")], "unique"),
        ([Parameter(f"p{number}", "text") for number in range(51)], "at most 50"),
        ([Parameter("a", "text", label="x" * 201)], "label of a"),
        ([Parameter("a", "text", least="1")], "has no bounds"),
        ([Parameter("a", "amount", pattern="x")], "Only a text"),
        ([Parameter("a", "choice")], "A choice has choices"),
        ([Parameter("a", "text", choices=["x"])], "A choice has choices"),
        ([Parameter("a", "choice", choices=["x", "x"])], "each once"),
        ([Parameter("a", "choice", choices=[""])], "1 to 100 characters"),
        ([Parameter("a", "text", max_length=501)], "at most 500"),
        ([Parameter("a", "text", pattern="(a+)+")], "only characters"),
        ([Parameter("a", "amount", least="2", most="1")], "Nothing lies between"),
        ([Parameter("a", "amount", least="x")], "an amount as a decimal string"),
        ([Parameter("a", "integer", default=True)], "a whole JSON number"),
        ([Parameter("a", "date", default="2026-13-01")], "a date like"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters: list[Parameter], words: str) -> None:
    with pytest.raises(DefinitionRefused, match=re.escape(words)) as refused:
        check_parameters(parameters)
    assert refused.value.pointer.startswith("/parameters")


def test_the_json_schema_says_what_is_taken() -> None:
    check_parameters(EVERY_KIND)
    schema = json_schema(EVERY_KIND)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid(GIVEN)
    assert schema["required"] == ["customer", "target", "gross", "pieces", "channel", "order"]
    assert schema["properties"]["pieces"]["maximum"] == 12
    assert schema["properties"]["gross"]["description"] == "An amount greater than zero, 1000 at most."
    assert (schema["properties"]["rate"]["default"], schema["properties"]["customer"]["description"]) == (
        "2.9",
        "Whose wallet.",
    )
    for wrong in ({"gross": 1}, {"pieces": "3"}, {"pieces": 13}, {"channel": "post"}, {"order": "x"}, {"more": "x"}):
        assert not validator.is_valid(GIVEN | wrong)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@given(st.sampled_from(KINDS), json_values)
def test_whatever_json_is_given_is_a_value_or_a_named_refusal(kind: Any, value: object) -> None:
    parameter = Parameter("a", kind, choices=["x"] if kind == "choice" else [])
    try:
        found = read_value(parameter, value)
    except ParameterError:
        return
    assert read_value(parameter, as_json(parameter, found)) == found


@pytest.mark.parametrize(
    "pattern, takes, leaves",
    [
        ("", [""], ["a"]),
        ("abc", ["abc"], ["ab", "abcd"]),
        (r"\d{4}-\d{2}", ["2026-03"], ["2026-3", "2026-033"]),
        ("a?b*c+", ["c", "abbcc"], ["ab", "aac", ""]),
        ("[A-Z0-9_-]+", ["A-9_"], ["a", ""]),
        ("[^/]{1,3}", ["a b", "é"], ["a/b", "abcd"]),
        (r"[\d\-x]{2,}", ["1-x"], ["1"]),
        (r"a\.b", ["a.b"], ["axb"]),
        (".+", ["a/b ☃"], ["", "a\nb"]),
        ("a{0,2}a{3}", ["aaa", "aaaaa"], ["aa", "aaaaaa"]),
    ],
)
def test_a_pattern_takes_the_whole_text(pattern: str, takes: list[str], leaves: list[str]) -> None:
    assert [matches(pattern, text) for text in (*takes, *leaves)] == [True] * len(takes) + [False] * len(leaves)
    assert [bool(re.fullmatch(pattern, text, re.ASCII)) for text in takes] == [True] * len(takes)


@pytest.mark.parametrize(
    "pattern, column",
    [
        ("(a)", 1), ("a|b", 2), ("a**", 3), ("*", 1), ("[]", 1), ("[a", 1), ("a{", 2), ("a{1,2", 2), (r"\w", 1),
        ("a{3,1}", 2), ("a{501}", 2), ("[z-a]", 1), (r"[\d-a]", 1), ("^a", 1), ("a" * (MAX_PATTERN + 1), MAX_PATTERN),
        ("a{999}", 2), ("a{1234}", 2),
    ],
)  # fmt: skip
def test_other_patterns_are_refused_with_their_place(pattern: str, column: int) -> None:
    with pytest.raises(PatternRefused) as refused:
        compiled(pattern)
    assert refused.value.data["column"] == column


ATOMS = st.tuples(
    st.sampled_from(["a", "b", "[ab]", "[^a]", ".", r"\d"]),
    st.sampled_from(["", "?", "*", "+", "{2}", "{1,3}", "{2,}"]),
).map("".join)


@settings(max_examples=300)
@given(st.lists(ATOMS, max_size=4).map("".join), st.text("ab1", max_size=8))
def test_patterns_mean_what_regular_expressions_mean(pattern: str, text: str) -> None:
    assert matches(pattern, text) == bool(re.fullmatch(pattern, text, re.ASCII))


def test_a_pattern_that_makes_a_search_go_back_for_ever_does_not() -> None:
    assert not matches("a*" * 99 + "b", "a" * 500)
