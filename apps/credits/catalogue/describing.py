"""What the applications of an entity can do, for those who ask: wherever an application is defined, the same. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from apps.credits.applications import Application
from apps.credits.definitions import Direction, OncePer, Operation, Origin, Scope, bounds_of
from ledgerflow.core.money import normalised

Source = Literal["settings", "books"]


class AmountTaken(msgspec.Struct, frozen=True):
    """What a caller may ask for: from `least` to `most`, both included; `default` where he says nothing.

    Of an amount that is fixed all three are the same. Without a default he has to say.
    """

    least: str
    most: str
    default: str | None


class OperationDescription(msgspec.Struct, frozen=True):
    """An operation: what it does, how much of it, and how often an owner may have it."""

    name: str
    direction: Direction
    amount: AmountTaken
    once_per: OncePer
    expires_after_days: int | None
    priority: int
    origin: Origin
    usable_for: tuple[str, ...]
    template: str
    role: str
    parameters: dict[str, str]
    scope: Scope


class ApplicationDescription(msgspec.Struct, frozen=True):
    """An application. `version` is that of the books, null for one that the settings name."""

    name: str
    unit: str
    minor_units: int
    source: Source
    version: int | None
    operations: list[OperationDescription]


class ApplicationList(msgspec.Struct, frozen=True):
    """All applications of an entity, by name."""

    applications: list[ApplicationDescription]


def described(application: Application, source: Source, version: int | None) -> ApplicationDescription:
    """An application, with its base operations; `version` where the books keep it."""
    operations = [_operation(one) for _, one in sorted(application.get_operation_config().items())]
    return ApplicationDescription(
        application.NAME, application.UNIT, application.MINOR_UNITS, source, version, operations
    )


def _operation(one: Operation) -> OperationDescription:
    default, least, most = bounds_of(one.amount)
    amount = AmountTaken(normalised(least), normalised(most), None if default is None else normalised(default))
    return OperationDescription(
        str(one.name), one.direction, amount, one.once_per, one.expires_after_days, one.priority, one.origin,
        one.usable_for, one.posts_by, one.role, one.parameters, one.scope,
    )  # fmt: skip
