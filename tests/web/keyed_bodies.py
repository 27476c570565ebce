"""Bodies and addresses of requests that take a key."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.calendars import NEW_YEAR
from tests.client import NO_JOURNAL
from tests.statements.banking import a_statement_file

SALE = {"debit_account": "cash", "credit_account": "sales", "amount": "1.00"}
LINES = [
    {"account": "rent", "side": "debit", "amount": "5.00"},
    {"account": "cash", "side": "credit", "amount": "5.00"},
]
UNKNOWN = [LINES[0], {"account": "nowhere", "side": "credit", "amount": "5.00"}]
UNBALANCED = [LINES[0], LINES[1] | {"amount": "6.00"}]
SERIES = {"code": "S", "name": "Sales", "pattern": "S-{year}-{number}", "kinds": ["recurring"]}
TAX_CODE = {
    "code": "T", "name": "Tax", "kind": "output", "rate": "19", "account": "shop", "starts_on": "2026-01-01",
}  # fmt: skip
RENT = {"name": "Rent", "lines": LINES, "frequency": "monthly", "day": 31, "starts_on": "2027-01-01"}
DEAL = {"sell_currency": "EUR", "buy_currency": "USD", "sell_amount": "10.00"}
COMMENT = {"action": "comment", "comment": "seen"}
NEW_BASE = {"currency": "USD", "date": "2029-01-01", "rate": "1.10000"}
ORDER = {"direct": DEAL, "sell_account": "BANK-EUR", "buy_account": "BANK-USD"}


BUDGET = {"account": "sales", "period": "2026-03", "amount": "9.00"}
OWN_RATES = "/api/fx/own-rates"
ALLOCATIONS = "/api/open-items/allocations"
MATCHES, DIFFERENCES = (f"/api/recon/bank-accounts/MATCHED/{one}" for one in ("matches", "differences"))
FEE = {"template": "fee", "counter_account": "rent"}
PARTS = {"parts": [{"amount": "1.00"}, {"amount": "2.00"}]}
FILE = {"file_name": "x.sta", "content": b64encode(a_statement_file(("1.00", "R-1", NEW_YEAR))).decode()}
ACCOUNTS = {"cash": "asset", "wallet": "liability", "shop": "liability", "sales": "income", "rent": "expense"}


def _sent(path: str, *bodies: dict[str, Any]) -> list[Callable[[Any], tuple[str, Any]]]:
    def sent(body: dict[str, Any], _scene: object) -> tuple[str, dict[str, Any]]:
        return path, body

    return [partial(sent, body) for body in bodies]


CREDIT = {"operation": "CREDIT_ADD", "owner_id": "ann", "amount": "7"}
PIECE = {"owner_id": "ann", "title": "On trees"}
# By endpoint: what is asked for, and something else, which is refused.
KEYED: dict[str, list[Callable[[Any], tuple[str, Any]]]] = {
    "attachment_add": [
        lambda scene: (f"/api/journals/{scene.journal}/attachments?name=a.txt", b"a"),
        lambda _: (f"/api/journals/{NO_JOURNAL}/attachments?name=a.txt", b"a"),
    ],
    "operation_run": _sent("/api/operations/move", {"parameters": {"amount": "1.00"}}, {"parameters": {"amount": 1}}),
    "series_make": _sent("/api/number-series", SERIES, SERIES | {"kinds": ["manual", "transfer"]}),
    "tax_code_set": _sent("/api/tax-codes", TAX_CODE, TAX_CODE | {"account": "nowhere"}),
    "credit_operation": _sent("/api/credits/operations", CREDIT, CREDIT | {"amount": "-7"}),
    "content_write": _sent("/content", PIECE, PIECE | {"premium": True}),  # what the credits of before pay for
}
