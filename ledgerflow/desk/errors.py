"""What the desk refuses to look for. Each sentence says what would be found."""

from __future__ import annotations

from ledgerflow.core.errors import Malformed


class SearchTooLong(Malformed):
    template = "A search has at most {most} characters."


class QuoteNotClosed(Malformed):
    template = 'A quotation mark is not closed: "exact words" has one at each end.'


class FilterUnknown(Malformed):
    template = (
        "{name}: is no filter. There are {known}; a word with a colon in it is looked for in quotation marks, "
        'such as "{text}".'
    )


class FilterEmpty(Malformed):
    template = "{name}: has no value. {accepted}"


class FilterNotExcluded(Malformed):
    template = "-{name}: cannot be left out, only words can: -tag, or -{quoted}."


class AmountNotRead(Malformed):
    template = "{text} is no amount. amount: takes 1000, 25,000.00, 25.000,00, >=1000, <50 or 1000..2000."


class AmountsTheWrongWay(Malformed):
    template = "{text} has nothing in it: the first amount of a range is the smaller one."


class KindUnknown(Malformed):
    template = "{text} is no kind of journals. There are {known}."


class DayNotRead(Malformed):
    template = "{text} is no date. Dates are 2026-09-30, 2026-09, 2026-Q3, day-1, week-1, month-1, quarter-1 or year-1."


class DaysDoNotMeet(Malformed):
    template = "No day lies in all of these dates: take one of them away."


class ViewWithoutFilters(Malformed):
    template = "Nothing is filtered here: choose filters or columns, or search for something, and then save the view."


class NoColumnChosen(Malformed):
    template = "A list shows at least one column: choose one of those that it offers."


class ViewTooLong(Malformed):
    template = "The filters of a view have at most {most} characters in the address."


class GroupOfOthers(Malformed):
    template = "You share a view with a group that you are in: choose one of yours, or nobody."


class FileQueryTooLong(Malformed):
    template = "The filters of a file have at most {most} characters in the address."


class TooManyFiles(Malformed):
    template = "There are at most {most} files of one person: delete one first, or wait until the oldest is removed."


class ListNotYours(Malformed):
    template = "You may not see this list any more."


class NotMade(Malformed):
    template = "It was begun {tries} times and came to no end. Filters make it shorter."


class TooManyViews(Malformed):
    template = "A list has at most {most} saved views of one person: delete one first."
