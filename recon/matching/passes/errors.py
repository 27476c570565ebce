"""Refusals of what matching is given."""

from __future__ import annotations

from ledgerflow.core.errors import Malformed


class RuleOutOfRange(Malformed):
    template = (
        "The rule {code} cannot be used: a threshold is from 0 to 100, a tolerance is not negative, a percentage is at "
        "most 100, and a window has at most {days} days on each side."
    )


class RuleTwice(Malformed):
    template = "Each rule needs a code of its own, because a match names its rule: {codes}."


class ItemOnOtherSide(Malformed):
    template = "The item {id} was given with the items of the {side} and says that it is on the other side."


class ItemTwice(Malformed):
    template = "The id {id} was given twice, and an item can be in one match only."


class ItemAmountOutOfRange(Malformed):
    template = (
        "The amount of the item {id} has more than {whole_digits} digits before the point or {decimals} after it."
    )
