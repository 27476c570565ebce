"""The endpoints of the entity, its currencies and its chart of accounts."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import UUID

import django_filters
import msgspec

from accounts import bodies
from accounts.balances import BalanceNow, balances_of_owner, no_account
from accounts.bases.eras import base_currency_on
from accounts.changing import account_as_of, change_account, close_account, freeze_account
from accounts.currencies import add_currency
from accounts.dimensions.declaring import require_at_opening
from accounts.errors import NotOpenThen
from accounts.events import AccountFact
from accounts.leaps import propose_leap
from accounts.models import Account, AccountType, Currency
from accounts.opening import open_account
from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.approvals.api import proposed
from ledgerflow.approvals.bodies import ProposalDetail
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from ledgerflow.core.money import plain
from ledgerflow.core.texts import is_storable
from ledgerflow.web.endpoints import Call, Endpoints, Reply, revised
from ledgerflow.web.queries import a_choice, a_flag, a_moment, a_text

accounts = Endpoints("accounts")
FILTERS = [
    a_choice("type", AccountType.values),
    a_text("currency"),
    a_text("owner_id"),
    a_text("role"),
    a_text("parent", "The code of the account they stand under."),
    a_flag("is_header"),
    a_flag("closed"),
]


class AccountFilter(django_filters.FilterSet):  # type: ignore[misc]  # ships without types
    """What `FILTERS` have read, as conditions of the query."""

    type = django_filters.CharFilter()
    currency = django_filters.CharFilter()
    owner_id = django_filters.CharFilter()
    role = django_filters.CharFilter()
    parent = django_filters.CharFilter(field_name="parent__code")
    is_header = django_filters.BooleanFilter()
    closed = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull", exclude=True)


@accounts.get(scope=READ, answer=bodies.EntityResponse)
def entity_show(call: Call[None]) -> bodies.EntityResponse:
    """The set of books the key opens."""
    return _entity(call.entity)


@accounts.patch(bodies.EntityChangeRequest, scope=MANAGE, answer=bodies.EntityResponse, problems=(422,))
def entity_change(call: Call[bodies.EntityChangeRequest]) -> bodies.EntityResponse:
    """Move the business date forward, at most a month; further takes a proposal (`POST /api/entity/leap`)."""
    entity = call.entity
    advance_business_date(entity, call.body.business_date, actor=call.actor)
    return _entity(entity)


@accounts.post(bodies.LeapRequest, scope=MANAGE, answer=ProposalDetail, statuses=(201,), problems=(409, 422))
def entity_leap(call: Call[bodies.LeapRequest]) -> Reply:
    """Propose a leap of the business date; another person approves it under proposals."""
    who = {"person": call.caller.person, "via": call.actor}
    return proposed(propose_leap(call.entity_id, call.body.business_date, reason=call.body.reason, **who))


@accounts.get(scope=READ, answer=bodies.CurrencyPage, paged=True)
def currency_list(call: Call[None]) -> dict[str, Any]:
    """The currencies of the books: ISO 4217 and custom ones."""
    return call.page(Currency.objects.filter(entity=call.entity_id), ["code"], _currency)


@accounts.post(bodies.CurrencyRequest, scope=MANAGE, answer=bodies.CurrencyResponse, statuses=(201,), problems=(409,))
def currency_add(call: Call[bodies.CurrencyRequest]) -> bodies.CurrencyResponse:
    """Add a custom currency."""
    return _currency(add_currency(call.entity, **msgspec.structs.asdict(call.body), actor=call.actor))


@accounts.get(scope=READ, answer=bodies.AccountPage, query=FILTERS, paged=True)
def account_list(call: Call[None]) -> dict[str, Any]:
    """Accounts by code."""
    rows = Account.objects.filter(entity=call.entity_id).select_related("balance", "parent")
    return call.page(AccountFilter(call.query, rows).qs, ["code"], _account)


@accounts.post(
    bodies.AccountOpeningRequest, scope=MANAGE, answer=bodies.AccountResponse, statuses=(201,), problems=(409, 422)
)
def account_open(call: Call[bodies.AccountOpeningRequest]) -> Reply:
    """Open an account."""
    code, required = call.body.code, call.body.required_dimensions
    hook = partial(require_at_opening, required=required, actor=call.actor) if required else None
    opened = open_account(call.entity_id, call.body.spec(), actor=call.actor, hook=hook)
    if opened.fact is None or opened.event_sequence is None:  # pragma: no cover - an account that opened has both
        raise no_account(code)
    content, headers, _ = revised(bodies.account_response(opened.fact, opened.event_sequence))
    return Reply(content, {**headers, "Location": f"{call.request.path}/{quote(code, safe='')}"})


@accounts.get(
    scope=READ,
    answer=bodies.AccountResponse,
    problems=(404,),
    query=[a_moment("at", "A moment: the account as it stood then.")],
)
def account_show(call: Call[None], code: str) -> Any:
    """One account."""
    account, moment = account_of(call.entity_id, code), call.query["at"]
    if moment is None:
        return revised(_account(account))
    then = account_as_of(call.entity_id, account.id, moment)
    if then is None:
        raise NotOpenThen(pointer="/at", account=code)
    return bodies.account_response(*then)


@accounts.patch(
    bodies.AccountChangeRequest, scope=MANAGE, answer=bodies.AccountResponse, problems=(404, 422), if_match=True
)
def account_change(call: Call[bodies.AccountChangeRequest], code: str) -> Reply:
    """Set fields of an account; what is left out stays."""
    return _changed(call, change_account, code, call.body.changes())


@accounts.post(bodies.FreezeRequest, scope=MANAGE, answer=bodies.AccountResponse, problems=(404, 422), if_match=True)
def account_freeze(call: Call[bodies.FreezeRequest], code: str) -> Reply:
    """Freeze the directions given, and only those. Revaluation and closing entries pass a freeze."""
    wanted = call.body.check()
    return _changed(call, freeze_account, code, outflow=wanted.outflow, inflow=wanted.inflow)


@accounts.post(bodies.ReasonRequest, scope=MANAGE, answer=bodies.AccountResponse, problems=(404, 422), if_match=True)
def account_unfreeze(call: Call[bodies.ReasonRequest], code: str) -> Reply:
    """Let both directions pass again."""
    return _changed(call, freeze_account, code, outflow=False, inflow=False)


@accounts.post(bodies.ReasonRequest, scope=MANAGE, answer=bodies.AccountResponse, problems=(404, 422), if_match=True)
def account_close(call: Call[bodies.ReasonRequest], code: str) -> Reply:
    """Close an account for good: at zero, with nothing held and no open account below it."""
    return _changed(call, close_account, code)


class OwnerBalancePage(msgspec.Struct):
    results: list[BalanceNow]
    next: str | None


@accounts.get(scope=READ, answer=OwnerBalancePage, problems=(404,), paged=True)
def owner_balances(call: Call[None], owner_id: str) -> dict[str, Any]:
    """All accounts of an owner with their balances, by code; none for an owner nobody knows."""
    limit, after = call.paging
    found = balances_of_owner(call.entity_id, owner_id, after=after[0] if after else "", limit=limit + 1)
    rows, more = found[:limit], found[limit:]
    return call.results(rows, [rows[-1].account] if more else None)


def account_of(entity_id: UUID, code: str) -> Account:
    """The account of these books with that code. Raises `NotFound`."""
    rows = Account.objects.filter(entity=entity_id, code=code).select_related("balance", "parent")
    account = rows.first() if is_storable(code) else None
    if account is None:
        raise no_account(code)
    return account


def _changed(call: Call[Any], use_case: Any, code: str, *given: Any, **named: Any) -> Reply:
    """The account after a change of the state that the caller has seen, for the reason in the body."""
    fact, revision = use_case(
        call.entity_id, code, *given, **named, actor=call.actor, reason=call.body.reason,
        expected_revision=call.expected_revision,
    )  # fmt: skip
    return revised(bodies.account_response(fact, revision))


def _account(account: Account) -> bodies.AccountResponse:
    low, high = account.balance.min_balance, account.balance.max_balance
    same = (
        "id", "code", "name", "type", "currency", "normal_side", "is_header", "monetary", "owner_id", "role",
        "metadata", "outflow_frozen", "inflow_frozen", "cash_flow", "term", "keeps_lots",
    )  # fmt: skip
    fact = AccountFact(
        **{name: getattr(account, name) for name in same},
        parent=account.parent.code if account.parent else None,
        min_balance=None if low is None else plain(low),
        max_balance=None if high is None else plain(high),
        closed=account.closed_at is not None,
    )
    return bodies.account_response(fact, account.revision)


def _currency(row: Currency) -> bodies.CurrencyResponse:
    return bodies.CurrencyResponse(row.code, row.name, row.minor_units, row.is_custom, row.is_money)


def _entity(entity: Entity) -> bodies.EntityResponse:
    fields = {name: getattr(entity, name) for name in bodies.EntityResponse.__struct_fields__}
    return bodies.EntityResponse(**fields | {"base_currency": base_currency_on(entity.id, entity.business_date)})
