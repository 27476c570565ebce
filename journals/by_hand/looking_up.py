"""Accounts as people name them: by code, by a part of the name, or by owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts.errors import UnknownAccount
from accounts.models import Account, Currency
from journals.by_hand.errors import AccountAmbiguous, AccountMissing
from journals.limits import AccountState
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.texts import is_storable

MOST_OFFERED = 12
MOST_NAMED = 3  # of the accounts that a text can mean, in its refusal
LONGEST_TEXT = 100
MOST_BY_NAME = 20  # texts of a sheet that are no code: each is looked for among all names
SEPARATOR = " · "  # between code and name, where both stand in a cell

# For each text, those accounts that take postings whose code begins with it, then those with it in their name or owner.
# Among equals, what the person uses most comes first.
FIND = """
    SELECT wanted.text, found.* FROM unnest(%s::text[]) AS wanted (text) CROSS JOIN LATERAL (
        SELECT a.code, a.name, a.owner_id, a.currency, (b.debits - b.credits) * b.normal_sign AS balance,
               coalesce(u.times, 0) AS times
        FROM accounts_account a JOIN accounts_balance b ON b.account_id = a.id
        LEFT JOIN by_hand_accountuse u ON u.entity_id = a.entity_id AND u.person = %s AND u.account_id = a.id
        WHERE a.entity_id = %s AND NOT a.is_header AND a.closed_at IS NULL
          AND (starts_with(lower(a.code), wanted.text) OR strpos(lower(a.name), wanted.text) > 0
               OR starts_with(lower(a.owner_id), wanted.text))
        ORDER BY lower(a.code) = wanted.text DESC, starts_with(lower(a.code), wanted.text) DESC,
                 coalesce(u.times, 0) DESC, starts_with(lower(a.name), wanted.text) DESC, a.code
        LIMIT %s
    ) found
"""

NAMED = """
    SELECT lower(name), min(code) FROM accounts_account
    WHERE entity_id = %s AND lower(name) = ANY (%s) AND NOT is_header AND closed_at IS NULL
    GROUP BY lower(name) HAVING count(*) = 1
"""


class Offered(NamedTuple):
    """An account that a text can mean; `balance` is on its normal side."""

    code: str
    name: str
    owner_id: str
    currency: str
    balance: Any
    times: int = 0  # in so many journals of the person who asks


class Known(NamedTuple):
    """An account that a line names, as it stands."""

    account: Account
    state: AccountState


def find_accounts(
    entity_id: UUID, texts: Iterable[str], limit: int = MOST_OFFERED, person: str = ""
) -> dict[str, list[Offered]]:
    """What each of the texts can mean, best first; nothing for one that is empty or cannot be a name."""
    wanted = {text: text.strip().lower() for text in texts if is_storable(text) and len(text) <= LONGEST_TEXT}
    lowered = sorted({text for text in wanted.values() if text})
    found: dict[str, list[Offered]] = {text: [] for text in lowered}
    if lowered:
        with connection.cursor() as cursor:
            cursor.execute(FIND, (lowered, person, entity_id, limit))
            for text, *row in cursor.fetchall():
                found[text].append(Offered(*row))
    return {text: found.get(low, []) for text, low in wanted.items()}


def resolve(entity_id: UUID, texts: Sequence[str]) -> dict[str, Known | LedgerError]:
    """The account that each text names, or why it names none: whole codes first, else the only one it can mean."""
    wanted = {text: text.partition(SEPARATOR)[0].strip() for text in texts}
    by_code = _by_code(entity_id, {code for code in wanted.values() if code and is_storable(code)})
    no_codes = sorted({code for code in wanted.values() if code not in by_code})
    others = find_accounts(entity_id, no_codes[:MOST_BY_NAME], MOST_NAMED + 1)
    meant = {code: found[0].code for code, found in others.items() if len(found) == 1}
    by_code |= {text: known for code, known in _by_code(entity_id, set(meant.values())).items()
                for text in meant if meant[text] == code}  # fmt: skip
    return {text: by_code.get(code) or _refusal(code, others.get(code, ())) for text, code in wanted.items()}


def resolve_whole(entity_id: UUID, texts: Sequence[str]) -> dict[str, Known | LedgerError]:
    """The account that each text names in whole: by its code, or by its name where only one has it.

    For lines that somebody pastes and does not look at one by one: a part of a code that fits one account by chance
    must not be taken for it. The refusal names what it could be.
    """
    wanted = {text: text.partition(SEPARATOR)[0].strip() for text in texts}
    by_code = _by_code(entity_id, {code for code in wanted.values() if code and is_storable(code)})
    no_codes = sorted({code for code in wanted.values() if code and code not in by_code and is_storable(code)})
    named = _by_name(entity_id, no_codes)
    found = _by_code(entity_id, set(named.values()))
    by_code |= {text: found[code] for text, code in named.items()}
    others = find_accounts(entity_id, [text for text in no_codes if text not in named][:MOST_BY_NAME], MOST_NAMED + 1)
    return {text: by_code.get(code) or _refusal(code, others.get(code, ())) for text, code in wanted.items()}


def _by_name(entity_id: UUID, texts: Sequence[str]) -> dict[str, str]:
    """The code of the only account that has this name, whatever its case."""
    if not texts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(NAMED, (entity_id, [text.lower() for text in texts]))
        codes = dict(cursor.fetchall())
    return {text: codes[text.lower()] for text in texts if text.lower() in codes}


def _by_code(entity_id: UUID, codes: set[str]) -> dict[str, Known]:
    if not codes:
        return {}
    rows = list(Account.objects.filter(entity_id=entity_id, code__in=codes).select_related("balance"))
    currencies = {row.currency for row in rows}
    units = dict(Currency.objects.filter(entity_id=entity_id, code__in=currencies).values_list("code", "minor_units"))
    return {row.code: Known(row, _state_of(row, units[row.currency])) for row in rows}


def _state_of(account: Account, minor_units: int) -> AccountState:
    balance = account.balance
    return AccountState(
        account.code, str(account.pk), account.currency, minor_units, account.is_header,
        account.closed_at is not None, account.outflow_frozen, account.inflow_frozen, balance.debits, balance.credits,
        balance.held, balance.version, balance.normal_sign, balance.min_balance, balance.max_balance,
        balance.overridden, keeps_lots=account.keeps_lots,
    )  # fmt: skip


def _refusal(text: str, found: Sequence[Offered]) -> LedgerError:
    if not text:
        return AccountMissing()
    if not found:
        return UnknownAccount(account=text)
    more = " …" if len(found) > MOST_NAMED else ""
    return AccountAmbiguous(
        text=text, candidates=", ".join(f"{one.code} {one.name}" for one in found[:MOST_NAMED]) + more
    )
