"""Books that trade currencies, for tests of settlements and revaluations."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from fx.deals.plan import Order
from fx.deals.proof import check_deals
from fx.deals.quoting import Deal
from fx.deals.role_accounts import open_missing
from fx.deals.settlement import Settled, settle
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from fx.revaluation.auto_reversal import revalue_day
from fx.revaluation.valuation_pairs import pair_missing
from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.money import plain
from tests.approving import go_on_to
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted


def a_trading_house(*currencies: str, **given: Any) -> Entity:
    """Bank accounts, and wallets owed to customers, in euro and other currencies; 2,000,000.00 euro of capital."""
    entity = an_entity(**given)
    for currency in ("EUR", *(currencies or ("USD",))):
        an_account(entity, f"BANK-{currency}", currency=currency)
        an_account(entity, f"WALLET-{currency}", "liability", currency=currency)
    an_account(entity, "CAPITAL", "equity")
    posted(entity, a_transfer("BANK-EUR", "CAPITAL", "2000000.00"))
    open_missing(entity.id, currencies or ("USD",), actor="test")
    pair_missing(entity.id, "EUR", actor="test")
    return entity


def a_rate(entity: Entity, value: str, on: date = TODAY, quote: str = "USD", **given: Any) -> None:
    """1 euro in another currency, spot unless given, whatever the jump."""
    wanted = Quote("EUR", quote, on, given.get("kind", "spot"), Decimal(value))
    (outcome,) = record_rates(entity.id, [wanted], source="test", actor="test", confirm_jump=True)
    assert outcome.refusal is None


def an_exchange(entity: Entity, sell: str, buy: str, amount: str, **given: Any) -> Settled:
    """A settlement between two accounts whose codes end with their currency; `amount` is what is sold."""
    spread = Decimal(given.pop("spread", "0"))
    deal = Deal(sell[-3:], buy[-3:], sell_amount=Decimal(amount), spread_percent=spread)
    order = Order(deal=deal, sell_account=sell, buy_account=buy, **given)
    return settle(entity.id, order, key=uuid4().hex, actor="test")


def lines(journal: Journal) -> dict[str, str]:
    """The lines of a journal: account -> signed amount, debit positive."""
    rows = journal.postings.order_by("line").values_list("account__code", "amount")
    return {code: plain(amount) for code, amount in rows}


def newest(entity: Entity, kind: str = "fx_revaluation") -> dict[str, str]:
    """The lines of the newest journal of a kind."""
    return lines(Journal.objects.filter(entity=entity, kind=kind).latest("number"))


def go_to(entity: Entity, day: date) -> None:
    go_on_to(entity, day)


def a_dollar_house(start: date) -> Entity:
    """A trading house with 1,000.00 dollars in the bank, in at 1.25: 800.00 euro."""
    entity = a_trading_house("USD", "JPY", business_date=start)
    a_rate(entity, "1.25", start)
    an_account(entity, "SALES-USD", "income", currency="USD")
    posted(entity, a_transfer("BANK-USD", "SALES-USD", "1000.00"))
    return entity


def revalued(entity: Entity, day: date) -> list[tuple[str, str, str, str]]:
    """Revalue a day, and what that posted: account, gain, loss, realised; nothing when it stood as it should."""
    done = revalue_day(entity.id, day, actor="test")
    return [(line.account, line.posted_gain, line.posted_loss, line.posted_realised) for line in done.lines if done.run]


def proven(entity: Entity) -> bool:
    """Whether books, settlements and revaluations agree with their events."""
    with snapshot() as connection:
        return verify_books(entity.id) == [] and list(check_deals(connection, entity.id)) == []
