"""The policy of an entity's days: when they are cut off, its weekend and holidays, and what stops a close."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from journals.days.errors import CheckUnknown, CutOffOutOfRange, SettingUnknown, TooManyHolidays, WeekendRefused
from journals.days.events import DayPolicySetFact
from journals.days.models import DayPolicy
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.errors import Malformed, PolicyRevised
from ledgerflow.core.plugins import Effect, registry
from ledgerflow.core.texts import check_text

MAX_HOLIDAYS = 2000
MAX_MINUTES = 2880
WEEKDAYS = range(1, 8)
LOAD = """
    SELECT cut_off_minutes, weekend, holidays, holiday_policy, checks, revision
    FROM days_daypolicy WHERE entity_id = %s
"""
SAVE = """
    INSERT INTO days_daypolicy (entity_id, cut_off_minutes, weekend, holidays, holiday_policy, checks, revision)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (entity_id) DO UPDATE SET cut_off_minutes = EXCLUDED.cut_off_minutes, weekend = EXCLUDED.weekend,
        holidays = EXCLUDED.holidays, holiday_policy = EXCLUDED.holiday_policy, checks = EXCLUDED.checks,
        revision = EXCLUDED.revision
"""


class DayPolicyFact(msgspec.Struct, frozen=True):
    """The whole policy: what its event carries, and what the API shows.

    `cut_off_minutes` after local midnight of the business date, None for days closed by hand; `weekend` in ISO
    weekdays; `holidays` date -> name; `checks` name -> "block" or "warn", those not named keep their default.
    """

    cut_off_minutes: int | None = None
    weekend: list[int] = msgspec.field(default_factory=list)
    holidays: dict[date, str] = msgspec.field(default_factory=dict)
    holiday_policy: Literal["allow", "refuse", "following"] = "allow"
    checks: dict[str, Effect] = msgspec.field(default_factory=dict)


def day_policy(entity_id: UUID) -> tuple[DayPolicyFact, int]:
    """The policy of an entity's days and its revision, 0 while nobody has set one."""
    row = DayPolicy.objects.filter(entity_id=entity_id).first()
    if row is None:
        return DayPolicyFact(), 0
    values = {name: getattr(row, name) for name in DayPolicyFact.__struct_fields__}
    return msgspec.convert(values, DayPolicyFact), row.revision


def set_day_policy(
    entity_id: UUID, changes: dict[str, Any], *, actor: str, expected_revision: int | None = None
) -> tuple[DayPolicyFact, int]:
    """Change the given fields of the policy; event `day_policy.set` carries the whole of it.

    Raises `Malformed` with a pointer, `PreconditionFailed` for another revision.
    """

    def work(tx: Transaction, _: None) -> tuple[DayPolicyFact, int]:
        row = tx.query(LOAD, (entity_id,)).fetchone()
        if expected_revision is not None and expected_revision != (row[-1] if row else 0):
            raise PolicyRevised(revision=row[-1] if row else 0)
        before = dict(zip(DayPolicyFact.__struct_fields__, row, strict=False)) if row else {}
        policy = _checked(before | changes)
        _check_names(changes.get("checks", {}))
        holidays = {str(day): name for day, name in policy.holidays.items()}
        fact = DayPolicySetFact(**msgspec.structs.asdict(policy) | {"holidays": holidays})
        revision = tx.record(fact, tx.entity.code, actor)
        tx.query(
            SAVE,
            (entity_id, policy.cut_off_minutes, Jsonb(policy.weekend), Jsonb(holidays), policy.holiday_policy,
             Jsonb(policy.checks), revision),
        )  # fmt: skip
        return policy, revision

    return write(entity_id, work)


def _check_names(effects: dict[str, Any]) -> None:
    """A misspelt check would neither block nor warn, and nobody would know."""
    unknown = effects.keys() - registry.checks.keys()
    if unknown:
        raise CheckUnknown(pointer="/checks", check=min(unknown), known=", ".join(sorted(registry.checks)))


def _checked(values: dict[str, Any]) -> DayPolicyFact:
    unknown = values.keys() - set(DayPolicyFact.__struct_fields__)
    if unknown:
        raise SettingUnknown(pointer=f"/{min(unknown)}")
    try:
        policy = msgspec.convert(values, DayPolicyFact)
    except msgspec.ValidationError as error:
        message = str(error)
        raise Malformed(message, pointer="/" + message.partition("$.")[2].partition("`")[0].partition("[")[0]) from None
    minutes = policy.cut_off_minutes
    if minutes is not None and not 1 <= minutes <= MAX_MINUTES:
        raise CutOffOutOfRange(pointer="/cut_off_minutes", most=MAX_MINUTES)
    if not set(policy.weekend) < set(WEEKDAYS) or len(set(policy.weekend)) != len(policy.weekend):
        raise WeekendRefused(pointer="/weekend")
    if len(policy.holidays) > MAX_HOLIDAYS:
        raise TooManyHolidays(pointer="/holidays", most=MAX_HOLIDAYS)
    for name in policy.holidays.values():
        check_text(name, 100, "/holidays")
    return policy
