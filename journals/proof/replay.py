"""Replaying the event log: what the books must hold, compared with what they hold. Pure.

Only events change the state here. A row that does not agree with its event is a fault; the replay then goes on as
the events say, so that one changed row is one fault and not the first of thousands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from accounts.events import (
    AccountChangedFact,
    AccountClosedFact,
    AccountFact,
    AccountFrozenFact,
    AccountOpenedFact,
    AccountUnfrozenFact,
    CurrencyAddedFact,
)
from journals.events import BalanceFact, JournalFact, LineFact
from journals.hold_events import (
    HoldCapturedFact,
    HoldExpiredFact,
    HoldExtendedFact,
    HoldFact,
    HoldPlacedFact,
    HoldReleasedFact,
)
from ledgerflow.books.eventlog import GENESIS, EventRow, chain_hash
from ledgerflow.books.events import BusinessDateAdvancedFact, EntityCreatedFact
from ledgerflow.books.faults import ABSENT, PRESENT, Faults, same
from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core import canonical
from ledgerflow.core.events import Fact
from ledgerflow.core.money import ZERO
from ledgerflow.core.plugins import registry

Row = tuple[Any, ...]
EVENT, JOURNAL, POSTING, KEY = "books_event", "journals_journal", "journals_posting", "books_idempotencykey"
JOURNAL_COLUMNS = (
    "event_sequence", "number", "id", "kind", "layer", "effective_date", "original_date", "recorded_at",
    "description",
    "external_reference", "actor", "reverses_id", "template",
)  # fmt: skip
POSTING_COLUMNS = (
    "line", "entity_id", "account_id", "currency", "amount", "effective_date", "account_version", "balance_after",
    "event_sequence", "description",
)  # fmt: skip
NUMERIC = {"amount", "balance_after"}


class Key(NamedTuple):
    """What an event says of the request it answers."""

    key: str
    fingerprint: str
    issuer: str


class ReplayedAccount:
    """An account as the events so far make it; `fact` and `revision` (its sequence) are of its last own event."""

    __slots__ = (
        "closed_at", "code", "credits", "currency", "debits", "fact", "held", "id", "opened_at", "revision", "sign",
        "version",
    )  # fmt: skip

    def __init__(self, fact: AccountFact, sequence: int, moment: str) -> None:
        self.fact = fact
        self.id = str(fact.id)
        self.code = fact.code
        self.currency = fact.currency
        self.sign = 1 if fact.normal_side == "debit" else -1
        self.debits = ZERO
        self.credits = ZERO
        self.held = ZERO
        self.version = 0
        self.revision = sequence
        self.opened_at = moment
        self.closed_at: str | None = None


class Replay:
    """The state of one entity's books after the events seen so far."""

    def __init__(self, entity_id: UUID, faults: Faults) -> None:
        self.entity_id = entity_id
        self._entity_text = str(entity_id)
        self.faults = faults
        self.key: Key | None = None  # of the request that the present event answers
        self.sequence = 0
        self.head = GENESIS
        self.moment = ""
        self._journal_id = ""
        self.number = 0
        self.events = 0
        self.journals = 0
        self.postings = 0
        self.created: EntityCreatedFact | None = None
        self.business_date = ""
        self.created_at = ""
        self.currencies: dict[str, dict[str, Any]] = {}
        self.accounts: dict[str, ReplayedAccount] = {}
        self.by_id: dict[str, ReplayedAccount] = {}

    def event(self, row: Row) -> JournalFact | None:
        """Check an event against the one before it and apply it; gives the fact of a posted journal.

        A posted journal's lines are applied by `journal`, which compares them with the rows on the way.
        """
        sequence, id_, type_, subject, data, actor, moment, stored = row
        if sequence != self.sequence + 1:
            self.faults.add(EVENT, sequence, "sequence", self.sequence + 1, sequence)
        if moment < self.moment:
            self.faults.add(EVENT, sequence, "recorded_at", f"at or after {self.moment}", moment)
        computed = chain_hash(self.head, EventRow(self.entity_id, sequence, id_, type_, subject, data, actor, moment))
        if computed != stored:
            self.faults.add(EVENT, sequence, "hash", computed, stored)
        self.sequence, self.head, self.moment = sequence, stored, moment
        self.events += 1
        self.key = None
        declared = registry.events.get(type_)
        if declared is None:
            self.faults.add(EVENT, sequence, "type", "one that a room declares", type_)
            return None
        try:
            return self._apply(declared.read(data), subject)
        except (msgspec.MsgspecError, ArithmeticError) as error:
            self.faults.add(EVENT, sequence, "data", f"a fact of {type_}", repr(error))
        return None

    def _apply(self, fact: Fact, subject: str) -> JournalFact | None:
        key = getattr(fact, "idempotency_key", "")
        if key:  # what the event says of the request that it answers
            self.key = Key(key, getattr(fact, "fingerprint", ""), getattr(fact, "key_issuer", CLIENT))
        if isinstance(fact, JournalFact):
            self._begin_journal(fact, subject)
            return fact
        apply = APPLY.get(type(fact))
        if apply is not None:
            apply(self, fact, subject)
        return None

    def journal(self, fact: JournalFact, actor: str, row: Row, postings: Sequence[Row]) -> None:
        """Apply a posted journal and compare its journal row and its posting rows, in their order, with it."""
        day = fact.effective_date.isoformat()
        expected = (
            self.sequence, fact.number, self._journal_id, fact.kind, fact.layer, day,
            fact.original_date.isoformat() if fact.original_date else None, self.moment, fact.description,
            fact.external_reference, actor, str(fact.reverses) if fact.reverses else None, fact.template or None,
        )  # fmt: skip
        if row[:-1] != expected:
            self.faults.compare(
                JOURNAL, row[1], dict(zip(JOURNAL_COLUMNS, expected, strict=True)), _named(JOURNAL_COLUMNS, row)
            )
        self._agree(JOURNAL, row[1], "metadata", fact.metadata, row[-1])
        self.journals += 1
        if day > self.business_date:
            self.faults.add(JOURNAL, row[1], "effective_date", f"at most {self.business_date}", day)
        self._post(fact, day, postings)

    def keys(self, rows: Sequence[Row]) -> None:
        """Compare the idempotency keys that name the present event with the one of the request it answers."""
        if self.key is None:
            for row in rows:
                self.extra_key(row)
            return
        key, fingerprint, issuer = self.key
        found = False
        for row in rows:
            if (row[1], row[3]) != (key, issuer):
                self.extra_key(row)
                continue
            found = True
            if row[2] != fingerprint:
                self.faults.add(KEY, key, "fingerprint", fingerprint, row[2])
        if not found:
            self.faults.add(KEY, f"{key} of {issuer}", f"key of event {self.sequence}", PRESENT, ABSENT)

    def extra_key(self, row: Row) -> None:
        self.faults.add(KEY, f"{row[1]} of {row[3]}", f"key of event {row[0]}", ABSENT, PRESENT)

    def missing_journal(self, fact: JournalFact) -> None:
        """The event says that a journal was posted, and there is no row: its lines count all the same."""
        self.faults.add(JOURNAL, self._journal_id, f"journal of event {self.sequence}", PRESENT, ABSENT)
        self._post(fact, fact.effective_date.isoformat(), None)

    def extra_journal(self, row: Row) -> None:
        self.faults.add(JOURNAL, row[1], f"journal of event {row[0]}", ABSENT, PRESENT)

    # --- what a journal does ---

    def _begin_journal(self, fact: JournalFact, subject: str) -> None:
        self._journal_id = str(fact.id)
        if subject != self._journal_id:
            self.faults.add(EVENT, self.sequence, "subject", fact.id, subject)
        if fact.number != self.number + 1:
            self.faults.add(EVENT, self.sequence, "number", self.number + 1, fact.number)
        self.number = fact.number

    def _post(self, fact: JournalFact, day: str, postings: Sequence[Row] | None) -> None:
        """Move the accounts line by line; `postings` None when their absence is known already."""
        try:
            touched = self._move(fact, day, postings)
            if fact.hold is not None:
                self._capture(fact)
            self._compare_balances(fact.balances, touched)
        except ArithmeticError as error:
            self.faults.add(EVENT, self.sequence, "data", "amounts", repr(error))
        if postings is not None:
            self.postings += len(postings)
            for row in postings[len(fact.lines) :]:
                self.faults.add(POSTING, f"{self._journal_id}/{row[1]}", "line", ABSENT, PRESENT)

    def _move(self, fact: JournalFact, day: str, postings: Sequence[Row] | None) -> dict[str, ReplayedAccount]:
        totals: dict[str, Decimal] = {}
        touched: dict[str, ReplayedAccount] = {}
        for number, line in enumerate(fact.lines, 1):
            state = self.accounts.get(line.account)
            if state is None:
                self.faults.add(EVENT, self.sequence, f"account of line {number}", "an open account", line.account)
                continue
            amount = _signed(line)
            if not state.version:
                state.debits = state.credits = amount - amount  # zero at the currency's scale
            if amount > 0:
                state.debits += amount
            else:
                state.credits -= amount
            state.version += 1
            totals[line.currency] = totals.get(line.currency, ZERO) + amount
            touched[line.account] = state
            if postings is not None:
                self._compare_posting(number, line, state, day, postings)
        for currency, total in totals.items():
            if total:
                self.faults.add(EVENT, self.sequence, f"sum in {currency}", 0, total)
        return touched

    def _compare_posting(
        self, number: int, line: LineFact, state: ReplayedAccount, day: str, postings: Sequence[Row]
    ) -> None:
        if number > len(postings):
            self.faults.add(POSTING, f"{self._journal_id}/{number}", "line", PRESENT, ABSENT)
            return
        row = postings[number - 1]
        amount = line.amount if line.side == "debit" else f"-{line.amount}"
        expected = (
            number, self._entity_text, state.id, line.currency, amount, day, state.version,
            format(state.debits - state.credits, "f"), self.sequence, line.description,
        )  # fmt: skip
        if row[1:-1] != expected:
            self._name_posting(f"{self._journal_id}/{number}", expected, row[1:-1])
        if line.dimensions is not None or row[-1] is not None:
            self._agree(POSTING, f"{self._journal_id}/{number}", "dimensions", line.dimensions, row[-1])

    def _name_posting(self, key: str, expected: Row, found: Row) -> None:
        """Say which columns differ; amounts are compared as numbers, 1.50 is 1.5."""
        for name, wanted, value in zip(POSTING_COLUMNS, expected, found, strict=True):
            if wanted != value and not (name in NUMERIC and Decimal(wanted) == Decimal(value)):
                self.faults.add(POSTING, key, name, wanted, value)

    def _compare_balances(self, balances: Sequence[BalanceFact], touched: dict[str, ReplayedAccount]) -> None:
        """The balances that the event told its client, against the replayed ones."""
        accounts = [balance.account for balance in balances]
        if accounts != list(touched):
            self.faults.add(EVENT, self.sequence, "accounts of the balances", list(touched), accounts)
            return
        for balance, state in zip(balances, touched.values(), strict=True):
            net = (state.debits - state.credits) * state.sign
            stated = (balance.debits, balance.credits, balance.balance, balance.version, balance.currency)
            agrees = stated == (str(state.debits), str(state.credits), str(net), state.version, state.currency)
            available = balance.balance if not state.held else str(net - state.held)
            if not agrees or balance.available != available or Decimal(balance.held) != state.held:
                self._name_balance(balance, state, net)

    def _name_balance(self, balance: BalanceFact, state: ReplayedAccount, net: Decimal) -> None:
        numbers = {
            "debits": state.debits, "credits": state.credits, "balance": net, "held": state.held,
            "available": net - state.held,
        }  # fmt: skip
        for name, value in numbers.items():
            if Decimal(getattr(balance, name)) != value:
                self.faults.add(EVENT, self.sequence, f"{name} of {state.code}", value, getattr(balance, name))
        for name, wanted in (("version", state.version), ("currency", state.currency)):
            if getattr(balance, name) != wanted:
                self.faults.add(EVENT, self.sequence, f"{name} of {state.code}", wanted, getattr(balance, name))

    def _agree(self, table: str, key: object, name: str, wanted: object, text: str | None) -> None:
        found = None if text is None else canonical.decode(text)
        if not same(wanted, found):
            self.faults.add(table, key, name, wanted, found)

    def _capture(self, fact: JournalFact) -> None:
        """What a capture moves out of its first account is held there no more."""
        line = fact.lines[0]
        state = self.accounts.get(line.account)
        if state is not None:
            state.held += _signed(line) * state.sign

    # --- what other events do: one of these for each type, as `APPLY` says ---

    def found_books(self, fact: EntityCreatedFact, _subject: str) -> None:
        self.created = fact
        self.created_at = self.moment
        self.business_date = fact.business_date.isoformat()
        for code, minor_units in fact.currencies.items():
            self.currencies[code] = {"minor_units": minor_units, "is_custom": False, "is_money": True}

    def move_business_date(self, fact: BusinessDateAdvancedFact, _subject: str) -> None:
        before, after = fact.before.isoformat(), fact.after.isoformat()
        if before != self.business_date or after <= before:
            expected = f"from {self.business_date} to a later day"
            self.faults.add(EVENT, self.sequence, "change", expected, f"from {before} to {after}")
        self.business_date = after

    def add_currency(self, fact: CurrencyAddedFact, _subject: str) -> None:
        self.currencies[fact.code] = {
            "id": str(fact.id), "name": fact.name, "minor_units": fact.minor_units, "is_custom": True,
            "is_money": fact.is_money,
        }  # fmt: skip

    def open_account(self, fact: AccountOpenedFact, subject: str) -> None:
        if subject != str(fact.id):
            self.faults.add(EVENT, self.sequence, "subject", fact.id, subject)
        if fact.code in self.accounts:
            self.faults.add(EVENT, self.sequence, "account", "one that is new", fact.code)
        state = ReplayedAccount(fact, self.sequence, self.moment)
        self.accounts[fact.code] = self.by_id[state.id] = state

    def change_account(self, fact: AccountFact, subject: str) -> None:
        state = self.by_id.get(subject)
        if state is None or (state.id, state.code, state.currency) != (str(fact.id), fact.code, fact.currency):
            self.faults.add(EVENT, self.sequence, "account", "one that was opened", f"{subject} {fact.code}")
            return
        state.fact, state.revision = fact, self.sequence
        if isinstance(fact, AccountClosedFact):
            state.closed_at = self.moment

    def place_hold(self, fact: HoldPlacedFact, subject: str) -> None:
        self._hold(fact, subject, Decimal(fact.moved))

    def capture_hold(self, fact: HoldCapturedFact, subject: str) -> None:
        self._hold(fact, subject, ZERO)  # its journal did that

    def extend_hold(self, fact: HoldExtendedFact, subject: str) -> None:
        self._hold(fact, subject, ZERO)

    def free_hold(self, fact: HoldFact, subject: str) -> None:
        self._hold(fact, subject, -Decimal(fact.moved))

    def _hold(self, fact: HoldFact, subject: str, change: Decimal) -> None:
        """What is held on an account; the holds themselves are looked at in `journals.holds.proof`."""
        if subject != str(fact.id):
            self.faults.add(EVENT, self.sequence, "subject", fact.id, subject)
        state = self.accounts.get(fact.account)
        if state is None:
            self.faults.add(EVENT, self.sequence, "account of the hold", "an open account", fact.account)
            return
        state.held += change
        self._compare_balances([fact.balance], {state.code: state})


# What each fact does to the state. Those that are not here change nothing that this replay looks after; a journal's is
# in `Replay.journal`, beside its rows.
APPLY: dict[type[Fact], Callable[[Replay, Any, str], None]] = {
    EntityCreatedFact: Replay.found_books,
    BusinessDateAdvancedFact: Replay.move_business_date,
    CurrencyAddedFact: Replay.add_currency,
    AccountOpenedFact: Replay.open_account,
    AccountChangedFact: Replay.change_account,
    AccountFrozenFact: Replay.change_account,
    AccountUnfrozenFact: Replay.change_account,
    AccountClosedFact: Replay.change_account,
    HoldPlacedFact: Replay.place_hold,
    HoldCapturedFact: Replay.capture_hold,
    HoldReleasedFact: Replay.free_hold,
    HoldExpiredFact: Replay.free_hold,
    HoldExtendedFact: Replay.extend_hold,
}
FACTS = (JournalFact, *APPLY)


def _signed(line: LineFact) -> Decimal:
    amount = Decimal(line.amount)
    return amount if line.side == "debit" else amount.copy_negate()


def _named(columns: Sequence[str], row: Row) -> dict[str, Any]:
    return dict(zip(columns, row, strict=False))
