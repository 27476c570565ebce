"""What a template may say, and the lines that it comes to; without books."""

from __future__ import annotations

import random
import re
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import AccountCodeRefused, UnknownAccount
from apps.operations.definitions import (
    Definition,
    check_definition,
    check_template_code,
    convert,
    decode,
    digest_of,
    encode,
)
from apps.operations.differences import differences, shortened
from apps.operations.errors import (
    AmountOnOtherSide,
    DefinitionRefused,
    ExampleFailed,
    LineCurrencyDiffers,
    LinesNeeded,
    RestTwice,
    RoleUnresolved,
)
from apps.operations.evaluating import (
    Evaluated,
    FoundAccount,
    Reference,
    check_example,
    evaluate,
    references,
    unbalanced,
)
from apps.operations.files import read_templates
from apps.operations.parameters import check_values
from bench.templates.making import ACCOUNTS, ROLE, ROLE_ACCOUNTS, random_parameters, random_template
from ledgerflow.core.errors import LedgerError, TextTooLong
from ledgerflow.core.plugins import JournalKindSpec, registry

pytestmark = pytest.mark.pure

UNITS = {"EUR": 2, "JPY": 0}
SALE: dict[str, Any] = {
    "name": "Card sale",
    "description": "Sale {order}",
    "external_reference": "{order}",
    "effective_date": "sold_on",
    "parameters": [
        {"name": "gross", "kind": "amount"},
        {"name": "rate", "kind": "percent", "default": "2.9"},
        {"name": "order", "kind": "text", "max_length": 400},
        {"name": "seller", "kind": "owner"},
        {"name": "income", "kind": "account", "default": "4000"},
        {"name": "unit", "kind": "currency", "default": "EUR"},
        {"name": "sold_on", "kind": "date", "required": False},
        {"name": "project", "kind": "text", "required": False},
    ],
    "lines": [
        {"account": "1000", "side": "debit", "amount": "rest()"},
        {
            "role": "fees", "currency": "{unit}", "side": "debit", "amount": "percent(gross, rate)", "rounding": "half_up",
            "dimensions": {"project": "{project}", "order": "{order}"},
        },
        {"parameter": "income", "side": "credit", "amount": "gross / 2", "rounding": "up", "description": "Half of {order}"},
        {
            "owner": "seller", "role": "wallet", "currency": "{unit}", "side": "credit", "amount": "gross / 2",
            "rounding": "down", "opens": {
                "code": "wallet:{seller}:{unit}", "name": "Wallet of {seller}", "type": "liability", "parent": "2000",
                "min_balance": "0",
            },
        },
    ],
    "examples": [
        {
            "parameters": {"gross": "10.01", "order": "A-1", "seller": "anna"},
            "lines": [
                {"side": "debit", "amount": "9.72", "account": "1000"},
                {"side": "debit", "amount": "0.29", "role": "fees", "currency": "EUR"},
                {"side": "credit", "amount": "5.01", "description": "Half of A-1"},
                {"side": "credit", "amount": "5.00"},
            ],
        }
    ],
}  # fmt: skip
FOUND = {
    Reference(code="1000"): FoundAccount("1000", "EUR", 2),
    Reference(code="4000"): FoundAccount("4000", "EUR", 2),
    Reference(role="fees", currency="EUR"): FoundAccount("6000", "EUR", 2),
}


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rooms declare their kinds when Django starts, which pure tests do without."""
    kinds = {
        "operation": JournalKindSpec("operation", "Operation", of_templates=True),
        "closing": JournalKindSpec("closing", "C"),
    }
    monkeypatch.setattr(registry, "journal_kinds", kinds)


def changed(change: dict[str, Any]) -> Definition:
    """The sale with members changed by their path: `lines/0/amount`; None takes one away."""
    value = deepcopy(SALE)
    for path, new in change.items():
        *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        target: Any = value
        for step in way:
            target = target[step]
        if new is None:
            del target[last]
        else:
            target[last] = new
    return convert(value)


def run(definition: Definition, **given: Any) -> Evaluated:
    values = check_values(definition.parameters, {"gross": "10.01", "order": "A-1", "seller": "anna"} | given)
    return evaluate(definition, values, FOUND, UNITS)


@pytest.mark.parametrize("code", ["batch", "Top", "", "a" * 41, "a--b", "1st"])
def test_a_code_has_a_form(code: str) -> None:
    check_template_code("card-sale_2")
    with pytest.raises(DefinitionRefused, match="The code of a template"):
        check_template_code(code)


def test_a_template_comes_to_lines_texts_and_an_account_to_open() -> None:
    definition = convert(SALE)
    check_definition(definition)
    found = run(definition, sold_on="2026-03-02")
    assert [
        (line.account, str(line.amount), line.currency, line.description, line.dimensions) for line in found.lines
    ] == [
        ("1000", "9.72", "EUR", "", None),
        ("6000", "0.29", "EUR", "", {"order": "A-1"}),
        ("4000", "-5.01", "EUR", "Half of A-1", None),
        ("wallet:anna:EUR", "-5.00", "EUR", "", None),
    ]
    assert (found.description, found.external_reference, found.effective_date) == ("Sale A-1", "A-1", date(2026, 3, 2))
    (opened,) = found.opens
    assert (opened.code, opened.owner_id, opened.role, opened.parent) == ("wallet:anna:EUR", "anna", "wallet", "2000")
    assert (opened.name, opened.min_balance, opened.max_balance) == ("Wallet of anna", Decimal(0), None)
    check_example(definition, definition.examples[0], FOUND, UNITS)
    assert run(definition).effective_date is None
    check_definition(changed({"lines/3/opens/parent": None}))


def test_a_definition_reads_back_from_its_canonical_json() -> None:
    definition = convert(SALE)
    assert decode(encode(definition)) == definition
    assert digest_of(decode(encode(definition))) == digest_of(definition) != digest_of(changed({"name": "Other"}))


def test_an_owner_who_has_the_account_needs_none_and_nothing_is_opened_for_a_line_that_comes_to_nothing() -> None:
    definition = convert(SALE)
    values = check_values(definition.parameters, {"gross": "10", "order": "A", "seller": "anna"})
    wallet = references(definition, values)[3]
    assert wallet == Reference(owner="anna", role="wallet", currency="EUR")
    found = evaluate(definition, values, FOUND | {wallet: FoundAccount("77", "EUR", 2)}, UNITS)
    assert (found.lines[3].account, found.opens) == ("77", ())
    cent = run(definition, gross="0.01")
    assert ([line.account for line in cent.lines], cent.opens) == (["1000", "4000"], ())


@pytest.mark.parametrize(
    "change, given, refusal, words",
    [
        ({}, {"income": "9"}, UnknownAccount, "9"),
        ({}, {"unit": "JPY"}, RoleUnresolved, "No open accounts have the role 'fees' in JPY"),
        ({"lines/3/opens": None}, {}, RoleUnresolved, "the role 'wallet' of 'anna' in EUR"),
        ({}, {"seller": "a/b"}, AccountCodeRefused, "code"),
        ({"lines/0/currency": "JPY"}, {}, LineCurrencyDiffers, "Line 1 of the template is in JPY"),
        (
            {"lines/2/amount": "gross - 20"},
            {},
            AmountOnOtherSide,
            "Line 3 of the template comes to -9.99 on its credit side",
        ),
        ({"lines/0/side": "credit"}, {}, AmountOnOtherSide, "Line 1 of the template comes to -9.72 on its credit"),
        ({"lines/1/amount": "rest()"}, {}, RestTwice, "two|Two"),
        ({"lines/2/amount": "0 * gross", "lines/3/amount": "0"}, {"gross": "0.01"}, LinesNeeded, "0 of the template's"),
        ({"lines/1/dimensions": {}, "description": "{order}{order}"}, {"order": "x" * 300}, TextTooLong, "500"),
    ],
)
def test_what_an_operation_is_refused_for(
    change: dict[str, Any], given: dict[str, Any], refusal: type[LedgerError], words: str
) -> None:
    with pytest.raises(refusal, match=re.compile(words, re.IGNORECASE)):
        run(changed(change), **given)


def test_a_signed_line_stands_on_the_side_of_its_amount() -> None:
    definition = changed({"lines/2/side": "signed", "lines/2/amount": "-gross", "lines/0/side": "signed"})
    assert [str(line.amount) for line in run(definition).lines] == ["14.72", "0.29", "-10.01", "-5.00"]


@pytest.mark.parametrize(
    "change, words",
    [
        ({"parameters": []}, "expression|parameter"),
        ({"name": " "}, "A name has"),
        ({"kind": "closing"}, "kinds operation"),
        ({"kind": "other"}, "kinds operation"),
        ({"description": "x" * 501}, "at most 500"),
        ({"description": "{nobody}"}, "{nobody} is no parameter"),
        ({"description": "{order"}, "Braces"),
        ({"effective_date": "order"}, "no parameter of the kind date"),
        ({"lines": []}, "1 to 100 lines"),
        ({"lines/0/parameter": "income"}, "A line names one of"),
        ({"lines/0/account": None}, "A line names one of"),
        ({"lines/0/account": "a/b"}, "/"),
        ({"lines/0/role": "x"}, "A line names one of"),
        ({"lines/2/parameter": "order"}, "no parameter of the kind account"),
        ({"lines/3/owner": "order"}, "no parameter of the kind owner"),
        ({"parameters/3/required": False}, "required or has a default"),
        ({"lines/3/role": ""}, "A role is"),
        ({"lines/1/role": "Fees"}, "A role is"),
        ({"lines/1/currency": "{unit}x"}, "A currency is a code, or one placeholder"),
        ({"lines/1/currency": "eur"}, "A currency is a code such as EUR"),
        ({"lines/1/currency": "{order}"}, "no parameter of the kind currency"),
        ({"lines/1/currency": ""}, "says in which currency"),
        ({"lines/0/amount": "gross +"}, "is not an expression"),
        ({"lines/0/amount": "order"}, "that is an amount, an integer or a percent"),
        ({"lines/0/amount": "project"}, "that is an amount, an integer or a percent"),
        ({"lines/1/dimensions": {"": "x"}}, "A dimension's name"),
        ({"lines/1/dimensions": {"a": "{x}"}}, "{x} is no parameter"),
        ({"lines/2/opens": SALE["lines"][3]["opens"]}, "for an owner only"),
        ({"lines/3/opens/code": "wallet:{seller}"}, "has the owner in it, and the currency"),
        ({"lines/3/opens/parent": "/"}, "/"),
        ({"lines/3/opens/min_balance": "1e3"}, "1e3"),
        (
            {"lines/1/amount": "rest()", "lines/1/currency": "", "lines/1/role": None, "lines/1/account": "1"},
            "Only one line",
        ),
        ({"examples": []}, "1 to 20 examples"),
        ({"examples": [{"parameters": {"order": "x" * 5000}, "lines": []}] * 20}, "at most 65536 bytes"),
    ],
)
def test_a_definition_that_could_never_run_is_refused_with_its_place(change: dict[str, Any], words: str) -> None:
    with pytest.raises(DefinitionRefused, match=re.compile(words)):
        check_definition(changed(change))


@pytest.mark.parametrize("change", [{"lines/0/side": "left"}, {"more": 1}, {"name": 5}, {"parameters/0/kind": "float"}])
def test_a_definition_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DefinitionRefused):
        changed(change)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"examples/0/parameters/gross": "x"}, "an amount as a decimal string"),
        ({"examples/0/lines/1/amount": "0.30"}, "the amount of line 2 is '0.29', not '0.3'"),
        ({"examples/0/lines/1/amount": "x"}, "is not an amount"),
        ({"examples/0/lines/1/role": "wallet"}, "the role of line 2 is 'fees', not 'wallet'"),
        ({"examples/0/lines/1/side": "credit"}, "the side of line 2"),
        ({"examples/0/lines/3": None}, "it has 3 lines and comes to 4"),
        ({"lines/0/amount": "gross"}, "debits less credits in EUR are 0.29"),
    ],
)
def test_an_example_that_does_not_come_out_says_why(change: dict[str, Any], words: str) -> None:
    definition = changed(change)
    with pytest.raises(ExampleFailed, match=re.escape(words)):
        check_example(definition, definition.examples[0], FOUND, UNITS)


def test_versions_differ_where_they_say_and_a_long_list_is_cut() -> None:
    before = convert(SALE)
    extra = {"name": "tip", "kind": "amount", "least": "0", "default": "0"}
    after = changed({"name": "x" * 300, "parameters": [extra, *SALE["parameters"][:-1]], "lines/1/dimensions": {}})
    found = {one["at"]: (one["before"], one["after"]) for one in differences(before, after)}
    assert found["/name"] == ("Card sale", "x" * 200 + "…")
    assert found["/parameters/tip/least"] == ("", "0")
    assert found["/parameters/project/required"] == ("false", "")
    assert {"/lines/1/dimensions/order", "/lines/1/dimensions/project"} < found.keys()
    assert not any(place.startswith("/parameters/gross") for place in found)
    assert differences(before, before) == []
    everything = differences(None, before)
    assert {one["before"] for one in everything} == {""}
    assert shortened(everything) == everything
    assert 0 < len(shortened(everything * 10)) < len(everything * 10)


def test_the_documented_template_makes_sense() -> None:
    document = (Path(__file__).parents[2] / "docs/operations-templates.md").read_text()
    (definition,) = read_templates(document.partition("```toml")[2].partition("```")[0]).values()
    check_definition(definition)


@given(st.randoms(use_true_random=False))
def test_random_templates_balance_or_are_refused_by_name(choose: random.Random) -> None:
    scales = {"EUR": 2, "JPY": 0, "KWD": 3}
    found = {Reference(code=code): FoundAccount(code, unit, scales[unit]) for code, unit, _ in ACCOUNTS}
    found |= {
        Reference(role=ROLE, currency=unit): FoundAccount(code, unit, scales[unit]) for code, unit, _ in ROLE_ACCOUNTS
    }
    try:
        definition = convert(random_template(choose))
        check_definition(definition)
        came = evaluate(definition, check_values(definition.parameters, random_parameters(choose)), found, scales)
    except LedgerError as refusal:
        assert refusal.code != "ledger_error"  # noqa: PT017
        return
    rests = {entry.line.currency for entry in came.entries if entry.spec.expression.is_rest}
    assert not rests & unbalanced(came.lines).keys()
    for entry in came.entries:
        assert entry.line.amount == entry.line.amount.quantize(Decimal(1).scaleb(-scales[entry.line.currency]))
