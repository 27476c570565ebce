"""The endpoints of lots, and accounts that keep them, over HTTP."""

from __future__ import annotations

from journals.posting import post_many
from tests.client import ApiClient
from tests.lots.granting import credit_books, day, grant, sale, spend
from tests.lots.test_lots import hold


def test_what_a_balance_consists_of() -> None:
    books = credit_books()
    api = ApiClient(books)
    drafts = [
        sale("10", "1.00", expires_on=2), grant("20", usable_for=("app:ai",)), grant("30", valid_from=day(9)),
        grant("7", priority=9), spend("4", effective_date=day(0)),
    ]  # fmt: skip
    first, *_ = (answer for part in (drafts[:1], drafts[1:]) for answer in post_many(books.id, part))
    hold(books, "3")
    figures = ("balance", "remaining", "owed", "spendable", "pinned", "over", "not_valid_yet", "restricted")

    def told(query: str = "") -> str:
        answer = api.get(f"/api/accounts/wallet/lots{query}")
        assert answer.status == 200
        return " ".join(str(answer.json[name]) for name in figures)

    assert told() == "63 63 0 10 3 0 30 20"
    assert told("?purpose=app:shop,app:ai") == "63 63 0 30 3 0 30 0"
    assert told(f"?on={day(3)}") == "63 63 0 7 3 3 30 20"
    assert told(f"?as_of={day(9)}") == "63 63 0 37 None 6 0 20"
    assert told(f"?as_of={day(-1)}") == "0 0 0 0 None 0 0 0"
    assert first.recorded_at is not None
    assert told(f"?known_at={first.recorded_at.isoformat().replace('+00:00', 'Z')}") == "10 10 0 10 None 0 0 0"
    lots = api.get("/api/accounts/wallet/lots").json["lots"]
    assert [(lot["arrival"], lot["remaining"], lot["pinned"], lot["cost_left"]) for lot in lots] == [
        (1, "6", "3", "0.60"), (2, "20", "0", "0"), (3, "30", "0", "0"), (4, "7", "0", "0")]  # fmt: skip
    shown = api.get(f"/api/lots/{lots[0]['id']}").json
    assert (shown["account"], shown["expires_on"], shown["paid"], shown["income_account"]) == (
        "wallet", str(day(2)), True, "income")  # fmt: skip
    assert [(one["action"], one["amount"], one["remaining"], one["cost"]) for one in shown["entries"]] == [
        ("granted", "10", "10", "1.00"), ("spent", "4", "6", "0.40")]  # fmt: skip


def test_what_is_not_there_is_named() -> None:
    books = credit_books()
    api = ApiClient(books)
    assert api.get("/api/accounts/nobody/lots").status == 404
    assert api.get("/api/accounts/bank/lots").code == "malformed"
    assert api.get("/api/lots/00000000-0000-7000-8000-000000000000").status == 404
    opened = api.post(
        "/api/accounts", {"code": "new", "name": "New", "currency": "CREDIT", "type": "liability", "keeps_lots": True}
    )
    assert (opened.status, opened.json["keeps_lots"]) == (201, True)
    header = {"code": "top", "name": "Top", "currency": "CREDIT", "is_header": True, "keeps_lots": True}
    assert api.post("/api/accounts", header).code == "malformed"
