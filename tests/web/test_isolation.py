"""Entities cannot see or touch each other, and every route asks for a key and its scope.

The routes come from the URL configuration: a new one fails here until it is taught how to be attacked."""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from accounts.dimensions.declaring import declare_value
from accounts.dimensions.specs import ValueSpec
from accounts.models import Account
from journals.days.closing.running import close_through
from journals.periods.use_cases import make_fiscal_year
from ledgerflow.books.models import Entity, Event
from ledgerflow.events.checkpoints.use_cases import make_checkpoint
from recon.statements.models import Statement
from reports.budgets.setting import set_budget
from reports.budgets.specs import BudgetSpec
from tests.approving import a_proposal, an_opener
from tests.attachments.filing import attached
from tests.builders import an_account, an_entity
from tests.cases.reconciling import some_exceptions
from tests.client import NO_JOURNAL, ApiClient, Reply
from tests.commands.commanding import some_commands
from tests.consuming.toys import Toy, a_dead_letter
from tests.content.writing import some_content
from tests.credits.keeping import LOYALTY, kept
from tests.lots.granting import some_lots
from tests.matches.some_matches import some_matches
from tests.open_items.invoicing import some_items
from tests.read_models.projecting import project
from tests.routes import Route, guarded
from tests.statements.banking import a_statement_file
from tests.templates.templating import activated, moving
from tests.webhooks.receiving import some_webhooks

HIDDEN = f"hidden{uuid4().hex}"  # in everything of the victim's that the intruder does not send itself
AMOUNT = "31415926.53"


class Victim(NamedTuple):
    entity: Entity
    values: dict[str, Any]  # what the intruder knows: codes and ids
    ids: list[str]


@pytest.fixture(scope="module")
def victim() -> Victim:
    entity = an_entity(name=HIDDEN, dimensions=["cost_centre", "party", "v_segment"])
    an_account(entity, "V-CASH", name=HIDDEN, owner_id="V-OWNER", metadata={"note": HIDDEN})
    an_account(entity, "V-SALES", "income", name=HIDDEN)
    an_account(entity, "V-EMPTY", name=HIDDEN)
    transfer = {
        "debit_account": "V-CASH", "credit_account": "V-SALES", "amount": AMOUNT, "description": HIDDEN,
        "external_reference": "V-REF", "dimensions": {"cost_centre": "north"},
    }  # fmt: skip
    rate = {"base": "EUR", "quote": "XAU", "date": "2026-03-02", "value": AMOUNT}
    ApiClient(entity).post("/api/fx/rates", {"rates": [rate], "source": HIDDEN[:40]})
    journal = ApiClient(entity).post("/api/transfers", transfer, key="v-key").json["journal"]["id"]
    deals = some_items(entity, HIDDEN)
    deals |= (
        some_lots(entity, "V-CASH", "V-SALES", HIDDEN[:40])
        | an_exchange(entity)
        | some_matches(entity)
        | some_exceptions(entity)
    )
    deals["statement_id"] = Statement.objects.filter(entity=entity).latest("event_sequence").pk
    accounts = [str(pk) for pk in Account.objects.filter(entity=entity).values_list("pk", flat=True)]
    proposal = a_proposal(entity, an_opener(), subject=HIDDEN, reason=HIDDEN)
    *_, closed = close_through(entity.id, date(2026, 3, 3), actor=HIDDEN)
    values = {"journal_id": journal, "code": "V-CASH", "owner_id": "V-OWNER", "proposal_id": proposal.id}
    declare_value(entity.id, "v_segment", ValueSpec("V-NORTH", HIDDEN), actor=HIDDEN)
    values |= {"dimension": "v_segment", "value": "V-NORTH", "version": "V-PLAN"}
    set_budget(entity.id, "V-PLAN", [BudgetSpec("V-SALES", "2026-03", Decimal(AMOUNT))], key="v-plan", actor=HIDDEN)
    values |= {"day": str(closed.day), "event_type": "journal.posted.v1"}
    values |= deals
    values["sha256"] = attached(entity, journal, f"{HIDDEN}.txt", HIDDEN.encode()).attachments[0].sha256
    hold = {"account": "V-CASH", "amount": AMOUNT, "description": HIDDEN, "metadata": {"note": HIDDEN}}
    values["hold_id"] = ApiClient(entity).post("/api/holds", hold).json["hold"]["id"]
    made = ApiClient(entity).post("/api/recurring-journals", RECURRING | {"name": HIDDEN})
    values["recurring_id"] = made.json["id"]
    values["letter_id"] = a_dead_letter(
        Toy(), entity, Event.objects.filter(entity=entity, data__contains=HIDDEN)[0].sequence
    ).pk
    values["period_id"] = make_fiscal_year(entity.id, date(2026, 1, 1), actor=HIDDEN)[0].id
    ApiClient(entity).post("/api/accruals", {"lines": lines("V-CASH", "V-SALES"), "description": HIDDEN})
    values |= some_webhooks(entity, HIDDEN) | some_commands(entity, HIDDEN) | some_content(entity, HIDDEN, "V-OWNER")
    values["template"] = activated(entity, "v-move", moving("V-CASH", "V-SALES", name=HIDDEN)).code
    values["application"] = kept(entity, LOYALTY.replace("loyalty", "v-loyalty")).code
    values["number"] = 1
    values["size"] = make_checkpoint(entity.id).size
    project(entity)
    return Victim(entity, values, [*accounts, str(entity.pk)])


def an_exchange(entity: Entity) -> dict[str, Any]:
    """A quote, its settlement, and a revaluation of what came of it."""
    client = ApiClient(entity)
    an_account(entity, "V-USD", name=HIDDEN, currency="USD")
    rate = {"base": "EUR", "quote": "USD", "date": "2026-03-02", "value": "1.25"}
    client.post("/api/fx/rates", {"rates": [rate]})
    client.post("/api/fx/accounts", {"currencies": ["USD"]})
    deal = {"sell_currency": "EUR", "buy_currency": "USD", "sell_amount": "8.00", "sell_account": "V-CASH"}
    quote = client.post("/api/fx/quotes", deal | {"buy_account": "V-USD"}).json["id"]
    settlement = client.post("/api/fx/settlements", {"quote": quote, "description": HIDDEN}).json["id"]
    client.post("/api/fx/rates", {"rates": [rate | {"kind": "closing", "value": "1.28"}]})
    run = client.post("/api/fx/revaluations", {"date": "2026-03-02"}).json["id"]
    return {"quote_id": quote, "settlement_id": settlement, "revaluation_id": run}


@pytest.fixture(scope="module")
def intruder() -> ApiClient:
    entity = an_entity(dimensions=["cost_centre"])
    an_account(entity, "I-CASH")
    project(entity)
    return ApiClient(entity, person=an_opener())


def lines(*accounts: str) -> list[dict[str, Any]]:
    return [
        {"account": code, "side": side, "amount": "1.00"}
        for code, side in zip(accounts, ("debit", "credit"), strict=True)
    ]


TRANSFER = {"debit_account": "V-CASH", "credit_account": "V-SALES", "amount": "1.00"}
RECURRING = {
    "name": "Fee", "lines": lines("V-CASH", "V-SALES"), "frequency": "monthly", "day": 1, "starts_on": "2026-04-01",
}  # fmt: skip

# What an intruder would send, by route and method; None for no body.
ATTACKS: dict[tuple[str, str], list[Any]] = {
    ("transfers", "POST"): [TRANSFER, TRANSFER | {"credit_account": "I-CASH"}],
    ("journals", "POST"): [{"lines": lines("V-CASH", "V-SALES")}, {"lines": lines("V-CASH", "I-CASH")}],
    ("batch", "POST"): [
        {"mode": mode, "items": [TRANSFER | {"idempotency_key": "v-key"}, {"lines": lines("V-CASH", "V-SALES"), "idempotency_key": "b"}]}
        for mode in ("each", "atomic")
    ],
    ("reverse", "POST"): [None, {"override_limits": "mine"}], ("attachments", "POST"): [None, b"mine"],
    ("currencies", "POST"): [{"code": "EVIL", "name": "Evil", "minor_units": 2}],
    ("accounts", "POST"): [{"code": "I-SUB", "name": "Sub", "currency": "EUR", "parent": "V-CASH"}],
    ("account", "PATCH"): [{"name": "Mine"}, {"metadata": {}}, {"max_balance": "0"}],
    ("account-dimensions", "PATCH"): [{"required": ["v_segment"]}],
    ("dimension", "PATCH"): [{"values": "declared"}],
    ("dimension-values", "POST"): [{"code": "I-SOUTH", "name": "South", "parent": "V-NORTH"}],
    ("dimension-value", "PATCH"): [{"name": "Mine"}, {"closed": True}],
    ("budget-lines", "POST"): [{"lines": [{"account": "V-SALES", "period": "2026-03", "amount": "1.00"}]}],
    ("account-freeze", "POST"): [{"outflow": True, "inflow": True}],
    ("account-unfreeze", "POST"): [{}],
    ("account-close", "POST"): [{}],
    ("holds", "POST"): [{"account": "V-CASH", "amount": "1.00"}],
    ("hold-capture", "POST"): [{"counter_account": "V-SALES"}, {"counter_account": "I-CASH"}],
    ("hold-release", "POST"): [None, {"amount": "1.00"}],
    ("hold", "PATCH"): [{"expires_at": None}, {"expires_at": "2096-01-01T00:00:00Z"}],
    ("entity", "PATCH"): [{"business_date": "2026-03-03"}],
    ("entity-base-currency", "POST"): [{"currency": "USD", "date": "2026-12-01", "rate": "1.10000"}],
    ("entity-leap", "POST"): [{"business_date": "2026-06-01", "reason": "mine"}],
    ("fx-rates", "POST"): [{"rates": [{"base": "EUR", "quote": "USD", "date": "2026-03-02", "value": "1.5"}]}],
    ("fx-policy", "PATCH"): [{"max_age_days": 1}],
    ("fx-quotes", "POST"): [
        {"sell_currency": "EUR", "buy_currency": "XAU", "sell_amount": "1.00", "sell_account": "V-CASH"},
    ],
    ("fx-settlements", "POST"): [
        {"direct": {"sell_currency": "EUR", "buy_currency": "XAU", "sell_amount": "1.00", "buy_amount": "1"},
         "sell_account": "V-CASH", "buy_account": "V-USD",
         "fee": {"amount": "1.00", "account": "V-CASH", "counter_account": "V-SALES"}},
        {"quote": NO_JOURNAL, "sell_account": "I-CASH", "buy_account": "V-USD"},
        {"direct": {"sell_currency": "EUR", "buy_currency": "XAU", "sell_amount": "1.00"},
         "sell_account": "V-CASH", "buy_account": "V-USD"},
    ],
    ("content", "POST"): [{"owner_id": "V-OWNER", "title": "mine"}],
    ("content-access", "POST"): [{"owner_id": "V-OWNER"}],
    ("credit-operations", "POST"): [{"operation": "SIGNUP_CREDIT", "owner_id": "V-OWNER"}],
    ("credit-operation-batch", "POST"): [
        {"mode": "each", "items": [{"operation": "SIGNUP_CREDIT", "owner_id": "V-OWNER", "idempotency_key": "v-key"}]},
    ],
    **{
        (route, "POST"): [{"operation": "DAILY_REWARD", "owner_id": "V-OWNER", "nonce": route}]
        for route in ("ledger", "ledger-entry")
    },
    ("fx-settlement-reverse", "POST"): [{}],
    ("bank-account", "PUT"): [{"name": "mine"}],
    ("statements", "POST"): [
        {"account": "V-CASH", "file_name": "mine.sta", "content": b64encode(a_statement_file(("1.00", "R-1"))).decode()},
    ],
    ("statement-undo", "POST"): [{"reason": "mine"}],
    ("statement-balances", "PUT"): [
        {"opening_day": "2026-03-01", "opening_balance": "0.00", "closing_day": "2026-03-31", "closing_balance": "1.00"},
    ],
    **{(route, "PUT"): [{"profile": "default"}] for route in ("match-rules", "account-match-rules")},
    ("match-runs", "POST"): [{}],
    ("matches", "POST"): [{"lines": [NO_JOURNAL], "postings": [1]}],
    ("match-differences", "POST"): [{"lines": [NO_JOURNAL], "template": "fee", "counter_account": "V-SALES"}],
    ("match-unmatch", "POST"): [{}, {"reason": "mine"}],
    ("match-residual", "POST"): [{"template": "rounding"}],
    ("match-suggestion-confirm", "POST"): [{}],
    ("match-suggestion-reject", "POST"): [{"reason": "mine"}],
    ("statement-line-split", "POST"): [{"parts": [{"amount": "1.00"}, {"amount": "2.00"}]}],
    ("statement-line-join", "POST"): [{}],
    ("recon-exceptions-actions", "POST"): [{"action": "check", "exceptions": [NO_JOURNAL]}],
    ("recon-exception-actions", "POST"): [{"action": "check"}, {"action": "resolve", "resolution": "accepted"}],
    ("recon-run", "POST"): [{}],
    ("recon-finish", "POST"): [{"date": "2026-03-02"}],
    ("fx-revaluations", "POST"): [{"date": "2026-03-02"}, {"date": "2026-03-02", "dry_run": True}],
    ("fx-valuation-pairs", "POST"): [{"account": "V-USD", "valuation_account": "V-USD-VALUATION"}],
    ("fx-accounts", "POST"): [{"currencies": ["XAU"]}],
    ("fx-own-rates", "POST"): [{"journal": NO_JOURNAL, "rate": "1"}],
    ("open-items-account", "PUT"): [{"terms_days": 1}],
    ("open-items-due-date", "PUT"): [{"due_on": "2026-04-01"}],
    ("open-items-allocations", "POST"): [
        {"account": "OWED-1", "allocations": [{"debit": {"journal": NO_JOURNAL}, "credit": {"journal": NO_JOURNAL}}]},
    ],
    ("open-items-allocation-undo", "POST"): [{}],
    ("open-items-runs", "POST"): [{"account": "OWED-1"}],
    ("day-policy", "PATCH"): [{"cut_off_minutes": 1}],
    ("day-close", "POST"): [{"accept": "mine"}],
    ("day-cancel", "POST"): [{"reason": "mine"}],
    ("day-reopen", "POST"): [{"reason": "mine"}],
    **{(f"proposal-{action}", "POST"): [{}] for action in ("approve", "reject", "withdraw", "execute")},
    ("periods", "POST"): [{"starts_on": "2026-01-01"}],
    ("periods-earlier-years", "POST"): [{"ends_on": "2025-12-31"}],
    **{(f"period-{action}", "POST"): [{}] for action in ("lock", "unlock", "close", "year-end")},
    ("period-reopen", "POST"): [{"reason": "mine"}],
    ("number-series", "POST"): [{"code": "N", "name": "Mine", "pattern": "{year}{number}", "kinds": ["manual"]}],
    ("tax-codes", "POST"): [
        {"code": "MINE", "name": "Mine", "kind": "output", "rate": "19", "account": "V-SALES", "starts_on": "2026-01-01"},
    ],
    ("tax-journals", "POST"): [{"lines": lines("V-CASH", "V-SALES")}],
    ("accruals", "POST"): [{"lines": lines("V-CASH", "V-SALES")}],
    ("recurring-journals", "POST"): [RECURRING],
    **{(f"recurring-journal-{action}", "POST"): [{}] for action in ("pause", "resume", "end")},
    ("dead-letter-replay", "POST"): [None, {"dry_run": True}],
    ("dead-letter-discard", "POST"): [{"reason": "mine"}],
    ("dead-letters-replay", "POST"): [None, {"dry_run": True}],
    ("webhooks", "POST"): [{"url": "https://mine.example/", "event_types": ["*"]}],
    ("webhook", "PATCH"): [{"url": "https://mine.example/"}],
    ("webhook", "DELETE"): [None],
    **{(f"webhook-{action}", "POST"): [{}] for action in ("enable", "disable", "rotate-secret", "test", "delivery-resend")},
    ("webhook-delivery-discard", "POST"): [{"reason": "mine"}],
    ("checkpoints", "POST"): [{}],
    ("commands", "POST"): [
        {"type": "TRANSFER_MONEY", "payload": TRANSFER}, {"type": "CREATE_ITEM", "payload": {"name": "mine"}},
        {"type": "REVERSE_JOURNAL", "payload": {"journal": NO_JOURNAL}},
    ],
    ("command-batch", "POST"): [
        {"items": [{"type": "TRANSFER_MONEY", "payload": TRANSFER, "idempotency_key": "v-key"}]},
    ],
    ("items", "POST"): [{"name": "mine"}],
    ("operation", "POST"): [{"parameters": {"amount": "1.00"}}, {"parameters": {"amount": "1.00"}, "dry_run": True}],
    ("operation-versions", "POST"): [{}],  # a definition would be a template of the intruder's own books
    ("operation-version-activate", "POST"): [{"reason": "mine"}],
    ("operation-version-retire", "POST"): [{}],
    ("operation-proposals", "POST"): [{"parameters": {"amount": "1.00"}, "reason": "mine"}],
    ("operation-batch", "POST"): [
        {"mode": mode, "items": [{"operation": "v-move", "parameters": {"amount": "1.00"}, "idempotency_key": "v-key"}]}
        for mode in ("each", "atomic")
    ],
    ("opening-balances", "POST"): [{"items": [{"account": "V-EMPTY", "amount": "1.00"}]}],
}  # fmt: skip
QUERIES: dict[str, list[str]] = {
    "operations": ["limit=1000"],
    "credit-owner": ["as_of=2026-03-02"],
    "credit-owner-entries": ["limit=1000", "operation=SIGNUP_CREDIT"],
    "credit-owner-statement": ["from=2026-03-02", "format=csv"],
    "operation-schema": ["version=1"],
    "operation-versions": ["limit=1000"],
    "operation-version-differences": ["with=1"],
    "journals": [
        "template=v-move", "account=V-CASH", "external_reference=V-REF", "dimension.cost_centre=north", "kind=transfer", "layer=ordinary", "limit=1000",
    ],
    "accounts": ["limit=1000", "owner_id=V-OWNER"],
    "budget-lines": ["limit=1000"],
    "dimension-values": ["limit=1000", "parent=V-NORTH"],
    "periods": ["limit=1000", "kind=year"],
    "accruals": ["limit=1000", "status=pending"],
    "recurring-journals": ["limit=1000"],
    "number-series": ["limit=1000"],
    "series-numbers": ["limit=1000", "series=transfer"],
    "tax-codes": ["limit=1000", "code=T"],
    "audit-file-fec": ["siren=732829320"],
    "audit-file-datev": ["consultant=1001&client=1"],
    "proposals": ["status=pending", "limit=1000"],
    "dead-letters": ["limit=1000", "status=open"],
    "events": ["limit=1000", "types=journal.*,account.*", "after=1"],
    "days": ["limit=1000"],
    "day": ["version=1"],
    "day-trial-balance": ["version=1", "format=text", "format=csv"],
    "account-balance": ["as_of=2026-03-02", "rollup=true"],
    "account-register": ["limit=1000", "holds=true"],
    "statements": ["limit=1000", "account=V-CASH"],
    "statement-lines": ["limit=1000"],
    "recon-exceptions": ["limit=1000", "status=unresolved", "account=RECON"],
    "recon-runs": ["limit=1000", "account=RECON"],
    "report-recon": ["account=RECON", "date=2026-03-02"],
    "holds": ["limit=1000", "account=V-CASH", "status=active"],
    "webhooks": ["limit=1000", "status=enabled"],
    "webhook-deliveries": ["limit=1000", "status=waiting"],
    "checkpoints": ["limit=1000"],
    "checkpoint": ["format=text"],
    "checkpoint-consistency": ["from=1", "from=4"],
    "journal-proof": ["size=4"],
    "account": ["at=2100-01-01T00:00:00Z"],
    "fx-rates": ["limit=1000", "versions=all", "base=EUR&quote=XAU"],
    "fx-settlements": ["limit=1000", "from=2026-03-01&to=2026-03-31"],
    "fx-own-rates": ["limit=1000", "from=2026-03-01&to=2026-03-31"],
    "fx-revaluations": ["limit=1000"],
    "fx-valuation-pairs": ["limit=1000"],
    "view-journals": ["limit=1000", f"q={HIDDEN}", "account=V-CASH", "from=2026-03-01&to=2026-03-31"],
    "view-accounts": ["limit=1000", "owner_id=V-OWNER"],
    "open-items-accounts": ["limit=1000"],
    "open-items-due-dates": ["limit=1000"],
    "open-items-allocations": ["limit=1000", "account=OWED-1"],
    "open-items-suggestions": ["account=OWED-1"],
    "fx-convert": ["amount=1&from=EUR&to=XAU&on=2026-03-02"],
}  # fmt: skip

named = pytest.mark.parametrize(
    "route, method", [pytest.param(*found, id=f"{found[1]} {found[0].template}") for found in guarded()]
)


def tell_nothing(reply: Reply, victim: Victim) -> None:
    text = reply.content.decode(errors="replace")
    assert reply.status < 500, text
    for secret in (HIDDEN, AMOUNT, *victim.ids):
        assert secret not in text


@named
def test_another_entity_is_neither_seen_nor_touched(
    victim: Victim, intruder: ApiClient, route: Route, method: str
) -> None:
    before = Event.objects.filter(entity=victim.entity).count()
    path = route.path(victim.values)
    if method == "GET":
        replies = [intruder.get(f"{path}?{query}") for query in ["", *QUERIES.get(route.name, [])]]
    else:
        assert (route.name, method) in ATTACKS, "teach this test what an intruder would send here"
        replies = [
            intruder.send(method, path, body, idempotency_key=uuid4().hex, if_match="*")
            for body in ATTACKS[route.name, method]
        ]
    for reply in replies:
        tell_nothing(reply, victim)
        if set(route.parameters) - {
            "owner_id",
            "day",
            "event_type",
            "version",
        }:  # everybody may have an owner, a day or a budget of that name
            assert reply.status in (400, 404), reply.json
    assert Event.objects.filter(entity=victim.entity).count() == before


def test_the_victim_itself_sees_what_the_intruder_must_not(victim: Victim) -> None:
    client = ApiClient(victim.entity)
    for path in (
        "/api/journals",
        f"/api/journals/{victim.values['journal_id']}",
        "/api/accounts",
        "/api/accounts/V-CASH",
        "/api/proposals",
        "/api/days",
        f"/api/dead-letters/{victim.values['letter_id']}",
        f"/api/days/{victim.values['day']}",
        f"/api/proposals/{victim.values['proposal_id']}",
    ):
        assert HIDDEN.encode() in client.get(path).content
    for path in ("/api/views/accounts", "/api/views/journals", f"/api/views/journals?q={HIDDEN}"):
        assert HIDDEN.encode() in client.get(path).content
    for path in ("/api/accounts/V-CASH/balance", "/api/owners/V-OWNER/balances", "/api/accounts/V-CASH/register"):
        assert AMOUNT.encode() in client.get(path).content


def test_the_same_idempotency_key_is_another_one_in_other_books(victim: Victim, intruder: ApiClient) -> None:
    an_account(intruder.key.entity, "V-CASH")
    an_account(intruder.key.entity, "V-SALES", "income")
    reply = intruder.post("/api/transfers", TRANSFER | {"amount": AMOUNT}, key="v-key")
    assert reply.json["status"] == "posted"
    assert HIDDEN not in reply.content.decode()


def test_every_route_asks_for_a_key(victim: Victim, intruder: ApiClient) -> None:
    for route, method in guarded():
        reply = intruder.send(method, route.path(victim.values), authorization="")
        assert (reply.status, reply.code) == (401, "unauthenticated"), (method, route.template)


def test_every_route_asks_for_a_scope(victim: Victim) -> None:
    changing, reading = (ApiClient(victim.entity, *scopes) for scopes in (("post", "manage"), ("read",)))
    for route, method in guarded():
        client = changing if method == "GET" else reading
        reply = client.send(method, route.path(victim.values), {}, idempotency_key="k")
        assert (reply.status, reply.code) == (403, "permission_missing"), (method, route.template)
