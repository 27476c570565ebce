"""The endpoints of the entity, its currencies and its chart of accounts."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import django_filters
import msgspec
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import bodies
from accounts.balances import BalanceNow, balances_of_owner, no_account
from accounts.changing import account_as_of, change_account, close_account, freeze_account
from accounts.currencies import add_currency
from accounts.events import AccountFact
from accounts.leaps import propose_leap
from accounts.models import Account, AccountType, Currency
from accounts.opening import open_account
from ledgerflow.access.authentication import caller_in
from ledgerflow.approvals.api import proposal_response
from ledgerflow.approvals.bodies import ProposalDetail
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import FieldErrors, NotFound
from ledgerflow.core.money import plain
from ledgerflow.core.texts import is_storable
from ledgerflow.web.body import body_of
from ledgerflow.web.headers import etag, expected_revision
from ledgerflow.web.paging import page_json, page_of, paging_of
from ledgerflow.web.queries import moment_parameter, refuse_unknown, text_parameter
from ledgerflow.web.schema import CURSOR, IF_MATCH, LIMIT, answers, body

PAGING = ("limit", "cursor")
CHANGE_PROBLEMS = (404, 412, 413, 422, 428)
YES_OR_NO = (("true", "true"), ("false", "false"))


class EntityView(APIView):
    """The set of books the key opens."""

    @extend_schema(tags=["accounts"], operation_id="entity_show", responses=answers(bodies.EntityResponse, 200))
    def get(self, request: Request) -> Response:
        refuse_unknown(request, ())
        return _entity(Entity.objects.get(id=caller_in(request).entity_id))

    @extend_schema(
        tags=["accounts"],
        operation_id="entity_change",
        request=body(bodies.EntityChangeRequest),
        responses=answers(bodies.EntityResponse, 200, problems=(413, 422)),
    )
    def patch(self, request: Request) -> Response:
        """Move the business date forward, at most a month; further takes a proposal (`POST /api/entity/leap`)."""
        change = body_of(request, bodies.EntityChangeRequest)
        entity = Entity.objects.get(id=caller_in(request).entity_id)
        advance_business_date(entity, change.business_date, actor=caller_in(request).actor)
        return _entity(entity)


class LeapView(APIView):
    """What moves the business date further than one person may."""

    @extend_schema(
        tags=["accounts"],
        operation_id="entity_leap",
        request=body(bodies.LeapRequest),
        responses=answers(ProposalDetail, 201, problems=(409, 413, 422)),
    )
    def post(self, request: Request) -> Response:
        """Propose a leap of the business date; another person approves it under proposals."""
        leap, caller = body_of(request, bodies.LeapRequest), caller_in(request)
        proposal = propose_leap(
            caller.entity_id, leap.business_date, reason=leap.reason, person=caller.person, via=caller.actor
        )
        response = Response(proposal_response(proposal), status=HTTPStatus.CREATED)
        response["Location"] = f"/api/proposals/{proposal.pk}"
        return response


class CurrenciesView(APIView):
    """The currencies of the books: ISO 4217 and custom ones."""

    @extend_schema(
        tags=["accounts"],
        operation_id="currency_list",
        parameters=[LIMIT, CURSOR],
        responses=answers(bodies.CurrencyPage, 200),
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, PAGING)
        page = page_of(Currency.objects.filter(entity=caller_in(request).entity_id), paging_of(request), ["code"])
        return Response(page_json(request, [_currency(row) for row in page.rows], page.position))

    @extend_schema(
        tags=["accounts"],
        operation_id="currency_add",
        request=body(bodies.CurrencyRequest),
        responses=answers(bodies.CurrencyResponse, 201, problems=(409, 413)),
    )
    def post(self, request: Request) -> Response:
        """Add a custom currency."""
        wanted = body_of(request, bodies.CurrencyRequest)
        entity = Entity.objects.get(id=caller_in(request).entity_id)
        currency = add_currency(
            entity, code=wanted.code, name=wanted.name, minor_units=wanted.minor_units, actor=caller_in(request).actor
        )
        return Response(_currency(currency), status=HTTPStatus.CREATED)


class AccountFilter(django_filters.FilterSet):  # type: ignore[misc]  # ships without types
    type = django_filters.ChoiceFilter(choices=AccountType.choices)
    currency = django_filters.CharFilter()
    owner_id = django_filters.CharFilter()
    role = django_filters.CharFilter()
    parent = django_filters.CharFilter(field_name="parent__code")
    is_header = django_filters.TypedChoiceFilter(choices=YES_OR_NO, coerce="true".__eq__)
    closed = django_filters.TypedChoiceFilter(
        choices=YES_OR_NO, coerce="true".__eq__, field_name="closed_at", lookup_expr="isnull", exclude=True
    )


FILTERS = [
    OpenApiParameter("type", str, enum=AccountType.values),
    *(OpenApiParameter(name, str) for name in ("currency", "owner_id", "role")),
    OpenApiParameter("parent", str, description="The code of the account they stand under."),
    *(OpenApiParameter(name, bool) for name in ("is_header", "closed")),
]


class AccountsView(APIView):
    """The chart of accounts."""

    @extend_schema(
        tags=["accounts"],
        operation_id="account_list",
        parameters=[*FILTERS, LIMIT, CURSOR],
        responses=answers(bodies.AccountPage, 200),
    )
    def get(self, request: Request) -> Response:
        """Accounts by code."""
        refuse_unknown(request, (*AccountFilter.base_filters, *PAGING))
        for name in AccountFilter.base_filters:
            text_parameter(request, name)
        rows = Account.objects.filter(entity=caller_in(request).entity_id).select_related("balance", "parent")
        found = AccountFilter(request.GET, rows)
        if not found.is_valid():
            raise FieldErrors({f"/{name}": " ".join(messages) for name, messages in found.errors.items()})
        page = page_of(found.qs, paging_of(request), ["code"])
        return Response(page_json(request, [_account(row) for row in page.rows], page.position))

    @extend_schema(
        tags=["accounts"],
        operation_id="account_open",
        request=body(bodies.AccountRequest),
        responses=answers(bodies.AccountResponse, 201, problems=(409, 413, 422)),
    )
    def post(self, request: Request) -> Response:
        """Open an account."""
        wanted = body_of(request, bodies.AccountRequest)
        opened = open_account(caller_in(request).entity_id, wanted.spec(), actor=caller_in(request).actor)
        if opened.fact is None or opened.event_sequence is None:  # pragma: no cover - an account that opened has both
            raise no_account(wanted.code)
        response = _account_response(opened.fact, opened.event_sequence, status=HTTPStatus.CREATED)
        response["Location"] = f"{request.path}/{quote(wanted.code, safe='')}"
        return response


class AccountView(APIView):
    """One account."""

    @extend_schema(
        tags=["accounts"],
        operation_id="account_show",
        parameters=[OpenApiParameter("at", str, description="A moment: the account as it stood then.")],
        responses=answers(bodies.AccountResponse, 200, problems=(404,)),
    )
    def get(self, request: Request, code: str) -> Response:
        refuse_unknown(request, ("at",))
        moment = moment_parameter(request, "at")
        account = account_of(request, code)
        if moment is None:
            return _account_response(_fact(account), account.revision)
        then = account_as_of(caller_in(request).entity_id, account.id, moment)
        if then is None:
            message = f"The account {code!r} was not open at that moment."
            raise NotFound(message, pointer="/at")
        return Response(msgspec.to_builtins(bodies.account_response(*then)))

    @extend_schema(
        tags=["accounts"],
        operation_id="account_change",
        parameters=[IF_MATCH],
        request=body(bodies.AccountChangeRequest),
        responses=answers(bodies.AccountResponse, 200, problems=CHANGE_PROBLEMS),
    )
    def patch(self, request: Request, code: str) -> Response:
        """Set fields of an account; what is left out stays."""
        change = body_of(request, bodies.AccountChangeRequest)
        return _account_response(
            *change_account(
                caller_in(request).entity_id,
                code,
                change.changes(),
                actor=caller_in(request).actor,
                reason=change.reason,
                expected_revision=expected_revision(request),
            )
        )


class FreezeView(APIView):
    @extend_schema(
        tags=["accounts"],
        operation_id="account_freeze",
        parameters=[IF_MATCH],
        request=body(bodies.FreezeRequest),
        responses=answers(bodies.AccountResponse, 200, problems=CHANGE_PROBLEMS),
    )
    def post(self, request: Request, code: str) -> Response:
        """Freeze the directions given, and only those. Revaluation and closing entries pass a freeze."""
        wanted = body_of(request, bodies.FreezeRequest).check()
        return _frozen(request, code, outflow=wanted.outflow, inflow=wanted.inflow, reason=wanted.reason)


class UnfreezeView(APIView):
    @extend_schema(
        tags=["accounts"],
        operation_id="account_unfreeze",
        parameters=[IF_MATCH],
        request=body(bodies.ReasonRequest),
        responses=answers(bodies.AccountResponse, 200, problems=CHANGE_PROBLEMS),
    )
    def post(self, request: Request, code: str) -> Response:
        """Let both directions pass again."""
        return _frozen(request, code, outflow=False, inflow=False, reason=body_of(request, bodies.ReasonRequest).reason)


class CloseView(APIView):
    @extend_schema(
        tags=["accounts"],
        operation_id="account_close",
        parameters=[IF_MATCH],
        request=body(bodies.ReasonRequest),
        responses=answers(bodies.AccountResponse, 200, problems=CHANGE_PROBLEMS),
    )
    def post(self, request: Request, code: str) -> Response:
        """Close an account for good: at zero, with nothing held and no open account below it."""
        closed = close_account(
            caller_in(request).entity_id,
            code,
            actor=caller_in(request).actor,
            reason=body_of(request, bodies.ReasonRequest).reason,
            expected_revision=expected_revision(request),
        )
        return _account_response(*closed)


class OwnerBalancePage(msgspec.Struct):
    results: list[BalanceNow]
    next: str | None


class OwnerBalancesView(APIView):
    """What an owner has."""

    @extend_schema(
        tags=["accounts"],
        operation_id="owner_balances",
        parameters=[LIMIT, CURSOR],
        responses=answers(OwnerBalancePage, 200, problems=(404,)),
    )
    def get(self, request: Request, owner_id: str) -> Response:
        """All accounts of an owner with their balances, by code; none for an owner nobody knows."""
        refuse_unknown(request, PAGING)
        paging = paging_of(request)
        found = balances_of_owner(
            caller_in(request).entity_id,
            owner_id,
            after=paging.after[0] if paging.after else "",
            limit=paging.limit + 1,
        )
        rows, more = found[: paging.limit], found[paging.limit :]
        return Response(page_json(request, msgspec.to_builtins(rows), [rows[-1].account] if more else None))


def account_of(request: Request, code: str) -> Account:
    """The account of the caller's books with that code. Raises `NotFound`."""
    rows = Account.objects.filter(entity=caller_in(request).entity_id, code=code).select_related("balance", "parent")
    account = rows.first() if is_storable(code) else None
    if account is None:
        raise no_account(code)
    return account


def _frozen(request: Request, code: str, *, outflow: bool, inflow: bool, reason: str) -> Response:
    return _account_response(
        *freeze_account(
            caller_in(request).entity_id,
            code,
            outflow=outflow,
            inflow=inflow,
            actor=caller_in(request).actor,
            reason=reason,
            expected_revision=expected_revision(request),
        )
    )


def _account_response(fact: AccountFact, revision: int, *, status: int = HTTPStatus.OK) -> Response:
    return Response(
        msgspec.to_builtins(bodies.account_response(fact, revision)), status=status, headers={"ETag": etag(revision)}
    )


def _account(account: Account) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(bodies.account_response(_fact(account), account.revision))
    return shown


def _fact(account: Account) -> AccountFact:
    low, high = account.balance.min_balance, account.balance.max_balance
    return AccountFact(
        id=account.id,
        code=account.code,
        name=account.name,
        type=account.type,
        currency=account.currency,
        normal_side=account.normal_side,
        parent=account.parent.code if account.parent else None,
        is_header=account.is_header,
        monetary=account.monetary,
        owner_id=account.owner_id,
        role=account.role,
        metadata=account.metadata,
        min_balance=None if low is None else plain(low),
        max_balance=None if high is None else plain(high),
        outflow_frozen=account.outflow_frozen,
        inflow_frozen=account.inflow_frozen,
        closed=account.closed_at is not None,
    )


def _currency(currency: Currency) -> dict[str, Any]:
    return {
        "code": currency.code,
        "name": currency.name,
        "minor_units": currency.minor_units,
        "is_custom": currency.is_custom,
    }


def _entity(entity: Entity) -> Response:
    shown = bodies.EntityResponse(**{name: getattr(entity, name) for name in bodies.EntityResponse.__struct_fields__})
    return Response(msgspec.to_builtins(shown))
