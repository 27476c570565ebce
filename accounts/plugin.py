"""What the chart of accounts adds to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from accounts import currencies, leaps
from accounts.commands import KINDS
from accounts.events import (
    AccountChangedFact,
    AccountClosedFact,
    AccountFrozenFact,
    AccountOpenedFact,
    AccountUnfrozenFact,
    CurrencyAddedFact,
)
from accounts.proof import FACTS, check_leaps
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Command, Plugin, ProposalKind, Verifier

PLUGIN = Plugin(
    room="accounts",
    commands=(
        Command(
            "accounts", gettext_noop("Accounts"), "accounts_account_changelist", "chart", "accounts.view_account", "g a"
        ),
        Command(
            "chart", gettext_noop("Chart of accounts"), "accounts_account_chart", "tree fold", "accounts.view_account"
        ),
        Command(
            "entities", gettext_noop("Other entity"), "books_entity_changelist", "books company", "books.view_entity"
        ),
    ),
    verifiers=(Verifier("business_date", check_leaps, facts=FACTS),),
    proposal_kinds=(
        ProposalKind(leaps.KIND, "Leap of the business date", leaps.PERMISSION, leaps.carry_out, leaps.is_done),
    ),
    events=(
        AccountOpenedFact,
        AccountChangedFact,
        AccountFrozenFact,
        AccountUnfrozenFact,
        AccountClosedFact,
        CurrencyAddedFact,
    ),
    command_kinds=KINDS,
    portables=(currencies.PORTABLE,),
    never_deleted_tables={
        "accounts_account": (
            "name",
            "metadata",
            "owner_id",
            "role",
            "cash_flow",
            "term",
            "keeps_lots",
            "monetary",
            "parent_id",
            "outflow_frozen",
            "inflow_frozen",
            "closed_at",
            "revision",
        ),
        "accounts_balance": ("debits", "credits", "held", "version", "min_balance", "max_balance", "overridden"),
        "accounts_currency": (),
    },
    role_permissions={"controller": ("books.leap_business_date",), "administrator": ("accounts.add_currency",)},
    scope_permissions={
        "read": ("books.view_entity", "accounts.view_account"),
        "manage": ("books.change_entity", "accounts.add_account", "accounts.change_account", "accounts.add_currency"),
    },
    helps=(
        PageHelp(
            "accounts_account",
            "The chart of accounts: a tree of headers, with the balance of each account on its own side.",
            "Open an account to see its limits, holds and sub-accounts, or to freeze and close it.",
            "An account is never deleted, and each change of it stays in its history with its reason.",
            "concepts.md#accounts",
        ),
        PageHelp(
            "accounts_currency",
            "These are the currencies and units that accounts of these books can be in.",
            "Add one of your own where it is not among those of ISO 4217.",
            "How many decimals it has can never be changed.",
            "concepts.md#units-that-are-not-money",
        ),
    ),
)
