"""Refusals of open items."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound


class ItemAccountRefused(LedgerError):
    """The account cannot keep open items."""

    code = "item_account_refused"
    template = "Open items are kept on assets and liabilities, and {account} is neither."
    constraints = ("item_account_is_asset_or_liability",)


class PartyMissing(ItemAccountRefused):
    template = "Open items have a party: add the dimension 'party' to the books first."


class TermsOutOfRange(Malformed):
    template = "Payment terms are 0 to {most} days."


class NoItemAccount(NotFound):
    template = "No open items are kept on {account}."


class ItemNotFound(NotFound):
    template = "Journal {journal} has no open item on {account}."


class WhichLine(Malformed):
    template = "Journal {journal} has {count} items on {account}: name the line."


class DueDateOfNothing(NotFound):
    template = "The journal has no open item that could be due."


class AllocationNotFound(NotFound):
    template = "There is no such allocation in these books."


class AllocationCount(Malformed):
    template = "A request has 1 to {most} allocations."


class AllocationRefused(LedgerError):
    """The two items cannot settle each other; the sentence says why."""

    code = "allocation_refused"
    template = "These items cannot be allocated to each other."
    constraints = ("allocation_of_items",)


class SidesWrong(AllocationRefused):
    template = "An allocation has a debit and a credit of the same account: journal {journal} is on the other side."


class ItemReversed(AllocationRefused):
    template = "Journal {journal} was reversed or is a reversal: the two settle each other by themselves."


class FirstItemAbsent(ItemAccountRefused):
    template = "{account} has {postings} postings: its items begin with one of them, or with the next one."


class AllocatedTooEarly(AllocationRefused):
    template = "Both items are there from {first} on: an allocation of {day} would be before."


class OverAllocated(LedgerError):
    """More would be allocated of an item than is open; `data` has the open amount on that date."""

    code = "over_allocated"
    status = 409
    template = "Of journal {journal}, {open} is open on {day}: less than {amount}."
    constraints = ("allocation_within_amounts",)


class AlreadyUndone(LedgerError):
    """The allocation was undone before."""

    code = "allocation_undone"
    status = 409
    template = "This allocation was undone already."
    constraints = ("open_items_allocationundo_pkey",)


class UndoneTooEarly(AllocationRefused):
    template = "An allocation of {day} is not undone before it."
    constraints = ("allocation_undone_after_it",)
