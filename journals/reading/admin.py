"""The admin page of an account's register: what moved it between two dates, with the balance after each line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Account
from journals.reading.register_pages import (
    PageLine,
    PageOfRegister,
    RegisterPlace,
    balances_by_day,
    register_page,
)
from journals.reading.sides import SideOfJournal, SidesOfJournal, sides_of
from ledgerflow.core import clocks
from ledgerflow.core.errors import Malformed
from ledgerflow.core.locales.current import amount_text, conventions, day_text
from ledgerflow.core.locales.days import read_typed_period
from ledgerflow.core.money import CONTEXT
from ledgerflow.core.sentences import refusal_text
from ledgerflow.web.admin_base import ReadOnlyAdmin, require
from ledgerflow.web.pages.amounts import amount_element, balance_element
from ledgerflow.web.pages.charts import Point, Words, line_chart
from ledgerflow.web.queries import moment_parameter

LINES = 100
DAYS_OF_CHART = 90  # before the last one, where no first day is given
MOST_POINTS = 120
REPORTS = "journals.view_journal"  # who may see reports
DAYS = ("as_of", "from", "to")
_PLACE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.([0-9]{1,18})\.([0-9]{1,18})", re.ASCII)


class WantedRegister(NamedTuple):
    """The time that is asked for. `shown` is how the address says it, with dates as machines write them."""

    first: date | None
    last: date | None
    known_at: datetime | None
    shown: dict[str, str]
    refusals: dict[str, str]


class FieldOfRegister(NamedTuple):
    name: str
    label: str
    value: str
    hint: str
    refusal: str


class RegisterLineOnPage(NamedTuple):
    line: PageLine
    counter: SideOfJournal | None
    debit: str
    credit: str
    amount: str
    balance: str
    held: str
    description: str


def urls_of(site: AdminSite) -> list[URLPattern]:
    """The address of the register, below that of the account."""
    page = site.admin_view(partial(register_of_account, site=site))
    return [path("accounts/account/<uuid:account_id>/register/", page, name="accounts_account_register")]


def register_of_account(request: HttpRequest, account_id: UUID, *, site: AdminSite) -> HttpResponse:
    """A page of the register; dates that were typed in short lead to the address that has them in full."""
    admin = cast("ReadOnlyAdmin[Account]", site.get_model_admin(Account))
    account = admin.get_object(request, str(account_id))
    require(admin.has_view_permission(request, account))
    if account is None:
        return admin.not_there(request, str(account_id))
    if account.is_header:  # which takes no postings
        return redirect("admin:accounts_account_change", account.pk)
    wanted = wanted_in(request, account.entity.business_date)
    given = {name: request.GET[name] for name in (*DAYS, "known_at") if request.GET.get(name, "").strip()}
    if not wanted.refusals and given != wanted.shown:
        return HttpResponseRedirect(f"?{urlencode(wanted.shown)}")
    context = {"row": account, "fields": fields_of(request, wanted)}
    if not wanted.refusals:
        context |= found_in(request, account, wanted)
    title = _("Register of %(code)s · %(name)s") % {"code": account.code, "name": account.name}
    return admin.page(request, "journals/admin/register.html", title, **context)


def wanted_in(request: HttpRequest, today: date) -> WantedRegister:
    """What the address asks for; a day may be typed as -1, 15, 31.10 or as a time: 2026-Q3, month-1."""
    times, refusals, known_at = {}, {}, None
    for name in DAYS:
        text = request.GET.get(name, "").strip()
        try:
            times[name] = read_typed_period(text, conventions().days, today) if text else None
        except Malformed as refusal:
            refusals[name] = refusal_text(refusal)
    try:
        known_at = moment_parameter(request, "known_at") if request.GET.get("known_at", "").strip() else None
    except Malformed as refusal:
        refusals["known_at"] = refusal_text(refusal)
    as_of, since, until = (times.get(name) for name in DAYS)
    is_long = as_of is not None and as_of.first != as_of.last
    firsts = [one.first for one, counts in ((since, True), (as_of, is_long)) if one and counts]
    lasts = [one.last for one in (until, as_of) if one]
    first, last = max(firsts, default=None), min(lasts, default=None)
    if first and last and first > last:
        refusals["from"] = _("This is after the last day, %(last)s.") % {"last": day_text(last)}
    name_of_last = "as_of" if as_of and not is_long and not until else "to"
    shown = {name_of_last: last and last.isoformat(), "from": first and first.isoformat()}
    shown["known_at"] = known_at and clocks.as_text(known_at)
    return WantedRegister(first, last, known_at, {name: text for name, text in shown.items() if text}, refusals)


def fields_of(request: HttpRequest, wanted: WantedRegister) -> list[FieldOfRegister]:
    """The fields above the register, filled with what is shown as the person writes dates, or with what was refused."""
    example = _("-1, 31.10 or 2026-Q3")
    labels = {"as_of": (_("As of"), example), "from": (_("From"), ""), "to": (_("To"), "")}
    labels["known_at"] = (_("Known at"), "2026-03-02T12:00:00Z")
    return [
        FieldOfRegister(name, label, _value(request, wanted, name), hint, wanted.refusals.get(name, ""))
        for name, (label, hint) in labels.items()
    ]


def found_in(request: HttpRequest, account: Account, wanted: WantedRegister) -> dict[str, Any]:
    """The lines with all that stands around them."""
    places = {name: _place_in(request, name) for name in ("before", "after")}
    page = register_page(
        account, from_date=wanted.first, to_date=wanted.last, known_at=wanted.known_at, limit=LINES, **places
    )
    figures = _Figures(1 if account.normal_side == "debit" else -1, page.minor_units)
    sides = sides_of((line.id for line in page.lines if not line.action), account.currency)
    return {
        "lines": [_on_page(line, figures, sides) for line in page.lines],
        "page": page,
        **_totals(page, figures),
        "newer": _address(wanted, "after", page.newer),
        "newest": _address(wanted, "", None),
        "older": _address(wanted, "before", page.older),
        **_chart(account, wanted, figures),
        "wanted": wanted,
        "files": _files(request, account, wanted),
    }


def _value(request: HttpRequest, wanted: WantedRegister, name: str) -> str:
    text = wanted.shown.get(name, "")
    if wanted.refusals or not text or name == "known_at":
        return text or request.GET.get(name, "")
    return day_text(date.fromisoformat(text))


class _Figures(NamedTuple):
    """How amounts of an account are written: all decimals of its currency, balances as its own side counts them."""

    sign: int
    decimals: int

    def amount(self, amount: Decimal) -> str:
        return amount_element(amount.copy_abs(), decimals=self.decimals)

    def on_side(self, debits_less_credits: Decimal) -> Decimal:
        return CONTEXT.multiply(debits_less_credits, Decimal(self.sign))

    def plain_balance(self, debits_less_credits: Decimal) -> str:
        return amount_text(self.on_side(debits_less_credits), self.decimals)

    def balance(self, debits_less_credits: Decimal) -> str:
        return balance_element(self.on_side(debits_less_credits), decimals=self.decimals)


def _totals(page: PageOfRegister, figures: _Figures) -> dict[str, str]:
    opening, closing = (CONTEXT.subtract(*both) for both in (page.opening, page.closing))
    debits, credit_total = page.moved
    return {
        "opening": figures.balance(opening),
        "closing": figures.balance(closing),
        "debits": figures.amount(debits),
        "credits": figures.amount(credit_total),
    }


def _on_page(line: PageLine, figures: _Figures, sides: Mapping[UUID, SidesOfJournal]) -> RegisterLineOnPage:
    amount, balance = figures.amount(line.amount), figures.balance(line.balance)
    if line.action:
        held = figures.amount(line.held or Decimal(0))
        said = _("Hold %(action)s") % {"action": line.action}
        text = f"{said}: {line.description}" if line.description else said
        return RegisterLineOnPage(line, None, "", "", amount, balance, held, text)
    is_debit, both = line.amount > 0, sides[line.id]
    counter = both.credit if is_debit else both.debit
    debit, credit_text = (amount, "") if is_debit else ("", amount)
    return RegisterLineOnPage(line, counter, debit, credit_text, amount, balance, "", line.description)


def _place_in(request: HttpRequest, name: str) -> RegisterPlace | None:
    """Where the page begins; what is no place in a register begins at the newest line."""
    match = _PLACE.fullmatch(request.GET.get(name, ""))
    try:
        return RegisterPlace(date.fromisoformat(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _address(wanted: WantedRegister, name: str, place: RegisterPlace | None) -> str:
    """The address of another page of the same time; empty where there is none."""
    if name and place is None:
        return ""
    there = {name: f"{place.day}.{place.version}.{place.sequence}"} if place else {}
    return f"?{urlencode(wanted.shown | there)}"


def _chart(account: Account, wanted: WantedRegister, figures: _Figures) -> dict[str, str]:
    """The balance as a line over time; none at a moment of the past, as it is made of what is known today."""
    if wanted.known_at is not None:
        return {}
    last = wanted.last or account.entity.business_date
    first = wanted.first or last - timedelta(days=DAYS_OF_CHART)
    if first >= last:
        return {}
    days = _each_day(balances_by_day(account, first, last))
    points = [Point(day_text(day), figures.on_side(balance)) for day, balance in days]
    title = _("Balance from %(first)s to %(last)s") % {"first": points[0].label, "last": points[-1].label}
    ends = [f"{day_text(day)} {figures.plain_balance(balance)}" for day, balance in (days[0], days[-1])]
    said = _("%(first)s, then %(last)s") % {"first": ends[0], "last": ends[1]}
    return {"chart": SafeString(line_chart(points, Words("balance", title, said))), "chart_caption": title}


def _each_day(days: list[tuple[date, Decimal]]) -> list[tuple[date, Decimal]]:
    """The balance of every day, or of every so many where they are more than a line can show."""
    first, last = days[0][0], days[-1][0]
    step = max(1, -(-(last - first).days // MOST_POINTS))
    wanted = [last - timedelta(days=number) for number in range(0, (last - first).days + 1, step)]
    found, place = [], 0
    for day in reversed(wanted):
        while place + 1 < len(days) and days[place + 1][0] <= day:
            place += 1
        found.append((day, days[place][1]))
    return found


def _files(request: HttpRequest, account: Account, wanted: WantedRegister) -> list[tuple[str, str]]:
    """The same lines as files: those of the account statement, which has no limit of rows."""
    if not request.user.has_perm(REPORTS):
        return []
    try:
        report = reverse("admin:report_statement")
    except NoReverseMatch:  # a project's own site without the pages of the reports
        return []
    first = wanted.first or account.postings.order_by("effective_date").values_list("effective_date", flat=True).first()
    asked = {"account": account.code, "from": first, "to": wanted.last, "known_at": wanted.shown.get("known_at")}
    given = {name: str(value) for name, value in asked.items() if value}
    files = [(one.upper(), f"{report}?{urlencode(given | {'format': one})}") for one in ("csv", "xlsx", "pdf")]
    return [(_("Statement"), f"{report}?{urlencode(given)}"), *files]
