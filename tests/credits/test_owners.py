"""What is read of owners over HTTP: what they have, what moved it, their statement, and the liability of them all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from pytest_django import Settings

from apps.credits.wallets import wallet_code
from journals.drafts import LotTerms
from journals.posting import post
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity, Event
from tests.builders import TODAY, a_journal, a_transfer, balance_of
from tests.calendars import close
from tests.client import ApiClient
from tests.credits.shops import SHOP, run
from tests.holding import capture, held
from tests.lots.granting import credit_books, day
from tests.lots.lot_books import COST

ANN = "users/ann @ \u00e9"


@pytest.fixture
def books(settings: Settings) -> Entity:
    settings.LEDGERFLOW_APPLICATIONS = [SHOP]
    return credit_books()


def of(api: ApiClient, owner: str, more: str = "", **asked: Any) -> Any:
    reply = api.get(f"/api/credits/owners/{quote(owner, safe='')}{more}", asked)
    assert reply.status == 200, reply.content
    return reply.json


def sold(books: Entity, owner: str, amount: str, cost: str, **terms: Any) -> None:
    """Credits that were sold for money, posted by hand."""
    lots = LotTerms(cost=Decimal(cost), paid=True, expiry_account="expired", **COST, **terms)
    wallet = wallet_code("CREDIT", owner)
    post(
        books.id,
        a_journal(("issued", amount), (wallet, f"-{amount}"), ("bank", cost), ("deferred", f"-{cost}"), lots=lots),
    )


def test_what_an_owner_has_is_what_the_engine_would_let_him_spend(books: Entity) -> None:
    api = ApiClient(books, "read")
    for part in of(api, ANN)["wallets"]:
        assert (part["wallet"], part["total"], part["spendable"][0]["operations"]["IMAGE"]) == (None, "0", "0")
    run(books, "GIFT", ANN)
    run(books, "CREDIT_ADD", ANN, "10")
    sold(books, ANN, "20", "4.00", expires_on=day(20))
    hold = held(books, "3", wallet_code("CREDIT", ANN))
    run(books, "IMAGE", ANN)
    told = of(api, ANN)
    assert (told["owner_id"], told["day"], told["as_of"]) == (ANN, str(TODAY), None)
    (wallet,) = told["wallets"]
    figures = ("total", "pinned", "owed", "over", "expiring_in_7_days", "expiring_in_30_days", "more")
    assert [wallet[name] for name in figures] == ["32", "3", "0", "0", "7", "19", False]
    # The gift comes after the others, for its priority, and is for images: 5 of the sold ones went for the image.
    assert [(one["amount"], one["remaining"], one["pinned"], one["cost_left"]) for one in wallet["lots"]] == [
        ("20", "15", "3", "3.00"), ("10", "10", "0", "0"), ("7", "7", "0", "0")]  # fmt: skip
    (gallery,) = wallet["spendable"]
    assert gallery == {
        "application": "gallery", "spendable": "22", "operations": {"CREDIT_SPEND": "22", "IMAGE": "29"},
    }  # fmt: skip
    run(books, "CREDIT_SPEND", ANN, "22")
    assert of(api, ANN)["wallets"][0]["spendable"][0]["spendable"] == "0"
    capture(books, hold, "3", counter="used")
    (then,) = of(api, ANN, as_of=day(6))["wallets"]
    assert (then["total"], then["over"], then["pinned"], then["expiring_in_7_days"]) == ("7", "7", None, "0")
    assert of(api, ANN, as_of=day(-1))["wallets"][0]["total"] == "0"
    first = Event.objects.filter(entity=books, type="journal.posted").earliest("sequence").recorded_at
    assert of(api, ANN, known_at=first.isoformat())["wallets"][0]["total"] == "7"
    for bad in (" ", "x" * 101, "a\x00b"):
        assert api.get(f"/api/credits/owners/{quote(bad)}").code == "malformed"


def test_entries_are_journals_and_a_statement_runs_by_date(books: Entity) -> None:
    api = ApiClient(books, "read")
    wallet = wallet_code("CREDIT", "ann")
    gift = run(books, "GIFT")
    run(books, "CREDIT_ADD", amount="10")
    image = run(books, "IMAGE")
    reverse_journal(books.id, image.id, key=uuid4().hex, actor="user:1")
    post(
        books.id, a_journal((wallet, "-4"), (wallet, "1"), ("issued", "3"), effective_date=TODAY, description="By hand")
    )
    post(books.id, a_transfer(wallet, "used", "2", metadata={"operation": "IMAGE"}))
    for number in range(6):
        close(books, day(number))
    everything = of(api, "ann", "/entries")["results"]
    shown = ("application", "operation", "kind", "amount", "balance_after", "effective_date", "actor")
    assert [[one[name] for name in shown] for one in everything] == [
        [None, None, "lot_expiry", "-7", "11", str(day(6)), everything[0]["actor"]],
        [None, None, "transfer", "-2", "18", str(TODAY), everything[1]["actor"]],
        [None, None, "manual", "3", "20", str(TODAY), everything[2]["actor"]],
        [None, None, "reversal", "5", "17", str(TODAY), "user:1"],
        ["gallery", "IMAGE", "credits", "-5", "12", str(TODAY), "key:1"],
        ["gallery", "CREDIT_ADD", "credits", "10", "17", str(TODAY), "key:1"],
        ["gallery", "GIFT", "credits", "7", "7", str(TODAY), "key:1"],
    ]
    assert everything[3]["reverses"] == str(image.id)
    page, paged = of(api, "ann", "/entries", limit=3), []
    while True:
        paged += page["results"]
        if page["next"] is None:
            break
        page = api.get(page["next"].removeprefix("http://testserver")).json
    assert paged == everything
    for asked, expected in (
        ({"operation": "IMAGE"}, ["-5"]), ({"application": "gallery", "operation": "GIFT"}, ["7"]),
        ({"from": day(1)}, ["-7"]), ({"to": TODAY, "application": "gallery"}, ["-5", "10", "7"]),
        ({"known_at": everything[-1]["recorded_at"]}, ["7"]), ({"application": "other"}, []),
    ):  # fmt: skip
        assert [one["amount"] for one in of(api, "ann", "/entries", **asked)["results"]] == expected
    assert of(api, "nobody", "/entries")["results"] == []
    told = of(api, "ann", "/statement", **{"from": day(-2), "to": day(3)})
    (section,) = told["sections"]
    assert (section["opening"], section["closing"], len(section["entries"])) == ("0", "18", 6)
    assert section["expiring"] == [{"expires_on": str(day(5)), "amount": "7"}]
    later = of(api, "ann", "/statement", **{"from": day(4)})["sections"][0]
    assert (later["opening"], [one["amount"] for one in later["entries"]], later["closing"]) == ("18", ["-7"], "11")
    for wanted, words in (("csv", b"CREDIT_ADD"), ("pdf", b"%PDF"), ("xlsx", b"PK")):
        assert words in api.get("/api/credits/owners/ann/statement", {"format": wanted}).content
    assert of(api, "nobody", "/statement")["sections"] == []
    assert gift.number


def test_the_liability_is_the_balance_of_wallets_and_its_cost_that_of_the_ledger(books: Entity) -> None:
    api = ApiClient(books, "read")
    run(books, "GIFT")
    run(books, "CREDIT_ADD", amount="10")
    sold(books, "ann", "20", "4.00", expires_on=day(2))
    sold(books, "ann", "30", "9.00", expires_on=day(40))
    image = run(books, "CREDIT_SPEND", amount="5")
    run(books, "CREDIT_ADD", "bob", "6")
    reverse_journal(books.id, image.id, key=uuid4().hex, actor="test")
    run(books, "CREDIT_SPEND", amount="4")
    for number in range(3):
        close(books, day(number))

    def lines(part: str, **asked: Any) -> dict[str, tuple[str, str, str, Any]]:
        reply = api.get("/api/reports/credits-liability", asked)
        assert reply.status == 200, reply.content
        (unit,) = reply.json["units"]
        return {one["name"]: (one["paid"], one["promotional"], one["total"], one["cost"]) for one in unit[part]}

    assert lines("outstanding") == {
        "2026-03": ("0", "7", "7", {}), "2026-04": ("30", "0", "30", {"EUR": "9.00"}),
        "Never expires": ("16", "0", "16", {}), "Outstanding": ("46", "7", "53", {"EUR": "9.00"}),
    }  # fmt: skip
    assert lines("movements") == {
        "Outstanding before": ("0", "0", "0", {"EUR": "0.00"}), "Granted": ("66", "7", "73", {"EUR": "13.00"}),
        "Redeemed": ("-4", "0", "-4", {"EUR": "-0.80"}), "Expired": ("-16", "0", "-16", {"EUR": "-3.20"}),
        "Outstanding": ("46", "7", "53", {"EUR": "9.00"}),
    }  # fmt: skip
    owned = sum(balance_of(books, wallet_code("CREDIT", owner)) for owner in ("ann", "bob"))
    assert owned == 53
    assert [balance_of(books, code) for code in ("deferred", "income", "breakage")] == [
        Decimal("9.00"), Decimal("0.80"), Decimal("3.20")]  # fmt: skip
    assert lines("outstanding", as_of=TODAY)["2026-03"] == ("16", "7", "23", {"EUR": "3.20"})
    assert lines("outstanding", known_at="2999-01-01T00:00:00Z", as_of=day(3)) == lines("outstanding")
    assert lines("movements", **{"from": day(1)})["Outstanding before"] == ("62", "7", "69", {"EUR": "12.20"})
    assert api.get("/api/reports/credits-liability", {"unit": "NONE"}).code == "unknown_currency"
    content = api.get("/api/reports/credits-liability", {"format": "csv", "unit": "CREDIT"}).content.decode()
    assert "Never expires" in content
    assert api.get("/api/reports/credits-liability", {"format": "pdf"}).content.startswith(b"%PDF")
