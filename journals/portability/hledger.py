"""The CSV of `hledger print --infer-equity -x -O csv`: accounts of several commodities, commodities of any name. Pure.

hledger's account holds any number of commodities, ours one currency. An account that holds one keeps its name as its
code; one that holds several gets a code per commodity, "assets:bank [EUR]" and "assets:bank [USD]".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from accounts.specs import TYPES as ACCOUNT_TYPES
from journals.drafts import MAX_LINES
from journals.portability.drafting import JournalOptions, hledger_amount, rounded
from journals.portability.errors import VirtualPostingRefused
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, MAX_MINOR_UNITS, ZERO, parse_signed
from ledgerflow.files.columns import column_index
from ledgerflow.files.items import grouped
from ledgerflow.files.problems import OptionProblem
from ledgerflow.files.rows import FileRow

COLUMNS = {
    "date": "date",
    "description": "description",
    "reference": "code",
    "metadata.comment": "comment",
    "account": "account",
    "amount": "amount",
    "currency": "commodity",
    "line_description": "posting-comment",
}
GROUP_BY = "txnidx"
# What hledger itself takes the top of an account's name for (its manual, "Account types").
TYPES = {
    "asset": "asset", "assets": "asset",
    "liability": "liability", "liabilities": "liability", "debt": "liability", "debts": "liability",
    "equity": "equity",
    "income": "income", "revenue": "income", "revenues": "income",
    "expense": "expense", "expenses": "expense",
}  # fmt: skip
_CURRENCY = re.compile(r"[A-Z][A-Z0-9._-]{0,11}", re.ASCII)


def complete(options: JournalOptions) -> JournalOptions:
    """Options for hledger's columns. Raises `OptionProblem` for what does not go with them."""
    if options.columns or options.constants or options.group_by or options.start_date:
        message = (
            "--columns, --set, --group-by and --start-date do not go with --format hledger: its columns are known."
        )
        raise OptionProblem(message)
    if not all(_CURRENCY.fullmatch(code) for code in options.commodities.values()):
        message = "--commodities gives codes of a capital letter and up to 11 more of A-Z, 0-9, '.', '_' or '-'."
        raise OptionProblem(message)
    unknown = {*options.types.values(), options.default_type} - {*ACCOUNT_TYPES}
    if unknown:
        message = f"A type is one of {', '.join(ACCOUNT_TYPES)}, not {min(unknown)!r}."
        raise OptionProblem(message)
    types = TYPES | {prefix.lower().rstrip(":"): of_type for prefix, of_type in options.types.items()}
    return msgspec.structs.replace(options, columns=COLUMNS, group_by=GROUP_BY, types=types)


class Survey:
    """What the whole file says: which account holds which commodities, and how fine each commodity is used."""

    def __init__(self) -> None:
        self.holdings: dict[str, set[str]] = {}
        self.decimals: dict[str, int] = {}


def survey(
    header: list[str], rows: Iterable[FileRow], options: JournalOptions, minor_units: Mapping[str, int] | None = None
) -> Survey:
    """A first pass over the file; memory grows with its accounts and commodities, not with its rows.

    `minor_units` are those of currencies whose amounts will be rounded, so that the rounding account is known here.
    Rows that say nothing usable are left out here: they are refused when their turn comes.
    Raises `OptionProblem` for commodities that cannot be a currency's code and are not mapped to one.
    """
    account, amount, commodity = (column_index(header, COLUMNS[name]) for name in ("account", "amount", "currency"))
    found = Survey()
    strange: set[str] = set()
    tolerance = parse_signed(options.rounding_tolerance)
    scales = minor_units or {}
    for group in grouped(rows, column_index(header, GROUP_BY), MAX_LINES):
        totals: dict[str, Decimal] = {}
        for row in group.rows:
            if row.problem or len(row.cells) != len(header):
                continue
            try:
                name = real_name(row.cells[account].strip())
                number = hledger_amount(row.cells[amount].strip())
            except LedgerError:
                continue
            currency = options.commodities.get(row.cells[commodity].strip(), row.cells[commodity].strip())
            if not _CURRENCY.fullmatch(currency):
                strange.add(currency)
            elif number:
                found.holdings.setdefault(name, set()).add(currency)
                found.decimals[currency] = max(found.decimals.get(currency, 0), _decimals(number.as_tuple().exponent))
                number = rounded(number, scales[currency]) if currency in scales else number
                totals[currency] = CONTEXT.add(totals.get(currency, ZERO), number)
        for currency, total in totals.items():
            if options.rounding_account and 0 < total.copy_abs() <= tolerance:
                found.holdings.setdefault(options.rounding_account, set()).add(currency)
    if strange:
        raise OptionProblem(_mapping_help(strange))
    return found


def real_name(account: str) -> str:
    """The account of a posting: balanced virtual ones stand in brackets, which are no part of the name.

    Raises `Malformed` for an unbalanced virtual posting, which double entry has no place for.
    """
    if account.startswith("(") and account.endswith(")"):
        raise VirtualPostingRefused(pointer="/account")
    if account.startswith("[") and account.endswith("]"):
        return account[1:-1]
    return account


class Names:
    """Gives the code of an account and commodity, taking up what the books have from an earlier file.

    `existing` maps codes of the books to their currencies.
    """

    def __init__(self, found: Survey, existing: Mapping[str, str], options: JournalOptions) -> None:
        self._commodities = options.commodities
        self._slash = options.slash
        self.codes: dict[tuple[str, str], str] = {}
        taken: dict[str, tuple[str, str]] = {}
        for name in sorted(found.holdings):
            for currency in sorted(found.holdings[name]):
                code = self._choose(name, currency, existing, several=len(found.holdings[name]) > 1)
                other = taken.setdefault(code, (name, currency))
                if other != (name, currency):
                    message = f"{name!r} in {currency} and {other[0]!r} in {other[1]} would both be {code!r}."
                    raise OptionProblem(message)
                self.codes[name, currency] = code

    def __call__(self, account: str, commodity: str) -> tuple[str, str]:
        """Code and currency of a posting. Raises `Malformed` for an unbalanced virtual posting."""
        name = real_name(account)
        currency = self._commodities.get(commodity, commodity)
        return self.codes.get((name, currency), name), currency

    def _choose(self, name: str, currency: str, existing: Mapping[str, str], *, several: bool) -> str:
        plain, bracketed = possible_codes(name, currency, self._slash)
        if bracketed in existing:
            return bracketed
        if plain in existing:
            return plain if existing[plain] == currency else bracketed
        return bracketed if several else plain


def possible_codes(name: str, currency: str, slash: str) -> tuple[str, str]:
    """The code of an account when it holds one commodity, and when it holds several."""
    code = name.replace("/", slash) if slash else name
    return code, f"{code} [{currency}]"


def type_of(name: str, types: Mapping[str, str], default: str) -> str:
    """The type of an account by the longest prefix of its name in `types`, whole parts, case ignored."""
    parts = name.lower().split(":")
    for length in range(len(parts), 0, -1):
        found = types.get(":".join(parts[:length]))
        if found is not None:
            return found
    return default


def _decimals(exponent: object) -> int:
    return min(max(-exponent, 0), MAX_MINOR_UNITS) if isinstance(exponent, int) else 0


def _mapping_help(strange: set[str]) -> str:
    shown = ", ".join(repr(name[:20]) for name in sorted(strange)[:10])
    example = next(iter(sorted(strange)))
    return (
        f"A currency's code is a capital letter and up to 11 more of A-Z, 0-9, '.', '_' or '-'; the file has {shown}. "
        f"Say what they stand for, for example --commodities '{example}=USD'."
    )
