"""The policy of an entity's rates: how old one may be, how far it may jump, how conversions round."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from fx.rates.errors import AutoReversalsOpen, JumpOutOfRange, RateAgeOutOfRange, RevaluationDaysUnknown
from fx.rates.events import FxPolicyFact
from fx.rates.models import MOST_DAYS, MOST_PERCENT, RevaluationDays, RevaluationMethod, RoundingMode
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.errors import NotOneOf, PolicyRevised
from ledgerflow.core.money import normalised
from ledgerflow.core.plugins import Portable

Fetch = Callable[[str, Any], list[tuple[Any, ...]]]


class PolicyEntry(msgspec.Struct, forbid_unknown_fields=True):
    """The FX policy as a file of settings carries it."""

    max_age_days: int
    max_jump_percent: str
    rounding: str
    revaluation_method: str
    revalue: str
    max_revaluation_percent: str


LOAD = """
    SELECT max_age_days::int, max_jump_percent, rounding, revaluation_method, revalue, max_revaluation_percent, revision
    FROM rates_fxpolicy WHERE entity_id = %s
"""
SAVE = """
    INSERT INTO rates_fxpolicy (entity_id, max_age_days, max_jump_percent, rounding, revaluation_method, revalue,
        max_revaluation_percent, revision)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (entity_id) DO UPDATE
    SET max_age_days = EXCLUDED.max_age_days, max_jump_percent = EXCLUDED.max_jump_percent,
        rounding = EXCLUDED.rounding, revaluation_method = EXCLUDED.revaluation_method, revalue = EXCLUDED.revalue,
        max_revaluation_percent = EXCLUDED.max_revaluation_percent, revision = EXCLUDED.revision
"""
# Unrealised amounts that a reversal has still to take back.
OPEN_REVERSALS = """
    SELECT FROM revaluation_revaluationline l JOIN revaluation_revaluation r ON r.id = l.run_id
    WHERE r.entity_id = %s GROUP BY l.account_id
    HAVING sum(l.posted_gain) <> 0 OR sum(l.posted_loss) <> 0 LIMIT 1
"""


def fetch_default(sql: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Rows on the request's own connection."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def fetch_within(tx: Transaction) -> Fetch:
    """Rows inside a writing transaction, for use cases that pin a rate under the entity's lock."""
    return lambda sql, params: tx.query(sql, params).fetchall()


def policy_of(entity_id: UUID, *, fetch: Fetch = fetch_default) -> tuple[FxPolicyFact, int]:
    """The entity's policy and its revision, 0 while nobody has set one."""
    for days, percent, rounding, method, revalue, share, revision in fetch(LOAD, (entity_id,)):
        return FxPolicyFact(days, normalised(percent), rounding, method, revalue, normalised(share)), revision
    return FxPolicyFact(), 0


def set_policy(
    entity_id: UUID, changes: dict[str, Any], *, actor: str, expected_revision: int | None = None
) -> tuple[FxPolicyFact, int]:
    """Set the given fields of `FxPolicyFact`; gives the whole policy with its new revision. Event `fx_policy.set`.

    Raises `Malformed` with a pointer, `PreconditionFailed` when another revision is in force than expected, and
    `AutoReversalsOpen` for another method of revaluation while amounts of the old one wait for their reversal.
    """

    def work(tx: Transaction, _: None) -> tuple[FxPolicyFact, int]:
        policy, revision = policy_of(entity_id, fetch=fetch_within(tx))
        if expected_revision is not None and revision != expected_revision:
            raise PolicyRevised(revision=revision)
        changed = _checked(msgspec.structs.replace(policy, **changes))
        _check_method(tx, policy, changed)
        revision = tx.record(changed, tx.entity.code, actor)
        jump, share = Decimal(changed.max_jump_percent), Decimal(changed.max_revaluation_percent)
        values = (changed.max_age_days, jump, changed.rounding, changed.revaluation_method, changed.revalue, share)
        tx.query(SAVE, (entity_id, *values, revision))
        return changed, revision

    return write(entity_id, work)


def _check_method(tx: Transaction, policy: FxPolicyFact, changed: FxPolicyFact) -> None:
    leaves = changed.revaluation_method != policy.revaluation_method == RevaluationMethod.AUTO_REVERSE
    if leaves and tx.query(OPEN_REVERSALS, (tx.entity_id,)).fetchone() is not None:
        raise AutoReversalsOpen(pointer="/revaluation_method")


def _checked(policy: FxPolicyFact) -> FxPolicyFact:
    if not 0 <= policy.max_age_days <= MOST_DAYS:
        raise RateAgeOutOfRange(pointer="/max_age_days", most=MOST_DAYS)
    if policy.rounding not in RoundingMode.values:
        raise NotOneOf(pointer="/rounding", choices=", ".join(RoundingMode.values), what="rounding")
    if policy.revaluation_method not in RevaluationMethod.values:
        raise NotOneOf(
            pointer="/revaluation_method", choices=", ".join(RevaluationMethod.values), what="method of revaluation"
        )
    if policy.revalue not in RevaluationDays.values:
        raise RevaluationDaysUnknown(pointer="/revalue", choices=", ".join(RevaluationDays.values))
    return msgspec.structs.replace(
        policy,
        max_jump_percent=_percent(policy.max_jump_percent, "/max_jump_percent"),
        max_revaluation_percent=_percent(policy.max_revaluation_percent, "/max_revaluation_percent"),
    )


def _percent(text: str, pointer: str) -> str:
    whole, _, decimals = text.partition(".")
    digits = f"{whole}{decimals}"
    good = digits.isascii() and digits.isdigit() and 1 <= len(whole) <= len(str(MOST_PERCENT)) and len(decimals) <= 2  # noqa: PLR2004
    if not good or not 0 < Decimal(text) <= MOST_PERCENT:
        raise JumpOutOfRange(pointer=pointer, most=str(MOST_PERCENT))
    return normalised(Decimal(text))


def _entries(connection_: Any, entity_id: UUID) -> Iterator[PolicyEntry]:
    policy, revision = policy_of(entity_id, fetch=lambda sql, params: connection_.execute(sql, params).fetchall())
    if revision:
        yield PolicyEntry(*(getattr(policy, name) for name in PolicyEntry.__struct_fields__))


def _bring(entity_id: UUID, wanted: PolicyEntry, actor: str) -> bool:
    changes = msgspec.structs.asdict(wanted)
    policy, revision = policy_of(entity_id)
    if revision and msgspec.structs.replace(policy, **changes) == policy:
        return False
    set_policy(entity_id, changes, actor=actor)
    return True


PORTABLE = Portable("fx_policy", PolicyEntry, _entries, _bring, before_journals=True)
