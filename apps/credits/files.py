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

import msgspec

from apps.credits.applications import Application, BaseLedgerOperations
from apps.credits.definitions import Operation, TemplateShape
from apps.credits.errors import ApplicationFileRefused


class ApplicationFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file may say; the names are those of the class in small letters."""

    name: str
    unit: str = BaseLedgerOperations.UNIT
    minor_units: int = BaseLedgerOperations.MINOR_UNITS
    overdraft: str | int = BaseLedgerOperations.OVERDRAFT
    templates: tuple[TemplateShape, ...] = ()
    roles: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()


def application_from(text: str) -> Application:
    """The application of a file. What its operations are worth, `validate_operations` says.

    Raises `ApplicationFileRefused` for what is no TOML, unknown members and values of another type.
    """
    try:
        said = msgspec.convert(tomllib.loads(text), ApplicationFile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise ApplicationFileRefused(reason=f"{error}.") from error
    members = {
        "NAME": said.name,
        "UNIT": said.unit,
        "MINOR_UNITS": said.minor_units,
        "OVERDRAFT": said.overdraft,
        "TEMPLATES": said.templates,
        "ROLES": said.roles,
        "APP_CONFIG": said.operations,
    }
    return type("FileLedgerOperations", (BaseLedgerOperations,), members)
