"""Forms of the admin pages of quotes, settlements and revaluations. They shape what was typed; the use cases decide."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import DecimalValidator, MaxValueValidator, MinValueValidator

from fx.deals.errors import OneAmountNeeded
from fx.deals.fees import Fee
from fx.deals.models import MOST_SPREAD
from fx.deals.plan import Order
from fx.deals.quoting import LONGEST, Deal
from fx.rates.quotes import parse_rate
from ledgerflow.core.money import plain
from ledgerflow.web.admin_base import LedgerForm
from ledgerflow.web.form_fields import AmountField, ConfirmDateField, ConfirmField, DateField, RateField

SIDES = [("", "Where it goes out"), ("debit", "Debit"), ("credit", "Credit")]


class QuoteForm(LedgerForm):
    """Price an exchange; the next page shows the price, and settles it."""

    sell_account = forms.CharField(max_length=100, help_text="The code of the account that gives the sold amount up.")
    sell_currency = forms.CharField(max_length=12)
    sell_amount = AmountField(required=False, is_positive=True, help_text="This, or the amount to buy.")
    buy_account = forms.CharField(max_length=100, help_text="The code of the account that takes the bought amount in.")
    buy_currency = forms.CharField(max_length=12)
    buy_amount = AmountField(required=False, is_positive=True)
    spread_percent = RateField(
        validators=[MinValueValidator(0), MaxValueValidator(MOST_SPREAD), DecimalValidator(7, 4)],
        initial=Decimal(0),
        help_text="Of what is bought.",
    )
    expires_in = forms.IntegerField(
        min_value=1, max_value=int(LONGEST.total_seconds()), initial=300, label="Stands for", help_text="Seconds."
    )

    def deal(self) -> Deal:
        """Raises `OneAmountNeeded`."""
        typed = self.cleaned_data
        if typed["sell_amount"] is None and typed["buy_amount"] is None:
            raise OneAmountNeeded(pointer="/sell_amount")
        return Deal(
            typed["sell_currency"].strip().upper(), typed["buy_currency"].strip().upper(), typed["sell_amount"],
            typed["buy_amount"], typed["spread_percent"],
        )  # fmt: skip

    @property
    def lasting(self) -> timedelta:
        return timedelta(seconds=self.cleaned_data["expires_in"])


class SettleForm(LedgerForm):
    """Settle a quote, once."""

    sell_side = forms.ChoiceField(
        choices=SIDES, required=False, help_text="Needed where the normal sides of the two accounts differ."
    )
    effective_date = DateField(required=False, help_text="The business date unless given.")
    description = forms.CharField(max_length=500, required=False)
    external_reference = forms.CharField(max_length=200, required=False)
    confirm_unusual_date = ConfirmDateField()


class AgreedForm(LedgerForm):
    """A deal as a bank made it: both amounts, or one and the rate."""

    sell_account = forms.CharField(max_length=100, help_text="The code of the account that gives the sold amount up.")
    sell_currency = forms.CharField(max_length=12)
    sell_amount = AmountField(required=False, is_positive=True, help_text="Both amounts, or one and the rate.")
    buy_account = forms.CharField(max_length=100, help_text="The code of the account that takes the bought amount in.")
    buy_currency = forms.CharField(max_length=12)
    buy_amount = AmountField(required=False, is_positive=True)
    rate = RateField(required=False, help_text="In place of one of the amounts.")
    rate_base = forms.CharField(
        max_length=12,
        required=False,
        help_text="The currency whose unit the rate is the price of; the sold one unless given.",
    )
    fee_amount = AmountField(required=False, is_positive=True, label="Fee")
    fee_account = forms.CharField(max_length=100, required=False, help_text="The account that the fee is taken from.")
    fee_counter_account = forms.CharField(
        max_length=100, required=False, help_text="The account of the expense, or of the income; in the same currency."
    )
    sell_side = forms.ChoiceField(
        choices=SIDES, required=False, help_text="Needed where the normal sides of the two accounts differ."
    )
    effective_date = DateField(required=False, help_text="The business date unless given.")
    description = forms.CharField(max_length=500, required=False)
    external_reference = forms.CharField(max_length=200, required=False)
    confirm_unusual_date = ConfirmDateField()
    confirm_unusual_rate = ConfirmField(
        ("unusual_rate",),
        ("sell_currency", "sell_amount", "buy_currency", "buy_amount", "rate", "rate_base", "effective_date"),
        label="Confirm an unusual rate",
        help_text="A price far from the rate of the day is meant.",
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def order(self) -> Order:
        """Raises `OneAmountNeeded`, and `Malformed` for a rate that is none."""
        typed: dict[str, Any] = {
            name: value.strip() if isinstance(value, str) else value for name, value in self.cleaned_data.items()
        }
        if typed["sell_amount"] is None and typed["buy_amount"] is None:
            raise OneAmountNeeded(pointer="/sell_amount")
        deal = Deal(
            typed["sell_currency"].upper(), typed["buy_currency"].upper(), typed["sell_amount"], typed["buy_amount"],
            rate=None if typed["rate"] is None else parse_rate(plain(typed["rate"]), "/rate"),
            rate_base=typed["rate_base"].upper(),
        )  # fmt: skip
        fee_amount = typed["fee_amount"]
        fee = None if fee_amount is None else Fee(fee_amount, typed["fee_account"], typed["fee_counter_account"])
        names = ("sell_account", "buy_account", "sell_side", "effective_date", "description", "external_reference",
                 "confirm_unusual_date", "confirm_unusual_rate")  # fmt: skip
        given: dict[str, Any] = {name: typed[name] for name in names}
        return Order(deal=deal, fee=fee, **given)


class ReverseForm(LedgerForm):
    effective_date = DateField(required=False, help_text="The business date unless given.")
    description = forms.CharField(max_length=500, help_text="Why.")


class RevalueForm(LedgerForm):
    """Preview first; the second button posts what was shown."""

    day = DateField(label="Date")


class PairForm(LedgerForm):
    account = forms.CharField(max_length=100, help_text="The code of a foreign monetary account.")
    valuation_account = forms.CharField(
        max_length=100, help_text="The code of an account of its type, in base currency, with the role valuation."
    )


class OpenForm(LedgerForm):
    currencies = forms.CharField(
        max_length=200, required=False, help_text="Such as USD GBP: clearing and spread accounts are opened for each."
    )
    valuation = forms.BooleanField(
        required=False, initial=True, label="Valuation", help_text="Pair each foreign monetary account that has none."
    )

    def codes(self) -> list[str]:
        typed: str = self.cleaned_data["currencies"]
        return typed.upper().replace(",", " ").split()
