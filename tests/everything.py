"""Books with at least three rows in every list of the API, made by the API: for tests that go through all routes."""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from typing import Any, NamedTuple

from journals.days.closing.running import close_through
from journals.periods.use_cases import make_fiscal_year
from ledgerflow.books.models import Entity
from ledgerflow.events.checkpoints.use_cases import make_checkpoint
from tests.approving import a_proposal, an_opener
from tests.builders import an_account, an_entity
from tests.cases.reconciling import some_exceptions
from tests.client import ApiClient, Reply
from tests.commands.commanding import some_commands
from tests.consuming.toys import Toy, a_dead_letter
from tests.content.writing import some_content
from tests.credits.keeping import kept
from tests.importing import some_imports
from tests.lots.granting import some_lots
from tests.matches.some_matches import some_matches
from tests.open_items.invoicing import some_items
from tests.read_models.projecting import project
from tests.statements.banking import a_statement_file
from tests.templates.templating import activated, moving
from tests.webhooks.receiving import some_webhooks

CURRENCIES = ("USD", "JPY", "GBP")
# Spot, and what the three revaluations close at.
RATES = {
    "USD": ("1.25", "1.26", "1.27", "1.28"),
    "JPY": ("160", "161", "162", "163"),
    "GBP": ("0.85", "0.86", "0.87", "0.88"),
}
LAST_CLOSED = date(2026, 3, 5)


class Everything(NamedTuple):
    """`values` are what the routes take in their paths."""

    entity: Entity
    client: ApiClient
    values: dict[str, Any]


def everything() -> Everything:
    """Books on Friday 6 March 2026; 2 to 5 March are closed."""
    entity = an_entity(dimensions=["cost_centre", "party", "tax"])
    client = ApiClient(entity)
    values: dict[str, Any] = {"code": "CASH", "owner_id": "OWNER", "day": str(LAST_CLOSED)}
    values["event_type"] = "journal.posted.v1"
    for code in ("CASH", "TILL", "SAFE"):
        an_account(entity, code, owner_id="OWNER")
    an_account(entity, "SALES", "income")
    values |= {"dimension": "party", "value": "P-1"}
    for value in ("P-1", "P-2", "P-3"):
        _made(client.post("/api/dimensions/party/values", {"code": value, "name": value}))
    transfer = {"debit_account": "CASH", "credit_account": "SALES", "amount": "1000.00"}
    for _ in range(3):
        values["journal_id"] = _made(client.post("/api/transfers", transfer))["journal"]["id"]
        values["proposal_id"] = a_proposal(entity, an_opener()).id
    for name in ("a.txt", "b.txt", "c.txt"):
        attached = client.send(
            "POST", f"/api/journals/{values['journal_id']}/attachments?name={name}", name.encode(), idempotency_key=name
        )
        values["sha256"] = _made(attached)["sha256"]
    _taxes(client)
    for code in ("move", "save", "sell"):
        values["template"] = activated(entity, code, moving("CASH", "SALES")).code
        _made(client.post(f"/api/operations/{code}", {"parameters": {"amount": "1.00"}}))
    for name in ("Move", "Moved"):
        _made(client.post("/api/operations/sell/versions", {"definition": moving("CASH", "SALES", name=f"{name} it")}))
    values["number"] = 3
    values |= some_items(entity) | some_lots(entity, "CASH", "SALES") | some_content(entity)
    values["application"] = kept(entity).code
    for operation in ("SIGNUP_CREDIT", "CREDIT_ADD", "CREDIT_SPEND"):
        _made(
            client.post(
                "/api/credits/operations", {"application": "content", "operation": operation, "owner_id": "OWNER"}
            )
        )
    _made(client.send("PATCH", "/api/dimensions/party", {"values": "declared"}, if_match="*"))
    for kind in ("transfer", "manual", "reversal"):
        series = {"code": kind, "name": kind, "pattern": "{number:05}", "kinds": [kind], "restarts": "never"}
        _made(client.post("/api/number-series", series))
    assert len(client.get("/api/series-numbers").json["results"]) > 3
    some_imports(entity, "CASH", "SALES")
    values |= _exchange(entity, client) | some_matches(entity) | some_exceptions(entity)
    closed = list(close_through(entity.id, date(2026, 3, 3), actor="test"))
    _made(client.post("/api/transfers", transfer))  # on a day of its own
    closed += close_through(entity.id, LAST_CLOSED, actor="test")
    assert [one.status for one in closed] == ["closed"] * 4
    values["period_id"] = make_fiscal_year(entity.id, date(2026, 1, 1), actor="test")[0].id
    values["version"] = "plan-2026"
    planned = [{"account": "SALES", "period": f"2026-0{month}", "amount": "9.00"} for month in (1, 2, 3)]
    _made(client.post("/api/budgets/plan-2026/lines", {"lines": planned}))
    for sequence in (2, 3, 4):
        values["letter_id"] = a_dead_letter(Toy(), entity, sequence).pk
        an_account(entity, f"CHECKED-{sequence}")
        make_checkpoint(entity.id)
    values |= _statements(client)
    values |= _pending(client) | some_webhooks(entity) | some_commands(entity)
    project(entity)
    values["size"] = make_checkpoint(entity.id).size
    return Everything(entity, client, values)


def _taxes(client: ApiClient) -> None:
    """Two versions of a tax code, and one of another."""
    code = {"code": "T", "name": "Tax", "kind": "output", "rate": "19", "account": "SALES", "starts_on": "2026-01-01"}
    for more in (
        {},
        {"rate": "7", "ends_on": "2026-12-31"},
        {"code": "RC", "kind": "reverse_charge", "deduct_account": "TILL"},
    ):
        _made(client.post("/api/tax-codes", code | more))


def _exchange(entity: Entity, client: ApiClient) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for currency in CURRENCIES:
        an_account(entity, f"BANK-{currency}", currency=currency)
        _rate(client, currency, RATES[currency][0])
    _made(client.post("/api/fx/accounts", {"currencies": list(CURRENCIES)}))
    for currency in CURRENCIES:
        deal = {"sell_currency": "EUR", "buy_currency": currency, "sell_amount": "8.00"}
        accounts = {"sell_account": "CASH", "buy_account": f"BANK-{currency}"}
        found["quote_id"] = _made(client.post("/api/fx/quotes", deal | accounts))["id"]
        settled = _made(client.post("/api/fx/settlements", {"quote": found["quote_id"]}))
        found["settlement_id"] = settled["id"]
        _made(client.post("/api/fx/own-rates", {"journal": _foreign(client, currency), "rate": "0.9"}))
    for place in (1, 2, 3):
        for currency in CURRENCIES:
            _rate(client, currency, RATES[currency][place], kind="closing")
        found["revaluation_id"] = _made(client.post("/api/fx/revaluations", {"date": "2026-03-02"}))["id"]
    return found


def _foreign(client: ApiClient, currency: str) -> str:
    """A journal in another currency."""
    transfer = {"debit_account": f"BANK-{currency}", "credit_account": f"FX-SPREAD-{currency}", "amount": "1"}
    journal: str = _made(client.post("/api/transfers", transfer))["journal"]["id"]
    return journal


def _rate(client: ApiClient, currency: str, value: str, **given: str) -> None:
    rate = {"base": "EUR", "quote": currency, "date": "2026-03-02", "value": value} | given
    _made(client.post("/api/fx/rates", {"rates": [rate], "confirm_jump": True}))


def _pending(client: ApiClient) -> dict[str, Any]:
    """Holds, recurring journals and accruals."""
    found: dict[str, Any] = {}
    lines = [
        {"account": code, "side": side, "amount": "1.00"} for code, side in (("CASH", "debit"), ("SALES", "credit"))
    ]
    recurring = {"name": "Fee", "lines": lines, "frequency": "monthly", "day": 1, "starts_on": "2026-04-01"}
    for _ in range(3):
        found["hold_id"] = _made(client.post("/api/holds", {"account": "CASH", "amount": "1.00"}))["hold"]["id"]
        found["recurring_id"] = _made(client.post("/api/recurring-journals", recurring))["id"]
        _made(client.post("/api/accruals", {"lines": lines}))
    return found


def _statements(client: ApiClient) -> dict[str, Any]:
    """Bank accounts, and three statements of one of them."""
    for code in ("CASH", "TILL", "SAFE"):
        _made(client.send("PUT", f"/api/recon/bank-accounts/{code}", {"name": code}, if_match="*"))
    found: dict[str, Any] = {}
    for number in range(3):
        data = a_statement_file((f"{number + 1}.00", f"R-{number}"), opening=f"{number * (number + 1) // 2}.00")
        body = {"account": "CASH", "file_name": "statement.sta", "content": b64encode(data).decode()}
        found["statement_id"] = _made(client.post("/api/recon/statements", body))["statements"][0]["id"]
    found["line_id"] = client.get("/api/recon/lines").json["results"][0]["id"]
    return found


def _made(reply: Reply) -> Any:
    assert reply.status in {200, 201}, reply.json
    assert not (isinstance(reply.json, dict) and reply.json.get("refused")), reply.json
    return reply.json
