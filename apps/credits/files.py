"""An application written in TOML. Pure.

    name = "loyalty"
    unit = "POINT"

    [[operations]]
    name = "BIRTHDAY_GIFT"
    direction = "grant"
    amount = {fixed = 50}
    once_per = "ever"
    expires_after_days = 30

A module that says `Loyalty = application_from(text)` has what a class of Python would be.
"""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec

from apps.credits.applications import Application, BaseLedgerOperations
from apps.credits.definitions import Operation, TemplateShape
from apps.credits.errors import ApplicationFileRefused
from ledgerflow.core.json_bodies import malformed_by


class ApplicationFile(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a file may say; the names are those of the class in small letters."""

    name: str
    unit: str = BaseLedgerOperations.UNIT
    minor_units: int = BaseLedgerOperations.MINOR_UNITS
    overdraft: str | int = BaseLedgerOperations.OVERDRAFT
    low_below: tuple[str | int, ...] = ()
    expiring_days: tuple[int, ...] = ()
    templates: tuple[TemplateShape, ...] = ()
    roles: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()


def application_from(text: str) -> Application:
    """The application of a file. What its operations are worth, `validate_operations` says.

    Raises `ApplicationFileRefused` for what is no TOML, unknown members and values of another type.
    """
    return application_of(converted(read_toml(text)))


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a file. Raises `ApplicationFileRefused`, which says the line."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: of TOML, or a number that has thousands of digits
        raise ApplicationFileRefused(reason=f"{error}.") from error


def converted(tables: Any) -> ApplicationFile:
    """What the tables of one application say. Raises `ApplicationFileRefused`, with a pointer into them."""
    try:
        return msgspec.convert(tables, ApplicationFile)
    except (msgspec.ValidationError, RecursionError, ValueError) as error:
        raise ApplicationFileRefused(reason=f"{error}.", pointer=malformed_by(error).pointer) from error


def application_of(said: ApplicationFile) -> Application:
    """The class that a file stands for."""
    members = {
        "NAME": said.name,
        "UNIT": said.unit,
        "MINOR_UNITS": said.minor_units,
        "OVERDRAFT": said.overdraft,
        "LOW_BELOW": said.low_below,
        "EXPIRING_DAYS": said.expiring_days,
        "TEMPLATES": said.templates,
        "ROLES": said.roles,
        "APP_CONFIG": said.operations,
    }
    return type("FileLedgerOperations", (BaseLedgerOperations,), members)
