"""Holds: outflow of an account set aside for a later journal. Place, capture, release, let expire.

Extending one is in `journals.holds.extending`.

A hold is a memo: it reduces what is available, never the balance. Placing, releasing and expiring are transactions of
their own; a capture is a journal of kind `hold_capture` that goes through the posting use case and takes what it moves
out of the hold in the same transaction, so that limits hold throughout and it never lacks the money it reserved.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.errors import UnknownAccount
from journals import hold_states as states
from journals.drafts import MAX_CODE, MAX_CURRENCY, MAX_DESCRIPTION, MAX_REFERENCE, Capture, Draft, Line
from journals.errors import HoldAmountRefused
from journals.events import Answer, read_fact
from journals.hold_events import RequestDetails
from journals.hold_rows import LOAD_DUE, insert_hold, record_step, states_from, write_held, write_steps
from journals.hold_states import HoldSpec, HoldState
from journals.holds.answering import (
    HoldAnswer,
    Loaded,
    accounts_from,
    check_expiry,
    hold_of,
    load_hold,
    replayed_answer,
    write_answer,
)
from journals.holds.models import Hold, HoldEntry
from journals.lot_keeping.deciding import pin_lots, pins_to_free
from journals.lot_keeping.rows import add_pins, free_pins, load_pins, load_wallet
from journals.models import Kind
from journals.posting import post
from journals.rows import LOAD_ACCOUNTS
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.models import Event
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import clocks
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import MAX_WHOLE_DIGITS, normalised
from ledgerflow.core.phrases import phrase
from ledgerflow.core.plugins import Cure, Finding
from ledgerflow.core.texts import check_metadata, check_text

SWEEPER = "system:expire_holds"
AT_ONCE = 500  # holds that expire in one transaction, which others wait for


def place_hold(entity_id: UUID, spec: HoldSpec, *, key: str, issuer: str = CLIENT, actor: str) -> HoldAnswer:
    """Hold an amount on an account, which must be available above its lower limit.

    The same key and content replays. Raises, in this order, `Malformed` or `IdempotencyKeyMissing`,
    `IdempotencyKeyReused`, `UnknownAccount`, `HeaderAccount`, `AccountClosed`, `AccountFrozen` (for outflow),
    `CurrencyMismatch`, `PrecisionExceeded`, `Malformed` (it would have expired already), `InsufficientFunds`.
    """
    claim = claim_of(key, placing_content(spec), issuer)

    def work(tx: Transaction, loaded: Loaded) -> HoldAnswer:
        replayed = replayed_answer(tx, claim, loaded[0])
        if replayed is not None:
            return replayed
        accounts = accounts_from(loaded[1])
        if spec.account not in accounts:
            raise UnknownAccount(pointer="/account", account=spec.account)
        account = accounts[spec.account]
        wallet = load_wallet(tx, account) if account.keeps_lots else None
        step = states.placed(uuid7(), spec, account, tx.now)
        if wallet is not None:
            step = step._replace(pins=pin_lots(wallet, step.amount, tx.entity.business_date))
        request = RequestDetails(actor, claim, spec.metadata)
        recorded = record_step(tx, step, request, tx.entity.business_date)
        tx.remember(*claim, recorded.sequence)
        insert_hold(tx, step, request, recorded.sequence)
        write_steps(tx, [recorded.entry], [])
        add_pins(tx, step.hold.id, step.pins, account.id)
        write_held(tx, [step.balance.account])
        return HoldAnswer("placed", recorded.fact, recorded.sequence, tx.recorded_at)

    return write_answer(
        entity_id,
        work,
        lambda tx: (
            once.load(tx, claim),
            tx.query(LOAD_ACCOUNTS, ([spec.account], tx.entity_id)),
        ),
    )


def capture_hold(
    entity_id: UUID,
    hold_id: UUID,
    *,
    key: str,
    counter_account: str,
    amount: Decimal | None = None,
    release_remainder: bool = False,
    effective_date: date | None = None,
    late: str = "refuse",
    confirm_unusual_date: bool = False,
    description: str = "",
    external_reference: str = "",
    metadata: dict[str, Any] | None = None,
    issuer: str = CLIENT,
    actor: str,
) -> HoldAnswer:
    """Move held money to `counter_account`: `amount`, or all that is left of the hold (None).

    `release_remainder` lets go of what is then still held. `effective_date` None means the business date; `late`
    and `confirm_unusual_date` are those of a draft.
    Raises `NotFound`, `HoldNotActive`, `HoldExpired`, `HoldExceeded`, and as `posting.post`.
    """
    content = capture_content(
        hold_id,
        counter_account=counter_account,
        amount=amount,
        release_remainder=release_remainder,
        effective_date=effective_date,
        late=late,
        description=description,
        external_reference=external_reference,
        metadata=metadata,
    )
    claim = claim_of(key, content, issuer)
    hold = hold_of(entity_id, hold_id, claim)
    moved = Decimal(1) if amount is None else amount
    outflow = moved.copy_negate() if hold.account.normal_side == "debit" else moved
    draft = Draft(
        key=key,
        lines=(Line(hold.account.code, outflow), Line(counter_account, outflow.copy_negate())),
        kind=Kind.HOLD_CAPTURE.value,
        effective_date=effective_date,
        late=late,
        confirm_unusual_date=confirm_unusual_date,
        description=description,
        external_reference=external_reference,
        metadata=metadata,
        actor=actor,
        capture=Capture(hold.id, amount is None, release_remainder),
        issuer=issuer,
        request=claim.fingerprint,
    )
    return _captured(entity_id, post(entity_id, draft))


def release_hold(
    entity_id: UUID,
    hold_id: UUID,
    *,
    key: str,
    amount: Decimal | None = None,
    reason: str = "",
    issuer: str = CLIENT,
    actor: str,
) -> HoldAnswer:
    """Let go of a part of what is held, or of all that is left (None); what is available rises by it.

    Raises `NotFound`, `Malformed`, `IdempotencyKeyReused`, `HoldNotActive`, `HoldExpired` (once the sweep has been
    there: before, releasing is harmless), `HoldExceeded`, `PrecisionExceeded`.
    """
    claim = claim_of(key, release_content(hold_id, amount=amount, reason=reason), issuer)
    code = hold_of(entity_id, hold_id, claim).account.code

    def work(tx: Transaction, loaded: Loaded) -> HoldAnswer:
        replayed = replayed_answer(tx, claim, loaded[0])
        if replayed is not None:
            return replayed
        (state,) = states_from(loaded[2].fetchall(), tx.now).values()
        account = accounts_from(loaded[1])[code]
        step = states.released(state, account, amount)
        if account.keeps_lots:
            pins = load_pins(tx, [hold_id]).get(hold_id, [])
            step = step._replace(pins=pins_to_free(pins, state.remaining, step.amount))
        request = RequestDetails(actor, claim, reason=reason)
        recorded = record_step(tx, step, request, tx.entity.business_date)
        tx.remember(*claim, recorded.sequence)
        write_steps(tx, [recorded.entry], [step.hold])
        write_held(tx, [step.balance.account])
        free_pins(tx, {hold_id: step.pins})
        return HoldAnswer("released", recorded.fact, recorded.sequence, tx.recorded_at)

    return write_answer(entity_id, work, lambda tx: load_hold(tx, claim, code, hold_id))


def placing_content(spec: HoldSpec) -> list[Any]:
    """What placing a hold asks for: its fingerprint is of this. Raises `Malformed`."""
    _check_spec(spec)
    expires_at = clocks.as_text(spec.expires_at) if spec.expires_at else None
    return [
        "hold.place", spec.account, normalised(spec.amount), spec.currency, expires_at, spec.description,
        spec.external_reference, spec.metadata or None,
    ]  # fmt: skip


def capture_content(
    hold_id: UUID,
    *,
    counter_account: str,
    amount: Decimal | None,
    release_remainder: bool,
    effective_date: date | None,
    late: str,
    description: str,
    external_reference: str,
    metadata: dict[str, Any] | None,
    confirm_unusual_date: bool = False,  # noqa: ARG001 - a member of the request that is no part of what is asked for
) -> list[Any]:
    """The same of a capture."""
    return [
        "hold.capture", hold_id, counter_account, _checked(amount), release_remainder, effective_date, late,
        description, external_reference, metadata or None,
    ]  # fmt: skip


def release_content(hold_id: UUID, *, amount: Decimal | None, reason: str) -> list[Any]:
    """The same of a release."""
    check_text(reason, MAX_DESCRIPTION, "/reason")
    return ["hold.release", hold_id, _checked(amount), reason]


def expire_holds(entity_id: UUID, *, limit: int = AT_ONCE, actor: str = SWEEPER) -> int:
    """End up to `limit` active holds whose time is over, the oldest first, in one transaction; gives how many.

    It may run again, and at any time: what has ended is not found any more.
    """

    def work(tx: Transaction, _: None) -> int:
        due = states_from(tx.query(LOAD_DUE, (tx.entity_id, tx.now, limit)).fetchall(), tx.now)
        if not due:
            return 0
        codes = sorted({hold.account for hold in due.values()})
        accounts = accounts_from(tx.query(LOAD_ACCOUNTS, (codes, tx.entity_id)))
        entries: list[str] = []
        ended: list[HoldState] = []
        pins = load_pins(tx, list(due)) if any(one.keeps_lots for one in accounts.values()) else {}
        for hold in due.values():
            step = states.expired(hold, accounts[hold.account])._replace(pins=tuple(pins.get(hold.id, ())))
            entries.append(record_step(tx, step, RequestDetails(actor), tx.entity.business_date).entry)
            ended.append(step.hold)
        write_steps(tx, entries, ended)
        write_held(tx, list(accounts.values()))
        free_pins(tx, dict(pins))
        return len(ended)

    return write(entity_id, work, repeatable=True)


def entities_with_overdue_holds() -> list[UUID]:
    """The books in which the sweep has something to do."""
    due = Hold.objects.filter(status=states.HoldStatus.ACTIVE.value, expires_at__lte=clocks.now())
    return list(due.order_by("entity_id").values_list("entity_id", flat=True).distinct())


STILL_ACTIVE = phrase("The hold {id} of {amount} {currency} on {account} expired at {expires_at} and is still active.")


def overdue_holds(entity_id: UUID, _day: date) -> list[Finding]:
    """The close's check: holds whose time is over and that the sweep has not ended yet, one sentence each."""
    due = Hold.objects.filter(entity_id=entity_id, status=states.HoldStatus.ACTIVE.value, expires_at__lte=clocks.now())
    return [
        Finding(
            STILL_ACTIVE.format(
                id=hold.id,
                amount=hold.remaining,
                currency=hold.currency,
                account=hold.account.code,
                expires_at=clocks.as_text(hold.expires_at),
            ),
            Cure("Hold", "holds_hold_change", hold.id),
        )
        for hold in due.select_related("account").order_by("expires_at", "id")[:100]
        if hold.expires_at is not None
    ]


def _captured(entity_id: UUID, answer: Answer) -> HoldAnswer:
    """The answer of a posted capture with the hold as the capture left it, also when it is replayed much later."""
    assert answer.event_sequence is not None and answer.recorded_at is not None  # noqa: PT018, S101 - it is posted
    last = HoldEntry.objects.filter(journal_id=read_fact(answer.journal).id).latest("event_sequence")
    data = Event.objects.values_list("data", flat=True).get(entity_id=entity_id, sequence=last.event_sequence)
    status = "replayed" if answer.status == "replayed" else "captured"
    return HoldAnswer(status, data.encode(), answer.event_sequence, answer.recorded_at, answer.journal)


def _check_spec(spec: HoldSpec) -> None:
    check_text(spec.account, MAX_CODE, "/account")
    check_text(spec.currency, MAX_CURRENCY, "/currency")
    check_text(spec.description, MAX_DESCRIPTION, "/description")
    check_text(spec.external_reference, MAX_REFERENCE, "/external_reference")
    check_metadata(spec.metadata)
    _check_amount(spec.amount)
    check_expiry(spec.expires_at)


def _check_amount(amount: Decimal) -> None:
    if not amount.is_finite() or amount <= 0 or amount.adjusted() >= MAX_WHOLE_DIGITS:
        raise HoldAmountRefused(pointer="/amount", digits=MAX_WHOLE_DIGITS)


def _checked(amount: Decimal | None) -> str | None:
    if amount is None:
        return None
    _check_amount(amount)
    return normalised(amount)
