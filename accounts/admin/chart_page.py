"""The page of the chart: a tree that folds by links, so that each state of it has an address and needs no script."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from accounts.admin.chart_rows import TYPES, ChartAccount, ChartAmount, ChartOfAccounts, amount_of, read_chart
from accounts.models import Account
from ledgerflow.core.locales.current import amount_text
from ledgerflow.core.texts import is_storable
from ledgerflow.web.admin_base import ReadOnlyAdmin, require
from ledgerflow.web.pages.amounts import class_of_balance
from ledgerflow.web.pages.books_of_page import chosen_entity

MOST_ROWS = 600  # of a page; what is folded counts for nothing
MOST_NAMED = 50  # accounts that an address opens or folds
DEEPEST = 12  # what is deeper stands below the last that is indented


class ChartMoney(NamedTuple):
    text: str
    currency: str
    look: str  # a class: zero is quiet, what stands against the side of its account is red


class ChartRow(NamedTuple):
    """A line of the page: the heading of a type, or an account with what stands on it and below it."""

    style: str
    level: int
    label: str
    account: ChartAccount | None
    amounts: list[ChartMoney] | None  # None where there are too many accounts to add up
    words: list[str]  # what is special of it
    is_open: bool = False
    turn: str = ""  # the address at which it is folded, or open; empty where nothing is below it


class OpenBranches(NamedTuple):
    """Which headers are open: all of small books but those in `folded`, of others those in `opened` alone.

    What `opened` has stands with the codes above it: an address that opens one opens those, too.
    """

    opened: dict[str, set[str]]
    folded: list[str]
    is_whole: bool

    def has(self, code: str) -> bool:
        return code not in self.folded if self.is_whole else code in self.opened

    def turned(self, code: str) -> str:
        """The address of the same page with this one folded, or open."""
        named = self.folded if self.is_whole else list(self.opened)
        changed = [*named, code]
        if code in named:  # with what is open below it, which would open it again
            changed = [one for one in named if one != code and code not in self.opened.get(one, ())]
        return "?" + urlencode({"fold" if self.is_whole else "open": changed[-MOST_NAMED:]}, doseq=True)


def urls_of(site: AdminSite) -> list[URLPattern]:
    """The address of the chart, beside the list of accounts."""
    return [path("chart/", site.admin_view(partial(chart_page, site=site)), name="accounts_account_chart")]


def chart_page(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """The chart of the books in the address."""
    admin = cast("ReadOnlyAdmin[Account]", site.get_model_admin(Account))
    require(admin.has_view_permission(request))
    entity = chosen_entity(request)
    context: dict[str, Any] = {"entity": entity}
    if entity is not None:
        named = {name: _codes(request, name) for name in ("open", "fold")}
        chart = read_chart(entity.pk, named["open"])
        branches = OpenBranches(_opened(chart, named["open"]), named["fold"], chart.is_whole)
        rows = list(rows_of(chart, branches))
        context |= {
            "rows": rows[:MOST_ROWS],
            "is_cut": len(rows) > MOST_ROWS or any(chart.more_below(parent) for parent in chart.below),
            "is_changed": bool(named["fold"] if chart.is_whole else named["open"]),
            "is_whole": chart.is_whole,
            "totals": _totals(chart),
            "is_summed": chart.types is not None,
        }
    return admin.page(request, "accounts/admin/chart.html", _("Chart of accounts"), **context)


def rows_of(chart: ChartOfAccounts, branches: OpenBranches) -> Iterator[ChartRow]:
    """The rows that are not folded away, grouped by type; a type without accounts has none."""
    top = chart.visible_below(None)
    for type_ in TYPES:
        found = [one for one in top if one.type == type_]
        if found:
            yield ChartRow("heading", 0, type_.value, None, [], [])
        for one in found:
            yield from _branch(chart, branches, one, 1)


def _branch(chart: ChartOfAccounts, branches: OpenBranches, account: ChartAccount, level: int) -> Iterator[ChartRow]:
    is_open = account.is_header and branches.has(account.code)
    # Large books are read one level at a time, so that of a folded header nobody knows whether anything is below it.
    can_turn = account.is_header and (not chart.is_whole or account.id in chart.below)
    yield ChartRow(
        style=_style(account),
        level=min(level, DEEPEST),
        label=f"{account.code} · {account.name}",
        account=account,
        amounts=_amounts(chart, account),
        words=list(_words(account)),
        is_open=is_open,
        turn=branches.turned(account.code) if can_turn else "",
    )
    if is_open:
        for one in chart.visible_below(account.id):
            yield from _branch(chart, branches, one, level + 1)


def _amounts(chart: ChartOfAccounts, account: ChartAccount) -> list[ChartMoney] | None:
    if not account.is_header:
        return _money([amount_of(account)], is_contra=account.is_contra)
    branch = chart.branches.get(account.id)
    return None if branch is None or branch.amounts is None else _money(branch.amounts)


def _money(amounts: list[ChartAmount], *, is_contra: bool = False) -> list[ChartMoney]:
    return [
        ChartMoney(
            amount_text(one.amount, one.decimals),
            one.currency,
            class_of_balance(one.amount.copy_negate() if is_contra else one.amount),
        )
        for one in amounts
    ]


def _words(account: ChartAccount) -> Iterator[str]:
    if account.is_contra:
        yield _("contra: is subtracted")
    if account.is_closed:
        yield _("closed")
    elif account.is_frozen:
        yield _("frozen")


def _style(account: ChartAccount) -> str:
    if account.is_closed:
        return "quiet"
    return "subtotal" if account.is_header else "line"


def _totals(chart: ChartOfAccounts) -> list[tuple[str, list[ChartMoney]]]:
    found = chart.types or {}
    return [(type_.value, _money(found[type_.value])) for type_ in TYPES if type_.value in found]


def _opened(chart: ChartOfAccounts, named: Collection[str]) -> dict[str, set[str]]:
    """The headers that an address opens, and those above them: what was read of large books is below these."""
    by_id = {one.id: one for below in chart.below.values() for one in below}
    wanted: set[UUID] = set()
    for one in by_id.values():
        if one.code in named:
            wanted |= {one.id, *(above.id for above in _above(one, by_id))}
    found = [one for one in by_id.values() if one.id in wanted and one.is_header]
    return {one.code: {above.code for above in _above(one, by_id)} for one in found}


def _above(account: ChartAccount, by_id: Mapping[UUID, ChartAccount]) -> Iterator[ChartAccount]:
    parent = account.parent
    while parent is not None and parent in by_id:
        yield by_id[parent]
        parent = by_id[parent].parent


def _codes(request: HttpRequest, name: str) -> list[str]:
    return [code for code in request.GET.getlist(name)[:MOST_NAMED] if is_storable(code)]
