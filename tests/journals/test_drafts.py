"""The form of a draft, and the fingerprint that says whether two ask for the same thing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journals.drafts import Capture, Draft, Line, check, fingerprint_of, pointer_to, reversed_lines, transfer_lines
from ledgerflow.core.errors import IdempotencyKeyMissing, Malformed

pytestmark = pytest.mark.pure

FINEST = Decimal("12345678901234567890.123456789012345678")


def a_draft(**given: Any) -> Draft:
    values: dict[str, Any] = {"key": "k", "lines": (Line("a", Decimal(5)), Line("b", Decimal(-5)))} | given
    return Draft(**values)


def with_line(**given: Any) -> Draft:
    values: dict[str, Any] = {"account": "b", "amount": Decimal(-5)} | given
    return a_draft(lines=(Line("a", Decimal(5)), Line(**values)))


def lines(count: int) -> tuple[Line, ...]:
    return tuple(Line("a", Decimal(1)) for _ in range(count))


@pytest.mark.parametrize(
    "draft",
    [
        a_draft(),
        a_draft(original_date=date(2025, 12, 31)),
        a_draft(key="k" * 255, description="ü" * 500, external_reference="r" * 200, override_limits="o" * 500),
        a_draft(lines=lines(2)),
        a_draft(lines=lines(1000)),
        a_draft(metadata={"a": [1, "two"]}),
        with_line(account="1000/Café", currency="EUR", description="d" * 500, dimensions={"cost_centre": "v" * 100}),
        with_line(amount=Decimal("99999999999999999999.999999999999999999")),
        with_line(amount=Decimal("1E-18")),
    ],
)
def test_what_is_well_formed(draft: Draft) -> None:
    assert check(draft) is draft


@pytest.mark.parametrize(
    "draft, pointer",
    [
        (a_draft(key="k" * 256), "/idempotency_key"),
        (a_draft(key="k\x00"), "/idempotency_key"),
        (a_draft(lines=()), "/lines"),
        (a_draft(lines=lines(1)), "/lines"),
        (a_draft(lines=lines(1001)), "/lines"),
        (a_draft(description="d" * 501), "/description"),
        (a_draft(description="\ud800"), "/description"),
        (a_draft(external_reference="r" * 201), "/external_reference"),
        (a_draft(override_limits="o" * 501), "/override_limits"),
        (a_draft(metadata={"a": float("inf")}), "/metadata"),
        (with_line(amount=Decimal(0)), "/lines/1/amount"),
        (with_line(amount=Decimal("-0.00")), "/lines/1/amount"),
        (with_line(amount=Decimal("NaN")), "/lines/1/amount"),
        (with_line(amount=Decimal("sNaN")), "/lines/1/amount"),
        (with_line(amount=Decimal("-Infinity")), "/lines/1/amount"),
        (with_line(amount=Decimal("1E+20")), "/lines/1/amount"),
        (with_line(account="b\x00"), "/lines/1/account"),
        (with_line(account="\ud800"), "/lines/1/account"),
        (with_line(account="b" * 101), "/lines/1/account"),
        (with_line(currency="EUR\x00"), "/lines/1/currency"),
        (with_line(description="d" * 501), "/lines/1/description"),
        (with_line(dimensions={"cost_centre": "v" * 101}), "/lines/1/dimensions/cost_centre"),
        (with_line(dimensions={"\ud800": "v"}), "/lines/1/dimensions"),
    ],
)
def test_what_is_malformed_and_where(draft: Draft, pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        check(draft)
    assert refused.value.pointer == pointer


def test_without_a_key_nothing_moves() -> None:
    with pytest.raises(IdempotencyKeyMissing):
        check(a_draft(key=""))


@pytest.mark.parametrize(
    "number, field, pointer",
    [(0, "account", "/debit_account"), (1, "account", "/credit_account"), (0, "amount", "/amount"),
     (1, "currency", "/currency"), (0, "dimensions", "/dimensions")],
)  # fmt: skip
def test_a_transfer_has_no_lines_to_point_at(number: int, field: str, pointer: str) -> None:
    assert pointer_to(a_draft(kind="transfer"), number, field) == pointer
    assert pointer_to(a_draft(), number, field) == f"/lines/{number}/{field}"


@pytest.mark.parametrize(
    "number, field, pointer",
    [(0, "account", ""), (1, "account", "/counter_account"), (0, "amount", "/amount"), (1, "amount", "/amount"),
     (1, "dimensions", "/dimensions")],
)  # fmt: skip
def test_a_capture_names_one_account_and_its_hold_the_other(number: int, field: str, pointer: str) -> None:
    assert pointer_to(a_draft(kind="hold_capture", capture=Capture(UUID(int=1))), number, field) == pointer


# The lines of a transfer and of a reversal


def test_a_transfer_debits_first_and_loses_no_digit() -> None:
    debit, credit = transfer_lines("a", "b", FINEST)
    assert (debit.account, str(debit.amount)) == ("a", str(FINEST))
    assert (credit.account, str(credit.amount)) == ("b", f"-{FINEST}")


def test_a_reversal_turns_the_signs_and_drops_the_conditions() -> None:
    original = [
        Line("a", FINEST, "EUR", "rent", {"cost_centre": "7"}, expected_version=3, expected_balance=Decimal(1)),
        Line("b", Decimal("-0.10")),
    ]
    first, second = reversed_lines(original)
    assert (str(first.amount), str(second.amount)) == (f"-{FINEST}", "0.10")
    assert first == Line("a", first.amount, description="rent", dimensions={"cost_centre": "7"})
    assert reversed_lines([first, second])[0].amount == FINEST


# The fingerprint

BASE = a_draft(lines=(Line("a", Decimal("1.25")), Line("b", Decimal("-1.25"))))
SAME = [
    a_draft(lines=(Line("a", Decimal("1.250")), Line("b", Decimal("-1.25000")))),
    msgspec.structs.replace(BASE, key="another", actor="someone else"),
    msgspec.structs.replace(BASE, metadata={}),
    a_draft(lines=(Line("a", Decimal("1.25"), dimensions={}), Line("b", Decimal("-1.25")))),
]
OTHER: list[dict[str, Any]] = [
    {"kind": "transfer"},
    {"effective_date": date(2026, 3, 2)},
    {"original_date": date(2026, 3, 2)},
    {"description": "x"},
    {"external_reference": "x"},
    {"metadata": {"a": 1}},
    {"reverses": UUID(int=1)},
    {"override_limits": "x"},
    {"layer": "adjustment"},
    {"layer": "closing"},
    {"late": "roll_forward"},
    {"override_lock": "x"},
    {"lines": (Line("b", Decimal("-1.25")), Line("a", Decimal("1.25")))},
    {"lines": (Line("a", Decimal("-1.25")), Line("b", Decimal("1.25")))},
    {"lines": (*BASE.lines, Line("a", Decimal(1)), Line("a", Decimal(-1)))},
    {"lines": (Line("a", Decimal("1.26")), Line("b", Decimal("-1.26")))},
    *[
        {"lines": (msgspec.structs.replace(Line("a", Decimal("1.25")), **condition), Line("b", Decimal("-1.25")))}
        for condition in (  # of a line
            {"currency": "EUR"},
            {"description": "EUR"},
            {"dimensions": {"currency": "EUR"}},
            {"expected_version": 0},
            {"expected_version": 1},
            {"expected_balance": Decimal(0)},
            {"expected_balance": Decimal(1)},
        )
    ],
]


@pytest.mark.parametrize("draft", SAME)
def test_the_same_request_has_the_same_fingerprint(draft: Draft) -> None:
    assert fingerprint_of(draft) == fingerprint_of(BASE)


def test_every_other_request_has_another() -> None:
    prints = {fingerprint_of(msgspec.structs.replace(BASE, **change)) for change in OTHER}
    assert len(prints) == len(OTHER)
    assert fingerprint_of(BASE) not in prints


def test_fingerprints_of_years_ago_still_match() -> None:
    # Keys are never deleted: whoever changes what is hashed must change the version byte too.
    assert fingerprint_of(BASE)[0] == 1
    assert len(fingerprint_of(BASE)) == 33
    full = Line("a", Decimal(1), "EUR", "d", {"p": "1"}, 1, Decimal("2.0"))
    draft = a_draft(
        lines=(full, Line("b", Decimal(-1))), kind="reversal", effective_date=date(2026, 3, 2), description="d",
        external_reference="r", metadata={"m": 1}, reverses=UUID(int=1), override_limits="o",
    )  # fmt: skip
    assert fingerprint_of(BASE).hex() == "010f774611457fc2d1aca9c6fd95f754ed8a71fe0541d20aeb25d6e88f4ffa2b44"
    assert fingerprint_of(draft).hex() == "01e858779f859a138134d321b683041ef13c00a348dc8b75b8f64539976c558355"


AMOUNTS = st.decimals("-1e19", "1e19", places=18, allow_nan=False)


@given(AMOUNTS, AMOUNTS)
def test_values_decide_not_how_they_are_written(one: Decimal, other: Decimal) -> None:
    prints = [fingerprint_of(a_draft(lines=(Line("a", amount),))) for amount in (one, other, one.normalize() + 0)]
    assert (prints[0] == prints[1]) == (one == other)
    assert (prints[0] == prints[2]) == (one == one.normalize() + 0)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_texts_do_not_run_into_each_other(one: str, two: str, three: str, four: str) -> None:
    first, second = (
        a_draft(description=one, external_reference=two),
        a_draft(description=three, external_reference=four),
    )
    assert (fingerprint_of(first) == fingerprint_of(second)) == ((one, two) == (three, four))


@pytest.mark.parametrize("given_, pointer", [({"layer": "deep"}, "/layer"), ({"late": "perhaps"}, "/late")])
def test_layers_and_what_becomes_of_late_journals_are_known_words(given_: dict[str, str], pointer: str) -> None:
    with pytest.raises(Malformed) as caught:
        check(a_draft(**given_))
    assert caught.value.pointer == pointer


@pytest.mark.parametrize("layer", ["adjustment", "closing"])
def test_outside_the_ordinary_layer_it_is_said_which_period_ends(layer: str) -> None:
    with pytest.raises(Malformed) as caught:
        check(a_draft(layer=layer))
    assert caught.value.pointer == "/effective_date"
    dated = a_draft(layer=layer, effective_date=date(2026, 3, 31))
    assert check(dated) is dated
