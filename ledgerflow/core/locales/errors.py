"""What cannot be read in the way a person writes, or could be read in two ways."""

from __future__ import annotations

from ledgerflow.core.errors import Malformed


class AmountUnreadable(Malformed):
    template = "{text!r} is not an amount: write it as {example}."


class RateUnreadable(Malformed):
    template = "{text!r} is not a rate: write it as {example}."


class AmountAmbiguous(Malformed):
    template = "{text} can be read as {first} or as {second}: write {first} or {second}."


class AmountOfOtherFormat(Malformed):
    template = "{text} would be {reading} with {mark}, and your numbers have {own}: write {reading}."


class AmountOfOtherCurrency(Malformed):
    template = "{text} is in {found}, and an amount in {wanted} is asked for."


class AmountWithoutCurrency(Malformed):
    template = "{text}: the currency does not stand with the amount here: write {example} alone."


class DayUnreadable(Malformed):
    template = (
        "{text!r} is not a date: write {example}, {iso}, a day of this month as 15, or days from {base} as -1 or +5."
    )


class DayNotThere(Malformed):
    template = "There is no day {text}."


class DayAmbiguous(Malformed):
    template = "{text} can be read as {first} or as {second}: write {first} or {second}."


class PeriodForDay(Malformed):
    template = "{text} is from {first} to {last}, and one day is asked for."


class PeriodUnreadable(Malformed):
    template = "{text!r} is no time: write a date as {example}, 2026-Q3, 2026-09, 2026, month-1, quarter-1 or year-1."
