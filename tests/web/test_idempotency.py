"""Whatever needs a key: the key is looked at before anything else is said about the request, and what was done is
answered the same for ever. The endpoints are those that the schema says take one, so that the next is covered too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from accounts.changing import change_account
from accounts.models import Account
from journals.periods.use_cases import make_fiscal_year
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity, IdempotencyKey
from ledgerflow.web.schema import IDEMPOTENCY_KEY
from recon.matching.models import Match
from recon.matching.rows import Bank
from recon.matching.rule_sets import set_profile
from recon.matching.use_cases import split_line
from recon.statements.splitting import Part
from tests.builders import a_transfer, an_account, posted
from tests.calendars import NEW_YEAR, YEAR_END, YEAR_START, close, close_months, year
from tests.cases.reconciling import some_exceptions
from tests.client import NO_JOURNAL, ApiClient, Reply
from tests.holding import held
from tests.matches.banking import FIRST, a_bank, a_posting, by_hand, ran, some_lines, suggested
from tests.open_items.invoicing import booked, some_items
from tests.statements.banking import a_bank_account, a_statement_file, imported
from tests.templates.templating import activated, moving
from tests.trading import a_rate, a_trading_house, an_exchange
from tests.web.keyed_bodies import (
    ACCOUNTS,
    ALLOCATIONS,
    BUDGET,
    COMMENT,
    DIFFERENCES,
    FEE,
    FILE,
    KEYED,
    LINES,
    MATCHES,
    NEW_BASE,
    ORDER,
    OWN_RATES,
    PARTS,
    RENT,
    SALE,
    UNBALANCED,
    UNKNOWN,
)


class Scene(NamedTuple):
    """Books in which everything that takes a key can be done, and what that is done to."""

    entity: Entity
    client: ApiClient
    journal: UUID
    holds: tuple[UUID, UUID]
    settlement: UUID
    exceptions: tuple[UUID, UUID]
    found: dict[str, UUID]  # by what is done with it: lines, matches, suggestions and a statement


Sent = tuple[str, dict[str, Any] | bytes]


def an_allocation(debit: object, credit: object) -> dict[str, Any]:
    sides = {"debit": {"journal": str(debit)}, "credit": {"journal": str(credit)}}
    return {"account": "OWED-1", "allocations": [sides]}


class Case(NamedTuple):
    """A request, and another one that would be refused for reasons of its own."""

    same: Callable[[Scene], Sent]
    other: Callable[[Scene], Sent]


CASES = {
    "budget_set": Case(
        lambda _: ("/api/budgets/plan/lines", {"lines": [BUDGET]}),
        lambda _: ("/api/budgets/plan/lines", {"lines": [BUDGET | {"account": "nowhere"}]}),
    ),
    "transfer_post": Case(
        lambda _: ("/api/transfers", SALE), lambda _: ("/api/transfers", SALE | {"debit_account": "nowhere"})
    ),
    "journal_post": Case(
        lambda _: ("/api/journals", {"lines": LINES}), lambda _: ("/api/journals", {"lines": UNBALANCED})
    ),
    **{name: Case(*sent) for name, sent in KEYED.items()},
    "journal_reverse": Case(
        lambda scene: (f"/api/journals/{scene.journal}/reverse", {}),
        lambda _: (f"/api/journals/{NO_JOURNAL}/reverse", {}),
    ),
    "hold_place": Case(
        lambda _: ("/api/holds", {"account": "wallet", "amount": "1.00"}),
        lambda _: ("/api/holds", {"account": "nowhere", "amount": "1.00"}),
    ),
    "hold_capture": Case(
        lambda scene: (f"/api/holds/{scene.holds[0]}/capture", {"counter_account": "shop"}),
        lambda _: (f"/api/holds/{NO_JOURNAL}/capture", {"counter_account": "shop"}),
    ),
    "hold_release": Case(
        lambda scene: (f"/api/holds/{scene.holds[1]}/release", {"amount": "1.00"}),
        lambda _: (f"/api/holds/{NO_JOURNAL}/release", {"amount": "1.00"}),
    ),
    "hold_extend": Case(
        lambda scene: (f"/api/holds/{scene.holds[1]}", {"expires_at": "2096-01-01T00:00:00Z"}),
        lambda _: (f"/api/holds/{NO_JOURNAL}", {"expires_at": None}),
    ),
    "accrual_post": Case(
        lambda _: ("/api/accruals", {"lines": LINES}),
        lambda _: ("/api/accruals", {"lines": LINES, "reverse_on": "2026-01-01"}),
    ),
    "tax_journal_post": Case(
        lambda _: ("/api/tax-journals", {"lines": LINES}),
        lambda _: ("/api/tax-journals", {"lines": [LINES[0], LINES[1] | {"tax_code": "NONE"}]}),
    ),
    "recurring_make": Case(
        lambda _: ("/api/recurring-journals", RENT),
        lambda _: ("/api/recurring-journals", RENT | {"lines": UNKNOWN}),
    ),
    "period_year_end": Case(
        lambda scene: (f"/api/periods/{year(scene.entity).id}/year-end", {}),
        lambda _: (f"/api/periods/{NO_JOURNAL}/year-end", {}),
    ),
    "fx_settle": Case(
        lambda _: ("/api/fx/settlements", ORDER),
        lambda _: ("/api/fx/settlements", ORDER | {"buy_account": "cash"}),
    ),
    "fx_settlement_reverse": Case(
        lambda scene: (f"/api/fx/settlements/{scene.settlement}/reverse", {}),
        lambda _: (f"/api/fx/settlements/{NO_JOURNAL}/reverse", {}),
    ),
    "base_currency_change": Case(
        lambda _: ("/api/entity/base-currency", NEW_BASE),
        lambda _: ("/api/entity/base-currency", NEW_BASE | {"currency": "NOPE"}),
    ),
    "fx_own_rate_give": Case(
        lambda scene: (OWN_RATES, {"journal": str(scene.found["foreign sale"]), "rate": "0.90"}),
        lambda _: (OWN_RATES, {"journal": NO_JOURNAL, "rate": "0.90"}),
    ),
    "allocation_make": Case(
        lambda scene: (ALLOCATIONS, an_allocation(scene.found["bill"], scene.found["payment"])),
        lambda _: (ALLOCATIONS, an_allocation(NO_JOURNAL, NO_JOURNAL)),
    ),
    "allocation_undo": Case(
        lambda scene: (f"{ALLOCATIONS}/{scene.found['allocation_id']}/undo", {}),
        lambda _: (f"{ALLOCATIONS}/{NO_JOURNAL}/undo", {}),
    ),
    "item_run": Case(
        lambda _: ("/api/open-items/runs", {"account": "OWED-3"}),
        lambda _: ("/api/open-items/runs", {"account": "nowhere"}),
    ),
    "match_make": Case(
        lambda scene: (MATCHES, {"lines": [str(scene.found["line"])], "postings": [1]}),
        lambda _: (MATCHES, {"lines": [NO_JOURNAL], "postings": [1]}),
    ),
    "match_difference": Case(
        lambda scene: (DIFFERENCES, FEE | {"lines": [str(scene.found["fee line"])], "postings": [2]}),
        lambda _: (DIFFERENCES, FEE | {"lines": [NO_JOURNAL], "postings": [2]}),
    ),
    "match_residual": Case(
        lambda scene: (f"/api/recon/matches/{scene.found['cent match']}/residual", FEE),
        lambda _: (f"/api/recon/matches/{NO_JOURNAL}/residual", FEE),
    ),
    "match_unmatch": Case(
        lambda scene: (f"/api/recon/matches/{scene.found['match']}/unmatch", {"reason": "not it"}),
        lambda _: (f"/api/recon/matches/{NO_JOURNAL}/unmatch", {"reason": "not it"}),
    ),
    "match_suggestion_confirm": Case(
        lambda scene: (f"/api/recon/suggestions/{scene.found['suggestion']}/confirm", {}),
        lambda _: (f"/api/recon/suggestions/{NO_JOURNAL}/confirm", {}),
    ),
    "match_suggestion_reject": Case(
        lambda scene: (f"/api/recon/suggestions/{scene.found['wrong suggestion']}/reject", {"reason": "not it"}),
        lambda _: (f"/api/recon/suggestions/{NO_JOURNAL}/reject", {"reason": "not it"}),
    ),
    "statement_line_split": Case(
        lambda scene: (f"/api/recon/lines/{scene.found['long line']}/split", PARTS),
        lambda _: (f"/api/recon/lines/{NO_JOURNAL}/split", PARTS),
    ),
    "statement_line_join": Case(
        lambda scene: (f"/api/recon/lines/{scene.found['split line']}/join", {}),
        lambda _: (f"/api/recon/lines/{NO_JOURNAL}/join", {}),
    ),
    "statement_import": Case(
        lambda _: ("/api/recon/statements", FILE | {"account": "POST-BANK"}),
        lambda _: ("/api/recon/statements", FILE | {"account": "nowhere"}),
    ),
    "statement_undo": Case(
        lambda scene: (f"/api/recon/statements/{scene.found['statement']}/undo", {"reason": "another month"}),
        lambda _: (f"/api/recon/statements/{NO_JOURNAL}/undo", {"reason": "another month"}),
    ),
    "recon_exception_act": Case(
        lambda scene: (f"/api/recon/exceptions/{scene.exceptions[0]}/actions", {"action": "check"}),
        lambda _: (f"/api/recon/exceptions/{NO_JOURNAL}/actions", {"action": "check"}),
    ),
    "recon_exceptions_act": Case(
        lambda scene: ("/api/recon/exceptions/actions", COMMENT | {"exceptions": [str(scene.exceptions[1])]}),
        lambda _: ("/api/recon/exceptions/actions", COMMENT | {"exceptions": [NO_JOURNAL]}),
    ),
    "recon_finish": Case(
        lambda _: ("/api/recon/bank-accounts/RECON/finish", {"date": str(NEW_YEAR)}),
        lambda _: ("/api/recon/bank-accounts/nowhere/finish", {"date": str(NEW_YEAR)}),
    ),
}

# What is done later keeps its key apart until then: tests/commands.
DONE_LATER = {"command_post", "item_create"}


class Answered(NamedTuple):
    scene: Scene
    replies: dict[str, Reply]


def a_scene() -> Scene:
    entity = a_trading_house(business_date=YEAR_END, dimensions=["party"])
    make_fiscal_year(entity.id, YEAR_START, actor="test")
    for code, type_ in ACCOUNTS.items():
        an_account(entity, code, type_)
    an_account(entity, "profits", "equity", role="retained_earnings")
    activated(entity, "move", moving("cash", "sales"))
    posted(entity, a_transfer("cash", "sales", "70.00"))
    posted(entity, a_transfer("cash", "wallet", "100.00"))
    a_rate(entity, "1.25", YEAR_END)
    settlement = an_exchange(entity, "BANK-EUR", "BANK-USD", "10.00").settlement
    a_rate(entity, "1.25", YEAR_END, kind="closing")
    close(entity, YEAR_END)
    close_months(entity)
    a_rate(entity, "1.25", NEW_YEAR)
    journal = json.loads(posted(entity, a_transfer("cash", "sales", "2.00")).journal)["id"]
    holds = (held(entity, "2.00"), held(entity, "2.00"))
    made = some_exceptions(Entity.objects.get(pk=entity.pk))
    exceptions = (made["exception_id"], made["other_exception_id"])
    found = things_to_match(entity)
    sale = posted(entity, a_transfer("BANK-USD", "WALLET-USD", "1.00"))
    found |= some_items(entity, day=NEW_YEAR)
    pair = ("OWED-1", "BILLED"), ("PAID-IN", "OWED-1")
    found["bill"], found["payment"] = (booked(entity, *sides, "7.00", party="bob", day=NEW_YEAR) for sides in pair)
    found["foreign sale"] = UUID(json.loads(sale.journal)["id"])
    return Scene(entity, ApiClient(entity), UUID(journal), holds, settlement.id, exceptions, found)


def things_to_match(entity: Entity) -> dict[str, UUID]:
    """A bank account with something for each request about matches, and two with and for a statement."""
    bank, day = a_bank(entity, "MATCHED"), (NEW_YEAR - FIRST).days
    set_profile(entity.id, bank.id, "reference_then_cent", actor="test")
    for amount in ("11.00", "12.00"):
        a_posting(bank, amount, day=day)
    own = a_posting(bank, "13.00", day=day)
    for amount, reference in (
        ("30.00", "INV-7703"),
        ("44.00", "INV-7704"),
        ("44.00", "INV-7704"),
        ("57.13", "INV-7705"),
    ):
        a_posting(bank, amount, reference, day=day)
    a_posting(bank, "57.13", "INV-7705", day=day)
    cent_line, *doubtful = a_statement_of(bank, ("30.01", "INV-7703"), ("44.00", "INV-7704"), ("57.13", "INV-7705"))
    ran(bank)
    cent = Match.objects.get(bank_account_id=bank.id, items__line=cent_line)
    lines = a_statement_of(bank, ("11.00", ""), ("11.50", ""), ("13.00", ""), ("3.00", ""), ("9.00", ""))
    made = by_hand(bank, [lines[2]], [own])
    split_line(entity.id, lines[4], [Part(Decimal(4)), Part(Decimal(5))], key="split", actor="test")
    suggestions = {one.lines[0]: one.id for one in suggested(bank)}
    others = a_bank_account(entity, "UNDONE")
    undone = imported(entity, others, a_statement_file(("1.00", "R-2", NEW_YEAR))).statements[0].id
    a_bank_account(entity, "POST-BANK")
    assert undone
    return {
        "line": lines[0], "fee line": lines[1], "match": made.match.match.id, "long line": lines[3], "cent match": cent.id,
        "suggestion": suggestions[str(doubtful[0])], "wrong suggestion": suggestions[str(doubtful[1])],
        "split line": lines[4], "statement": undone,
    }  # fmt: skip


def a_statement_of(bank: Bank, *lines: tuple[str, str]) -> list[UUID]:
    """Lines of the new year by amount and reference; their ids."""
    rows = [{"booking_date": NEW_YEAR, "amount": amount, "customer_reference": told} for amount, told in lines]
    return some_lines(bank, rows)


@pytest.fixture(scope="module")
def answered() -> Answered:
    """All of it was done once; then the accounts were frozen, and the day and the year closed."""
    scene = a_scene()
    replies = {name: send(scene, case.same, name) for name, case in CASES.items()}
    for account in Account.objects.filter(entity=scene.entity, is_header=False):
        frozen = {"outflow_frozen": True, "inflow_frozen": True}
        change_account(scene.entity.id, account.code, frozen, actor="test")
    close(scene.entity, NEW_YEAR)
    return Answered(scene, replies)


def send(scene: Scene, of: Callable[[Scene], Sent], key: str) -> Reply:
    path, body = of(scene)
    if isinstance(body, dict) and "expires_at" in body:  # which is set, whatever it is
        return scene.client.patch(path, body, idempotency_key=key, if_match="*")
    return scene.client.post(path, body, key=key)


def test_every_endpoint_that_takes_a_key_is_among_them(answered: Answered) -> None:
    schema = answered.scene.client.get("/api/schema", {"format": "json"}).json
    taking = {
        described["operationId"]
        for methods in schema["paths"].values()
        for described in methods.values()
        if any(one.get("name") == IDEMPOTENCY_KEY.name for one in described.get("parameters", ()))
    }
    assert taking == set(CASES) | DONE_LATER


@pytest.mark.parametrize("name", CASES)
def test_it_was_done(answered: Answered, name: str) -> None:
    reply = answered.replies[name]
    assert reply.status in (200, 201), reply.json
    assert "Idempotent-Replayed" not in reply.headers


@pytest.mark.parametrize("name", CASES)
def test_the_same_is_answered_again_even_where_it_would_now_be_refused(answered: Answered, name: str) -> None:
    again, first = send(answered.scene, CASES[name].same, name), answered.replies[name]
    assert (again.status, again.headers.get("Idempotent-Replayed")) == (first.status, "true"), again.json
    for volatile in ("status", "reversal"):
        again.json.pop(volatile, None)
        first.json.pop(volatile, None)
    assert again.json == first.json
    other_key = send(answered.scene, CASES[name].same, f"{name}-again")
    assert "Idempotent-Replayed" not in other_key.headers or name == "period_year_end"


@pytest.mark.parametrize("name", CASES)
def test_a_used_key_comes_before_all_that_is_wrong_with_another_request(answered: Answered, name: str) -> None:
    other = send(answered.scene, CASES[name].other, f"{name}-unused")
    assert other.status in (400, 404, 409, 422), other.json
    assert other.code != "idempotency_key_reused"
    reply = send(answered.scene, CASES[name].other, name)
    assert (reply.status, reply.code) == (422, "idempotency_key_reused"), reply.json


@pytest.mark.parametrize("name", CASES)
def test_one_key_is_for_one_thing(answered: Answered, name: str) -> None:
    """What was asked is kept as a hash. All of them differ (below), so the three kinds that follow stand for all."""
    for other in (names := list(CASES) * 2)[(at := names.index(name) + 1) : at + 3]:
        reply = send(answered.scene, CASES[other].same, name)
        assert (reply.status, reply.code) == (422, "idempotency_key_reused"), (other, reply.json)


@pytest.mark.parametrize("mode", ["each", "atomic"])
@pytest.mark.parametrize("given", [{}, {"amount": "2.00"}, {"debit_account": "nowhere"}])
def test_items_of_a_batch_keep_to_it(answered: Answered, mode: str, given: dict[str, str]) -> None:
    items = [SALE | given | {"idempotency_key": "transfer_post"}]
    reply = answered.scene.client.post("/api/journals/batch", {"mode": mode, "items": items}, key="")
    (result,) = reply.json["results"]
    assert result["status"] == ("refused" if given else "replayed")
    assert result.get("error", {}).get("code") == ("idempotency_key_reused" if given else None)


def test_a_caller_is_the_client_and_can_name_no_other_issuer(answered: Answered) -> None:
    rows = IdempotencyKey.objects.filter(entity=answered.scene.entity, key__in=list(CASES))
    assert {(row.key, row.issuer) for row in rows} == {(name, "client") for name in CASES}
    assert len({bytes(row.fingerprint) for row in rows}) == len(CASES)
    bodies = json.dumps(answered.scene.client.get("/api/schema", {"format": "json"}).json["components"]["schemas"])
    assert '"issuer"' not in bodies
    given = answered.scene.client.post("/api/transfers", SALE | {"issuer": "openings"})
    assert (given.status, given.pointers) == (400, ["/issuer"])


def test_the_books_with_all_of_it_are_proven(answered: Answered) -> None:
    assert verify_books(answered.scene.entity.id) == []


@pytest.mark.parametrize("key", ["a b", "ü", "a\t", '"q-1"', "k" * 256])
def test_a_batch_takes_only_what_is_a_key(answered: Answered, key: str) -> None:
    items = [SALE | {"idempotency_key": key}]
    reply = answered.scene.client.post("/api/journals/batch", {"mode": "each", "items": items}, key="")
    (result,) = reply.json["results"]
    pointers = [error["pointer"] for error in result["error"]["errors"]]
    assert (result["error"]["code"], pointers) == ("malformed", ["/items/0/idempotency_key"])


def test_a_key_in_quotes_is_the_same_key() -> None:
    """The IETF's draft of the header has it in quotes: whoever changes over must not post twice."""
    scene = a_scene()
    first = scene.client.post("/api/transfers", SALE, key="q-1")
    again = scene.client.post("/api/transfers", SALE, key='"q-1"')
    assert (again.headers["Idempotent-Replayed"], again.json["journal"]) == ("true", first.json["journal"])
    assert Decimal(first.json["journal"]["lines"][0]["amount"]) == 1
