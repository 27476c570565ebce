"""What an account may be asked to be."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from accounts.events import opened_fact
from accounts.iso4217 import ISO_4217, WITHDRAWN, is_withdrawn_on
from accounts.specs import TYPES, AccountSpec, check_changes, check_code
from ledgerflow.core.errors import Malformed
from ledgerflow.core.money import CURRENCY_CODE

pytestmark = pytest.mark.pure


def a_spec(**given: Any) -> AccountSpec:
    values: dict[str, Any] = {"code": "1001-CASH", "name": "Cash", "currency": "EUR"} | given
    return AccountSpec(**values)


@pytest.mark.parametrize(
    "type_, normal_side, monetary",
    [("asset", "debit", True), ("liability", "credit", True), ("equity", "credit", False), ("income", "credit", False),
     ("expense", "debit", False)],
)  # fmt: skip
def test_the_type_gives_the_defaults(type_: str, normal_side: str, monetary: bool) -> None:
    spec = a_spec(type=type_).complete()
    assert (spec.normal_side, spec.monetary, spec.metadata) == (normal_side, monetary, {})
    assert type_ in TYPES


def test_without_a_type_it_is_an_asset() -> None:
    assert a_spec().complete().type == "asset"


def test_what_was_asked_for_stays() -> None:
    spec = a_spec(
        normal_side="credit", monetary=False, metadata={"a": 1}, min_balance=Decimal(5), max_balance=Decimal(5)
    )
    complete = spec.complete()
    assert complete == spec
    assert complete.complete() == complete


@pytest.mark.parametrize(
    "change, pointer",
    [
        ({"code": ""}, "/code"),
        ({"name": ""}, "/name"),
        ({"name": " \t "}, "/name"),
        ({"name": "n" * 201}, "/name"),
        ({"name": " " * 200 + "n"}, "/name"),
        ({"name": "n\x00"}, "/name"),
        ({"owner_id": "o" * 101}, "/owner_id"),
        ({"owner_id": "\ud800"}, "/owner_id"),
        ({"role": "Suspense"}, "/role"),
        ({"role": "1st"}, "/role"),
        ({"role": "r" * 41}, "/role"),
        ({"role": "fx\n"}, "/role"),
        ({"cash_flow": "other"}, "/cash_flow"),
        ({"term": "long"}, "/term"),
        ({"metadata": {"a": "\x00"}}, "/metadata"),
        ({"type": "assets"}, "/type"),
        ({"normal_side": "left"}, "/normal_side"),
        ({"is_header": True, "keeps_lots": True}, "/keeps_lots"),
        ({"min_balance": Decimal(2), "max_balance": Decimal(1)}, "/min_balance"),
    ],
)
def test_what_no_account_can_be(change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        a_spec(**change).complete()
    assert refused.value.pointer == pointer


@pytest.mark.parametrize("code", ["1", "1001-CASH", "Aktiva:Bank:Giro", "1001 CASH", "Ü", "a" * 100, "1.2.3", "(x)"])
def test_codes(code: str) -> None:
    check_code(code)


@pytest.mark.parametrize(
    "code", ["", " ", " a", "a ", "a/b", "/", "a\nb", "a\n", "a\tb", "\x7f", "a\x00", "a\u00a0", "a" * 101, "\ud800"]
)
def test_no_codes(code: str) -> None:
    with pytest.raises(Malformed):
        check_code(code)


def test_only_what_changes_is_checked() -> None:
    check_changes({})
    check_changes({"owner_id": "", "role": "", "metadata": None, "min_balance": None})
    with pytest.raises(Malformed):
        check_changes({"name": ""})


def test_the_fact_of_an_opened_account() -> None:
    id_ = UUID(int=1)
    plain_one = opened_fact(id_, a_spec().complete())
    assert (plain_one.id, plain_one.parent, plain_one.min_balance, plain_one.max_balance) == (id_, None, None, None)
    assert (plain_one.closed, plain_one.outflow_frozen, plain_one.inflow_frozen, plain_one.metadata) == (
        False,
        False,
        False,
        {},
    )
    spec = a_spec(
        parent="1000", is_header=True, owner_id="u1", role="suspense", metadata={"a": 1}, min_balance=Decimal("0E+1"),
        max_balance=Decimal("1E+2"), type="expense",
    ).complete()  # fmt: skip
    full = opened_fact(id_, spec)
    assert (full.parent, full.is_header, full.owner_id, full.role, full.metadata) == (
        "1000",
        True,
        "u1",
        "suspense",
        {"a": 1},
    )
    assert (full.min_balance, full.max_balance, full.type, full.normal_side, full.monetary) == (
        "0",
        "100",
        "expense",
        "debit",
        False,
    )


# ISO 4217


def test_the_currencies_are_in_order_and_each_once() -> None:
    codes = [code for code, _, _ in ISO_4217]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch("[A-Z]{3}", code) and CURRENCY_CODE.fullmatch(code) for code in codes)
    assert all(name.strip() == name and name for _, name, _ in ISO_4217)


def test_withdrawn_currencies_are_in_order_and_no_longer_active() -> None:
    codes = [code for code, _, _, _ in WITHDRAWN]
    assert codes == sorted(set(codes))
    assert set(codes).isdisjoint(code for code, _, _ in ISO_4217)
    assert {code for code, _, minor_units, _ in WITHDRAWN if minor_units == 0} == {
        "ADP", "BEF", "BYB", "BYR", "ESP", "GRD", "ITL", "LUF", "MGF", "PTE", "TPE", "TRL",
    }  # fmt: skip


@pytest.mark.parametrize(
    "currency, day, expected",
    [
        ("HRK", date(2023, 1, 14), False),  # the last day of dual circulation in Croatia
        ("HRK", date(2023, 2, 1), True),
        ("DEM", date(2002, 3, 31), False),
        ("DEM", date(2026, 1, 1), True),
        ("EUR", date(2026, 1, 1), False),
    ],
)
def test_a_currency_is_withdrawn_after_its_month(currency: str, day: date, expected: bool) -> None:
    assert is_withdrawn_on(currency, day) is expected


def test_minor_units_as_the_standard_has_them() -> None:
    units = {code: minor_units for code, _, minor_units in ISO_4217}
    assert set(units.values()) == {0, 2, 3, 4}
    assert {code for code, minor in units.items() if minor == 3} == {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
    assert {code for code, minor in units.items() if minor == 4} == {"CLF", "UYW"}
    assert {code for code, minor in units.items() if minor == 0} == {
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF",
    }  # fmt: skip
    assert units["EUR"] == units["USD"] == units["GBP"] == units["CHF"] == 2
