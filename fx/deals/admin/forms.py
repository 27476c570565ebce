"""Forms of the admin pages of quotes, settlements and revaluations. They shape what was typed; the use cases decide."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms

from fx.deals.errors import OneAmountNeeded
from fx.deals.fees import Fee
from fx.deals.models import MOST_SPREAD
from fx.deals.plan import Order
from fx.deals.quoting import LONGEST, Deal
from fx.rates.quotes import parse_rate
from ledgerflow.core.money import parse_amount
from ledgerflow.web.admin_base import LedgerForm
from ledgerflow.web.form_fields import ConfirmField, DateField

SIDES = [("", "Where it goes out"), ("debit", "Debit"), ("credit", "Credit")]


class QuoteForm(LedgerForm):
    """Price an exchange; the next page shows the price, and settles it."""

    sell_account = forms.CharField(max_length=100, help_text="The code of the account that gives the sold amount up.")
    sell_currency = forms.CharField(max_length=12)
    sell_amount = forms.CharField(max_length=40, required=False, help_text="This, or the amount to buy.")
    buy_account = forms.CharField(max_length=100, help_text="The code of the account that takes the bought amount in.")
    buy_currency = forms.CharField(max_length=12)
    buy_amount = forms.CharField(max_length=40, required=False)
    spread_percent = forms.DecimalField(
        min_value=Decimal(0), max_value=Decimal(MOST_SPREAD), max_digits=7, decimal_places=4, initial=Decimal(0),
        help_text="Of what is bought.",
    )  # fmt: skip
    expires_in = forms.IntegerField(
        min_value=1, max_value=int(LONGEST.total_seconds()), initial=300, label="Stands for", help_text="Seconds."
    )

    def deal(self) -> Deal:
        """Raises `Malformed` for an amount that is none."""
        typed = self.cleaned_data
        amounts = {
            name: parse_amount(typed[name].strip(), f"/{name}") if typed[name].strip() else None
            for name in ("sell_amount", "buy_amount")
        }
        if not any(amounts.values()):
            raise OneAmountNeeded(pointer="/sell_amount")
        return Deal(
            typed["sell_currency"].strip().upper(), typed["buy_currency"].strip().upper(), amounts["sell_amount"],
            amounts["buy_amount"], typed["spread_percent"],
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
    confirm_unusual_date = ConfirmField()


class AgreedForm(LedgerForm):
    """A deal as a bank made it: both amounts, or one and the rate."""

    sell_account = forms.CharField(max_length=100, help_text="The code of the account that gives the sold amount up.")
    sell_currency = forms.CharField(max_length=12)
    sell_amount = forms.CharField(max_length=40, required=False, help_text="Both amounts, or one and the rate.")
    buy_account = forms.CharField(max_length=100, help_text="The code of the account that takes the bought amount in.")
    buy_currency = forms.CharField(max_length=12)
    buy_amount = forms.CharField(max_length=40, required=False)
    rate = forms.CharField(max_length=29, required=False, help_text="In place of one of the amounts.")
    rate_base = forms.CharField(
        max_length=12,
        required=False,
        help_text="The currency whose unit the rate is the price of; the sold one unless given.",
    )
    fee_amount = forms.CharField(max_length=40, required=False, label="Fee")
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
    confirm_unusual_date = ConfirmField()
    confirm_unusual_rate = forms.BooleanField(
        required=False, label="Confirm an unusual rate", help_text="A price far from the rate of the day is meant."
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def order(self) -> Order:
        """Raises `Malformed` for an amount or a rate that is none."""
        typed = {name: value.strip() if isinstance(value, str) else value for name, value in self.cleaned_data.items()}
        amounts = {
            name: parse_amount(typed[name], f"/{name}") if typed[name] else None
            for name in ("sell_amount", "buy_amount", "fee_amount")
        }
        if amounts["sell_amount"] is None and amounts["buy_amount"] is None:
            raise OneAmountNeeded(pointer="/sell_amount")
        deal = Deal(
            typed["sell_currency"].upper(), typed["buy_currency"].upper(), amounts["sell_amount"],
            amounts["buy_amount"], rate=parse_rate(typed["rate"], "/rate") if typed["rate"] else None,
            rate_base=typed["rate_base"].upper(),
        )  # fmt: skip
        fee_amount = amounts["fee_amount"]
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
