"""The small charts of Home, of figures that were made beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from ledgerflow.core.locales.current import amount_text, day_text
from ledgerflow.web.pages.charts import Point, TwoBars, Words, bar_chart, line_chart, pair_chart


class Chart(NamedTuple):
    """A chart with what it shows in words, and its figures as a table."""

    title: str
    text: str
    svg: SafeString
    head: list[str]
    rows: list[list[str]]


def charts_of(figures: dict[str, dict[str, Any]]) -> list[Chart]:
    """Those of which there are figures."""
    return [*_cash(figures.get("cash_by_day") or {}), *_events(figures.get("events_by_hour") or {})]


def _cash(kept: dict[str, Any]) -> Iterator[Chart]:
    if not kept:
        return
    currency, days, weeks = kept["currency"], _amounts(kept["days"]), _amounts(kept["weeks"])
    yield _balances(currency, days, kept.get("elsewhere", []))
    yield _weeks(currency, weeks)


def _balances(currency: str, days: list[list[Any]], elsewhere: list[list[str]]) -> Chart:
    title = gettext("Cash in {currency}, 13 weeks").format(currency=currency)
    (first_day, first), (last_day, last) = days[0], days[-1]
    text = gettext("{first} on {first_day}, {last} on {last_day}.").format(
        first=amount_text(first), first_day=first_day, last=amount_text(last), last_day=last_day
    )
    others = [f"{amount_text(Decimal(amount))} {code}" for code, amount in elsewhere]
    if others:
        text += " " + gettext("Not in it: {amounts}.").format(amounts=", ".join(others))
    svg = line_chart([Point(*day) for day in days], Words("cash", title, text))
    return _chart(title, text, [gettext("Day"), gettext("Balance")], _texts(days), svg)


def _weeks(currency: str, weeks: list[list[Any]]) -> Chart:
    title = gettext("In and out by week, {currency}").format(currency=currency)
    _, up, down = weeks[-1]
    text = gettext("{up} in and {down} out in the last week.").format(up=amount_text(up), down=amount_text(down))
    svg = pair_chart([TwoBars(*week) for week in weeks], Words("weeks", title, text))
    return _chart(title, text, [gettext("Week from"), gettext("In"), gettext("Out")], _texts(weeks), svg)


def _events(kept: dict[str, Any]) -> Iterator[Chart]:
    if not kept:
        return
    hours = [Point(hour, count) for hour, count in kept["hours"]]
    title = gettext("Events an hour, 24 hours")
    text = gettext("{all} in all, {last} in the hour that is running.").format(
        all=amount_text(Decimal(sum(int(hour.value) for hour in hours))), last=amount_text(Decimal(hours[-1].value))
    )
    rows = [[f"{hour.label} UTC", amount_text(Decimal(hour.value))] for hour in hours[::-1]]
    head = [gettext("Hour"), gettext("Events")]
    yield _chart(title, text, head, rows, bar_chart(hours, Words("events", title, text)))


def _chart(title: str, text: str, head: list[str], rows: list[list[str]], svg: str) -> Chart:
    # Every text in it was escaped by the one who drew it.
    return Chart(title, text, SafeString(svg), head, rows)


def _amounts(kept: list[list[str]]) -> list[list[Any]]:
    return [[day_text(date.fromisoformat(day)), *map(Decimal, amounts)] for day, *amounts in kept]


def _texts(rows: list[list[Any]]) -> list[list[str]]:
    """The newest first."""
    return [[label, *map(amount_text, amounts)] for label, *amounts in reversed(rows)]
