"""What the admin shows of one account, and how its forms become use cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop

from accounts.admin.forms import ChangeForm
from accounts.changing import change_account, close_account, freeze_account
from accounts.events import (
    AccountChangedFact,
    AccountClosedFact,
    AccountFact,
    AccountFrozenFact,
    AccountOpenedFact,
    AccountUnfrozenFact,
)
from accounts.models import Account, Balance, CashFlow, Term
from accounts.rollups import rollup_now
from ledgerflow.books.models import Event
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT
from ledgerflow.core.sentences import refusal_text
from ledgerflow.web.admin_base import actor_of, amount_text
from ledgerflow.web.pages.amounts import balance_element

REGISTER_LINES = 50
HOLDS = 50
MOST_BELOW = 200
HISTORY_EVENTS = 50
MAX_VERSION_DIGITS = 18
WHAT = {
    AccountOpenedFact.event_type: gettext_noop("Opened"),
    AccountChangedFact.event_type: gettext_noop("Changed"),
    AccountFrozenFact.event_type: gettext_noop("Frozen"),
    AccountUnfrozenFact.event_type: gettext_noop("Unfrozen"),
    AccountClosedFact.event_type: gettext_noop("Closed"),
}
# Fields of an event whose names the forms have in other words.
CALLED = {"owner_id": "Owner", "min_balance": "Lower limit", "max_balance": "Upper limit"}
CHOICES = {"cash_flow": CashFlow, "term": Term}
DONE = {"freeze": gettext_noop("frozen"), "unfreeze": gettext_noop("unfrozen"), "close": "closed"}


class RegisterRow(NamedTuple):
    version: int
    journal_id: UUID
    number: int
    effective_date: Any
    description: str
    debit: str
    credit: str
    balance: str


class HoldStepRow(NamedTuple):
    """A memo line of the register: a step of a hold after the posting with this version."""

    version: int
    event_sequence: int
    hold_id: UUID
    effective_date: Any
    description: str
    amount: str
    held: str


class OpenHold(NamedTuple):
    id: UUID
    placed_at: Any
    expires_at: Any
    description: str
    remaining: str


class AccountBelow(NamedTuple):
    id: UUID
    code: str
    name: str
    status: str
    balance: str  # of a header it is on its own page, as it has many
    currency: str


class AccountHistoryRow(NamedTuple):
    """One event of an account: `fields` are (name, before, after), in words."""

    event: Event
    what: str
    reason: str
    fields: list[tuple[str, str, str]]

    @property
    def is_first(self) -> bool:
        """Whether nothing became of the account before."""
        return self.event.type == AccountOpenedFact.event_type


def on_normal_side(balance: Balance, signed: Decimal | None = None) -> Decimal:
    """The balance, or another debits - credits of the account, as the account's own side counts it."""
    signed = CONTEXT.subtract(balance.debits, balance.credits) if signed is None else signed
    return CONTEXT.multiply(signed, balance.normal_sign)


def available(balance: Balance) -> Decimal:
    return CONTEXT.subtract(on_normal_side(balance), balance.held)


def figures_of(account: Account) -> list[tuple[str, str, str]]:
    """What stands on an account, or on everything below a header: (name, amount, currency)."""
    if account.is_header:
        below = rollup_now(account.entity_id, account.code).totals
        return [
            (gettext("Balance of all below"), balance_element(Decimal(total.balance)), total.currency)
            for total in below
        ]
    balance = account.balance
    amounts = {
        "Balance": on_normal_side(balance),
        "Available": available(balance),
        "Held": balance.held,
        "Debits": balance.debits,
        "Credits": balance.credits,
    }
    shown: list[tuple[str, str, str]] = [
        (name, balance_element(amount), account.currency) for name, amount in amounts.items()
    ]
    return [*shown, ("Postings", f"{balance.version:,}", "")]


def status_of(account: Account) -> str:
    if account.closed_at is not None:
        return "closed"
    frozen = {
        (True, True): "frozen",
        (True, False): gettext_noop("outflow frozen"),
        (False, True): gettext_noop("inflow frozen"),
    }
    return frozen.get(
        (account.outflow_frozen, account.inflow_frozen), gettext_noop("header") if account.is_header else "open"
    )


def register_of(account: Account, before: str) -> list[RegisterRow]:
    """The newest lines of an account, before the version `before` where that is a number."""
    lines = account.postings.select_related("journal").order_by("-account_version")
    if before.isascii() and before.isdigit() and len(before) <= MAX_VERSION_DIGITS:
        lines = lines.filter(account_version__lt=int(before))
    return [
        RegisterRow(
            version=line.account_version,
            journal_id=line.journal_id,
            number=line.journal.number,
            effective_date=line.effective_date,
            description=line.description or line.journal.description,
            debit=amount_text(line.amount) if line.amount > 0 else "",
            credit=amount_text(line.amount.copy_negate()) if line.amount < 0 else "",
            balance=balance_element(on_normal_side(account.balance, line.balance_after)),
        )
        for line in lines[:REGISTER_LINES]
    ]


def with_holds(account: Account, register: list[RegisterRow], before: str) -> list[RegisterRow | HoldStepRow]:
    """The lines of a page of the register with the steps of holds among them, at most `HOLDS` of those."""
    steps = account.hold_entries.select_related("hold").order_by("-account_version", "-event_sequence")
    if register and register[-1].version > 1:
        steps = steps.filter(account_version__gte=register[-1].version)
    if before.isascii() and before.isdigit() and len(before) <= MAX_VERSION_DIGITS:
        steps = steps.filter(account_version__lt=int(before))
    memos = [
        HoldStepRow(
            version=step.account_version,
            event_sequence=step.event_sequence,
            hold_id=step.hold_id,
            effective_date=step.effective_date,
            description=gettext("Hold %(action)s") % {"action": gettext(step.action)}
            + (f": {step.hold.description}" if step.hold.description else ""),
            amount=amount_text(step.amount),
            held=amount_text(step.held_after),
        )
        for step in steps[:HOLDS]
    ]
    # Newest first: the steps that came after a posting stand above it.
    lines: list[RegisterRow | HoldStepRow] = [*memos, *register]
    return sorted(lines, key=lambda line: (-line.version, isinstance(line, RegisterRow)))


def open_holds_of(account: Account) -> list[OpenHold]:
    """What is held on an account, the newest first, at most `HOLDS`."""
    holds = account.holds.filter(status="active").order_by("-event_sequence")[:HOLDS]
    return [
        OpenHold(hold.pk, hold.placed_at, hold.expires_at, hold.description, amount_text(hold.remaining))
        for hold in holds
    ]


def below(account: Account) -> list[AccountBelow]:
    """The accounts right below a header by their codes, one more than are shown. One query."""
    children = (
        account.children.select_related("balance").order_by("code")[: MOST_BELOW + 1] if account.is_header else []
    )
    return [
        AccountBelow(
            child.pk,
            child.code,
            child.name,
            status_of(child),
            "" if child.is_header else balance_element(on_normal_side(child.balance)),
            "" if child.is_header else child.currency,
        )
        for child in children
    ]


def history_of(account: Account, before: str = "") -> Iterator[AccountHistoryRow]:
    """What became of an account's attributes, newest first, from its events before that one where it is a number."""
    events = Event.objects.filter(entity_id=account.entity_id, subject=str(account.pk), type__startswith="account.")
    if before.isascii() and before.isdigit() and len(before) <= MAX_VERSION_DIGITS:
        events = events.filter(sequence__lt=int(before))
    newest = events.order_by("-sequence")[: HISTORY_EVENTS + 1]
    facts = [(event, msgspec.to_builtins(AccountFact.read(event.data))) for event in newest]
    for place, (event, fact) in enumerate(facts[:HISTORY_EVENTS]):
        older = facts[place + 1][1] if place + 1 < len(facts) else fact
        fields = [
            (_called(name), _in_words(name, older[name]), _in_words(name, fact[name]))
            for name in fact
            if name != "reason" and older[name] != fact[name]
        ]
        yield AccountHistoryRow(event, gettext(WHAT[event.type]), fact["reason"], fields)


def _called(name: str) -> str:
    plain_name = name.replace("_", " ")
    # Labels of fields are in the catalogue as forms write them, and those of a status in small letters.
    return capfirst(gettext(plain_name if name.endswith("frozen") else CALLED.get(name, capfirst(plain_name))))


def _in_words(name: str, value: Any) -> str:
    """What a field was, as the other pages say it."""
    if value in (None, "", {}):
        return gettext("none")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name in {"min_balance", "max_balance"}:
        return amount_text(Decimal(value))
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    return gettext(CHOICES[name](value).label) if name in CHOICES else str(value)


def initial_of(account: Account) -> dict[str, Any]:
    """What the form of changes starts with."""
    balance = account.balance
    limits = {"min_balance": balance.min_balance, "max_balance": balance.max_balance}
    return {
        "name": account.name,
        "owner_id": account.owner_id,
        "role": account.role,
        "cash_flow": account.cash_flow,
        "term": account.term,
        "parent": account.parent.code if account.parent else "",
        "metadata": msgspec.json.encode(account.metadata).decode() if account.metadata else "",
        "revision": account.revision,
        **limits,
    }


def change(account: Account, form: ChangeForm, actor: str) -> Any:
    """Change what differs from the state the form was filled from. Raises the use case's refusals."""
    return change_account(
        account.entity_id,
        account.code,
        form.changes(account),
        actor=actor,
        reason=form.cleaned_data["reason"],
        expected_revision=form.cleaned_data["revision"],
    )


def apply(request: HttpRequest, action: str, accounts: list[Account], values: dict[str, Any]) -> None:
    """Freeze, unfreeze or close each account for itself; every outcome is a message."""
    said = {"actor": actor_of(request), "reason": values["reason"]}
    use_cases: dict[str, Callable[..., object]] = {
        "freeze": partial(freeze_account, outflow=bool(values.get("outflow")), inflow=bool(values.get("inflow"))),
        "unfreeze": partial(freeze_account, outflow=False, inflow=False),
        "close": close_account,
    }
    for account in accounts:
        try:
            use_cases[action](account.entity_id, account.code, **said)
            messages.success(
                request,
                gettext("%(account)s is %(state)s.") % {"account": account.code, "state": gettext(DONE[action])},
            )
        except LedgerError as refusal:
            messages.error(
                request,
                gettext("%(account)s is not %(state)s: %(message)s")
                % {"account": account.code, "state": gettext(DONE[action]), "message": refusal_text(refusal)},
            )


def ids_from(texts: list[str], most: int) -> list[UUID]:
    """The account ids among what an address holds; what is none is left out."""
    ids = []
    for text in texts[:most]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids
