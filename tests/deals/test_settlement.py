"""Quotes and settlements: both journals or none, once, at the pinned rate, and back as a pair."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connections

from accounts.changing import change_account, close_account
from accounts.errors import UnknownAccount
from fx.deals.errors import FxAccountAmbiguous, FxAccountMissing, QuoteExpired, QuoteUsed
from fx.deals.models import FxQuote, Settlement
from fx.deals.plan import Order
from fx.deals.quoting import Deal, quote
from fx.deals.role_accounts import open_missing
from fx.deals.settlement import reverse_settlement, settle
from fx.deals.settlement_proof import proof_of
from fx.rates.errors import RateMissing
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from journals.errors import (
    AlreadyReversed,
    BeforeOriginal,
    CurrencyMismatch,
    FutureDate,
    InsufficientFunds,
    NotReversible,
)
from journals.models import Journal
from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from ledgerflow.books import writing
from ledgerflow.books.models import Entity, Event
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core import clocks
from ledgerflow.core.errors import IdempotencyKeyReused, LedgerError, Malformed, NotFound, TryAgain
from tests.builders import TODAY, a_transfer, an_account, balance_of, posted
from tests.trading import a_rate, an_exchange, go_to, lines

MINUTES = timedelta(minutes=5)
TOMORROW = TODAY + timedelta(days=1)


def a_quote(entity: Entity, **given: object) -> FxQuote:
    deal = Deal("EUR", "USD", **({"sell_amount": Decimal("1000.00"), "spread_percent": Decimal("0.5")} | given))  # type: ignore[arg-type]
    return quote(entity.id, deal, expires_in=MINUTES, actor="test")


def order_of(quoted: FxQuote, **given: object) -> Order:
    return Order(**({"quote": quoted.id, "sell_account": "WALLET-EUR", "buy_account": "WALLET-USD"} | given))  # type: ignore[arg-type]


def faults(entity: Entity) -> list[str]:
    from fx.deals.proof import check_deals

    with snapshot() as connection:
        return [*map(str, verify_books(entity.id)), *map(str, check_deals(connection, entity.id))]


def test_a_quote_pins_price_rate_and_spread(house: Entity) -> None:
    # 1,000.00 x 1.0892 = 1,089.20; 0.5 % = 5.446, half to even 5.45; 1,083.75 comes out
    made = a_quote(house)
    assert [str(n) for n in (made.gross_amount, made.spread_amount, made.buy_amount)] == ["1089.20", "5.45", "1083.75"]
    (leg,) = made.chain
    assert (leg["base"], leg["quote"], leg["value"], leg["version"]) == ("EUR", "USD", "1.0892", 1)
    assert made.expires_at - made.recorded_at == MINUTES
    assert Event.objects.filter(entity=house, type="fx.quoted", subject=str(made.id)).exists()


def test_a_quote_is_settled_at_its_own_rate_whatever_came_since(house: Entity) -> None:
    made = a_quote(house)
    a_rate(house, "1.2000")
    done = settle(house.id, order_of(made), key="one", actor="test").settlement
    assert lines(done.sell_journal) == {"WALLET-EUR": "1000.00", "FX-CLEARING-EUR": "-1000.00"}
    assert lines(done.buy_journal) == {"FX-CLEARING-USD": "1089.20", "WALLET-USD": "-1083.75", "FX-SPREAD-USD": "-5.45"}
    assert {one.kind for one in (done.sell_journal, done.buy_journal)} == {"fx_settlement"}
    # 1,083.75 / 1.0892 = 994.9963 -> 995.00; the spread is the rest of 1,000.00
    assert [str(n) for n in (done.sell_base, done.buy_base, done.spread_base)] == ["1000.00", "995.00", "5.00"]
    assert faults(house) == []


def test_the_houses_own_accounts_move_the_other_way(house: Entity) -> None:
    done = an_exchange(house, "BANK-EUR", "BANK-USD", "1000.00", spread="0.5").settlement
    assert lines(done.sell_journal) == {"BANK-EUR": "-1000.00", "FX-CLEARING-EUR": "1000.00"}
    assert lines(done.buy_journal) == {"FX-CLEARING-USD": "-1089.20", "BANK-USD": "1083.75", "FX-SPREAD-USD": "5.45"}


def test_money_that_comes_in_says_on_which_side(house: Entity) -> None:
    with pytest.raises(Malformed, match="different normal sides"):
        an_exchange(house, "BANK-EUR", "WALLET-USD", "1000.00")
    done = an_exchange(house, "BANK-EUR", "WALLET-USD", "1000.00", sell_side="debit").settlement
    assert lines(done.sell_journal)["BANK-EUR"] == "1000.00"
    assert lines(done.buy_journal)["WALLET-USD"] == "-1089.20"


def test_what_rounding_leaves_goes_to_the_rounding_account(house: Entity) -> None:
    # 10.10 EUR x 162.03 = 1,636.503 -> 1,637 JPY, worth 1,637 / 162.03 = 10.1031 -> 10.10: nothing.
    # 0.10 EUR x 162.03 = 16.203 -> 16 JPY, worth 0.0987 -> 0.10: nothing. At 3.49 to the euro 10.10 is 35, worth 10.03.
    assert "FX-ROUNDING-EUR" not in lines(an_exchange(house, "BANK-EUR", "BANK-JPY", "10.10").settlement.buy_journal)
    a_rate(house, "3.49", quote="JPY")
    done = an_exchange(house, "BANK-EUR", "BANK-JPY", "10.10").settlement
    assert lines(done.buy_journal) == {
        "FX-CLEARING-JPY": "-35", "BANK-JPY": "35", "FX-CLEARING-EUR": "-0.07", "FX-ROUNDING-EUR": "0.07",
    }  # fmt: skip
    proof = proof_of(done)
    assert (str(proof.total), str(proof.rounding), proof.agrees) == ("0.00", "0.07", True)
    assert sorted(str(line.base) for line in proof.lines) == ["-10.03", "10.03"]


def test_a_cross_goes_through_the_euro_and_shows_it(house: Entity) -> None:
    posted(house, a_transfer("BANK-USD", "WALLET-USD", "1000.00"))
    # 1,000.00 / 1.0892 x 162.03 = 148,760.558 -> 148,761 JPY; 1,000.00 / 1.0892 = 918.1050 EUR
    done = an_exchange(house, "WALLET-USD", "WALLET-JPY", "1000.00").settlement
    assert (str(done.buy_amount), str(done.sell_base), str(done.buy_base)) == ("148761", "918.11", "918.11")
    assert [leg["operation"] for leg in done.chain] == ["divide", "multiply"]
    assert [leg["quote"] for leg in done.base_chain] == ["USD"]


def test_a_quoted_cross_is_valued_at_the_rates_of_the_quote(house: Entity) -> None:
    made = quote(house.id, Deal("USD", "JPY", sell_amount=Decimal("1000.00")), expires_in=MINUTES, actor="test")
    a_rate(house, "1.5000")
    order = Order(quote=made.id, sell_account="WALLET-USD", buy_account="WALLET-JPY")
    done = settle(house.id, order, key="one", actor="test").settlement
    assert [leg["value"] for leg in (*done.chain, *done.base_chain)] == ["1.0892", "162.03", "1.0892"]
    assert (str(done.sell_base), str(done.buy_base)) == ("918.11", "918.11")


def test_a_rate_to_base_that_the_quote_did_not_need_may_come_later(house: Entity) -> None:
    for currency in ("GBP", "CHF"):
        an_account(house, f"WALLET-{currency}", "liability", currency=currency)
    open_missing(house.id, ["GBP", "CHF"], actor="test")
    record_rates(house.id, [Quote("GBP", "CHF", TODAY, "spot", Decimal("1.10"))], source="test", actor="test")
    made = quote(house.id, Deal("GBP", "CHF", sell_amount=Decimal("100.00")), expires_in=MINUTES, actor="test")
    order = Order(quote=made.id, sell_account="WALLET-GBP", buy_account="WALLET-CHF")
    with pytest.raises(RateMissing):
        settle(house.id, order, key="one", actor="test")
    a_rate(house, "0.8000", quote="GBP")
    assert str(settle(house.id, order, key="one", actor="test").settlement.sell_base) == "125.00"


def test_a_purchase_says_what_must_come_out(house: Entity) -> None:
    made = a_quote(house, sell_amount=None, buy_amount=Decimal("1083.75"))
    # 1,083.75 / 0.995 = 1,089.196 -> 1,089.20; / 1.0892 = 1,000.00
    assert [str(n) for n in (made.sell_amount, made.gross_amount, made.buy_amount)] == ["1000.00", "1089.20", "1083.75"]


def test_the_same_request_again_is_a_replay(house: Entity) -> None:
    deal = Deal("EUR", "USD", sell_amount=Decimal(10))
    order = Order(deal=deal, sell_account="BANK-EUR", buy_account="BANK-USD")
    first = settle(house.id, order, key="k", actor="test")
    a_rate(house, "1.5")
    again = settle(house.id, order, key="k", actor="other")
    assert (again.replayed, again.settlement) == (True, first.settlement)
    assert str(again.settlement.buy_amount) == "10.89"
    with pytest.raises(IdempotencyKeyReused):
        settle(house.id, Order(deal=deal, sell_account="WALLET-EUR", buy_account="WALLET-USD"), key="k", actor="test")


def test_a_key_of_another_journal_is_not_taken_over(house: Entity) -> None:
    posted(house, a_transfer("BANK-EUR", "CAPITAL", "1.00", key="taken"))
    with pytest.raises(IdempotencyKeyReused):
        settle(house.id, order_of(a_quote(house)), key="taken", actor="test")
    assert not Settlement.objects.filter(entity=house).exists()


def test_a_quote_is_settled_once(house: Entity) -> None:
    made = a_quote(house)
    done = settle(house.id, order_of(made), key="one", actor="test")
    with pytest.raises(QuoteUsed) as refused:
        settle(house.id, order_of(made), key="two", actor="test")
    assert refused.value.data == {"settlement": str(done.settlement.id)}
    assert balance_of(house, "WALLET-USD") == Decimal("1083.75")


def test_a_quote_that_has_expired_is_not_settled(house: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    made = a_quote(house)
    monkeypatch.setattr(clocks, "now", lambda: made.expires_at + timedelta(microseconds=1))
    monkeypatch.setattr("django.conf.settings.LEDGERFLOW_CLOCK_LEAD_SECONDS", 600)
    with pytest.raises(QuoteExpired):
        settle(house.id, order_of(made), key="late", actor="test")
    assert balance_of(house, "WALLET-EUR") == 0


def at_once(*works: Callable[[], object]) -> None:
    """Run each in a thread of its own, all from the same moment on."""
    ready = Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        ready.wait()
        try:
            work()
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_of_two_settlements_of_one_quote_one_wins(house: Entity) -> None:
    made, won, lost = a_quote(house), [], []

    def try_it(key: str) -> None:
        try:
            won.append(settle(house.id, order_of(made), key=key, actor="test"))
        except QuoteUsed as refusal:
            lost.append(refusal)

    at_once(partial(try_it, "a"), partial(try_it, "b"))
    assert (len(won), len(lost)) == (1, 1)
    assert Journal.objects.filter(entity=house, kind="fx_settlement").count() == 2


def test_one_request_sent_twice_at_once_settles_once(house: Entity) -> None:
    order = Order(deal=Deal("EUR", "USD", sell_amount=Decimal(10)), sell_account="BANK-EUR", buy_account="BANK-USD")
    done = []
    at_once(*[lambda: done.append(settle(house.id, order, key="same", actor="test"))] * 2)
    assert sorted(one.replayed for one in done) == [False, True]
    assert Journal.objects.filter(entity=house, kind="fx_settlement").count() == 2


def test_both_journals_or_none(house: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection breaks at the worst moment: all rows are written, and COMMIT is not sent yet."""
    made = a_quote(house)
    commit = writing.Transaction._commit

    def broken(tx: writing.Transaction) -> None:
        tx.query("SELECT pg_terminate_backend(pg_backend_pid())")
        commit(tx)

    monkeypatch.setattr(writing.Transaction, "_commit", broken)
    with pytest.raises(TryAgain):
        settle(house.id, order_of(made), key="one", actor="test")
    monkeypatch.undo()
    assert not Journal.objects.filter(entity=house, kind="fx_settlement").exists()
    assert not Settlement.objects.filter(entity=house).exists()
    assert not settle(house.id, order_of(made), key="one", actor="test").replayed
    assert faults(house) == []


def test_what_is_refused_leaves_nothing(house: Entity) -> None:
    change_account(house.id, "WALLET-EUR", {"min_balance": Decimal(0)}, actor="test")
    made = a_quote(house)
    with pytest.raises(InsufficientFunds):
        settle(house.id, order_of(made), key="one", actor="test")
    assert not Journal.objects.filter(entity=house, kind="fx_settlement").exists()
    posted(house, a_transfer("BANK-EUR", "WALLET-EUR", "1000.00"))
    settle(house.id, order_of(made), key="one", actor="test")  # refusals are not remembered


def no_clearing(house: Entity) -> None:
    close_account(house.id, "FX-CLEARING-USD", actor="test")


def two_clearings(house: Entity) -> None:
    an_account(house, "X-CLEARING", currency="USD", role="fx_clearing")


def no_spread(house: Entity) -> None:
    close_account(house.id, "FX-SPREAD-USD", actor="test")


@pytest.mark.parametrize(
    "spoil, refusal, data",
    [
        (no_clearing, FxAccountMissing, {"role": "fx_clearing", "currency": "USD"}),
        (no_spread, FxAccountMissing, {"role": "fx_spread", "currency": "USD"}),
        (two_clearings, FxAccountAmbiguous,
         {"role": "fx_clearing", "currency": "USD", "accounts": ["FX-CLEARING-USD", "X-CLEARING"]}),
    ],
)  # fmt: skip
def test_accounts_that_are_needed_are_named(
    house: Entity, spoil: Callable[[Entity], None], refusal: type[LedgerError], data: dict[str, object]
) -> None:
    spoil(house)
    with pytest.raises(refusal) as refused:
        an_exchange(house, "BANK-EUR", "BANK-USD", "10.00", spread="1")
    assert refused.value.data.items() >= data.items()


@pytest.mark.parametrize(
    "given, refusal, pointer",
    [
        ({"sell_account": "NONE"}, UnknownAccount, "/sell_account"),
        ({"sell_account": "a\x00b"}, UnknownAccount, "/sell_account"),
        ({"sell_account": "BANK-USD"}, CurrencyMismatch, "/sell_account"),
        ({"buy_account": ""}, Malformed, "/buy_account"),
        ({"sell_account": "FX-CLEARING-EUR"}, Malformed, "/sell_account"),
        ({"buy_account": "FX-SPREAD-USD"}, Malformed, "/buy_account"),
        ({"quote": None}, Malformed, "/quote"),
        ({"quote": uuid4()}, NotFound, "/quote"),
        ({"effective_date": TOMORROW}, FutureDate, "/effective_date"),
    ],
    ids=["unknown", "not storable", "currency", "none", "clearing", "spread", "neither", "no such quote", "tomorrow"],
)  # fmt: skip
def test_what_an_order_gets_wrong_is_pointed_at(
    house: Entity, given: dict[str, object], refusal: type[LedgerError], pointer: str
) -> None:
    with pytest.raises(refusal) as refused:
        settle(house.id, order_of(a_quote(house), **given), key="k", actor="test")
    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    "given, pointer",
    [
        ({"buy_currency": "EUR"}, "/buy_currency"),
        ({"buy_amount": Decimal(1)}, "/sell_amount"),
        ({"sell_amount": None}, "/sell_amount"),
        ({"sell_amount": Decimal(-1)}, "/sell_amount"),
        ({"sell_amount": Decimal("1.001")}, "/sell_amount"),
        ({"spread_percent": Decimal(50)}, "/spread_percent"),
        ({"spread_percent": Decimal("0.00001")}, "/spread_percent"),
        ({"buy_currency": "ABC"}, "/buy_currency"),
        ({"on": TOMORROW}, "/on"),
    ],
    ids=["one currency", "both", "neither", "negative", "too fine", "spread", "spread too fine", "unknown", "tomorrow"],
)  # fmt: skip
def test_what_a_deal_gets_wrong_is_pointed_at(house: Entity, given: dict[str, object], pointer: str) -> None:
    values: dict[str, object] = {"sell_currency": "EUR", "buy_currency": "USD", "sell_amount": Decimal(1)}
    deal = Deal(**(values | given))  # type: ignore[arg-type]
    with pytest.raises(LedgerError) as refused:
        quote(house.id, deal, expires_in=MINUTES, actor="test")
    assert refused.value.pointer == pointer
    with pytest.raises(LedgerError) as refused:
        settle(house.id, Order(deal=deal, sell_account="BANK-EUR", buy_account="BANK-USD"), key="k", actor="test")
    assert refused.value.pointer == f"/direct{pointer}"


@pytest.mark.parametrize("lasting", [timedelta(0), timedelta(days=8)], ids=["none", "too long"])
def test_a_quote_stands_for_a_while(house: Entity, lasting: timedelta) -> None:
    with pytest.raises(Malformed) as refused:
        quote(house.id, Deal("EUR", "USD", sell_amount=Decimal(1)), expires_in=lasting, actor="test")
    assert refused.value.pointer == "/expires_in"


def test_a_quote_made_for_accounts_settles_with_them(house: Entity) -> None:
    deal = Deal("EUR", "USD", sell_amount=Decimal(1))
    made = quote(house.id, deal, expires_in=MINUTES, sell_account="BANK-EUR", buy_account="BANK-USD", actor="test")
    with pytest.raises(Malformed) as refused:
        settle(house.id, order_of(made), key="k", actor="test")
    assert refused.value.pointer == "/sell_account"
    settle(house.id, Order(quote=made.id), key="k", actor="test")
    assert balance_of(house, "BANK-USD") == Decimal("1.09")


def test_a_settlement_is_reversed_as_a_pair_at_its_own_rate(house: Entity) -> None:
    done = an_exchange(house, "WALLET-EUR", "WALLET-USD", "1000.00", spread="0.5").settlement
    go_to(house, TOMORROW)
    a_rate(house, "1.2000", TOMORROW)
    back = reverse_settlement(house.id, done.id, key="back", actor="test")
    assert back.settlement.reversal.effective_date == TOMORROW
    for code in ("WALLET-EUR", "WALLET-USD", "FX-CLEARING-EUR", "FX-CLEARING-USD", "FX-SPREAD-USD"):
        assert balance_of(house, code) == 0, code
    assert reverse_settlement(house.id, done.id, key="back", actor="test").replayed
    with pytest.raises(AlreadyReversed):
        reverse_settlement(house.id, done.id, key="again", actor="test")
    assert faults(house) == []


def test_a_reversal_is_not_before_its_settlement(house: Entity) -> None:
    done = an_exchange(house, "WALLET-EUR", "WALLET-USD", "1.00").settlement
    with pytest.raises(BeforeOriginal):
        reverse_settlement(house.id, done.id, key="k", effective_date=TODAY - timedelta(days=1), actor="test")
    with pytest.raises(NotFound):
        reverse_settlement(house.id, uuid4(), key="k", actor="test")


def test_half_of_a_settlement_is_not_reversed(house: Entity) -> None:
    done = an_exchange(house, "WALLET-EUR", "WALLET-USD", "1.00").settlement
    for journal in (done.sell_journal, done.buy_journal):
        with pytest.raises(NotReversible, match="as a pair"):
            reverse_journal(house.id, journal.id, key=uuid4().hex, actor="test")
