"""The operations of an application: those that every one has, and those of its own. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from apps.credits.definitions import (
    MAX_EXPIRY_DAYS,
    MAX_NAME,
    WORD_FORM,
    Amount,
    Known,
    Operation,
    TemplateShape,
    faults,
)
from apps.credits.errors import InvalidOperation
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CURRENCY_CODE, MAX_MINOR_UNITS, at_scale, normalised, parse_signed

LARGEST = 1_000_000
MAX_THRESHOLDS = 20
ISSUED, REDEEMED, EXPIRED = "credits_issued", "credits_redeemed", "credits_expired"
RECEIVABLE, DEFERRED = "credits_receivable", "credits_deferred"
INCOME, BREAKAGE = "credits_income", "credits_breakage"
# Accounts by their roles, and of which type each is where it is opened. Those in the unit are equity, so that a year
# end asks nothing of it; those in money are what a sale of credits moves.
BASE_ROLES = {
    ISSUED: "equity", REDEEMED: "equity", EXPIRED: "equity", RECEIVABLE: "asset", DEFERRED: "liability",
    INCOME: "income", BREAKAGE: "income",
}  # fmt: skip
BASE_TEMPLATES = (
    TemplateShape("credits-grant", ("owner", "amount", "unit"), (ISSUED,)),
    TemplateShape("credits-spend", ("owner", "amount", "unit"), (REDEEMED,)),
)


class LedgerOperationType(StrEnum):
    """The operations that every application has."""

    DAILY_REWARD = "DAILY_REWARD"
    SIGNUP_CREDIT = "SIGNUP_CREDIT"
    CREDIT_SPEND = "CREDIT_SPEND"
    CREDIT_ADD = "CREDIT_ADD"


class BaseLedgerOperations:
    """An application: subclass it, name it, and say its own operations in `APP_CONFIG`.

    One of them with the name of a base operation takes its place, in the same direction. `UNIT` is the currency of its
    credits with its decimals, and `OVERDRAFT` the most that may be owed on a wallet that it opens; `TEMPLATES` and
    `ROLES` are what its operations may name beside those of the base.
    """

    NAME: ClassVar[str] = ""
    UNIT: ClassVar[str] = "CREDIT"
    MINOR_UNITS: ClassVar[int] = 0
    OVERDRAFT: ClassVar[str | int] = 0
    # What owners are told of: a balance that falls below one of these, a lot that has so many days left.
    LOW_BELOW: ClassVar[Sequence[str | int]] = ()
    EXPIRING_DAYS: ClassVar[Sequence[int]] = ()
    TEMPLATES: ClassVar[Sequence[TemplateShape]] = ()
    ROLES: ClassVar[Sequence[str]] = ()
    BASE_CONFIG: ClassVar[Sequence[Operation]] = (
        Operation(LedgerOperationType.DAILY_REWARD, "grant", Amount(fixed=1), once_per="business_day"),
        Operation(LedgerOperationType.SIGNUP_CREDIT, "grant", Amount(fixed=3), once_per="ever"),
        Operation(LedgerOperationType.CREDIT_SPEND, "spend", Amount(default=1, least=1, most=LARGEST)),
        Operation(
            LedgerOperationType.CREDIT_ADD, "grant", Amount(default=10, least=1, most=LARGEST), origin="paid",
            scope="manage",
        ),
    )  # fmt: skip
    APP_CONFIG: ClassVar[Sequence[Operation]] = ()

    @classmethod
    def get_operation_config(cls) -> dict[str, Operation]:
        """All operations by name, those of the application in the place of base ones."""
        return {str(one.name): one for one in (*cls.BASE_CONFIG, *cls.APP_CONFIG)}

    @classmethod
    def operation(cls, name: str) -> Operation:
        """The operation of a name. Raises `InvalidOperation`."""
        found = cls.get_operation_config().get(name)
        if found is None:
            raise InvalidOperation(pointer="/operation", application=cls.NAME, operation=name[:MAX_NAME])
        return found

    @classmethod
    def validate_operations(cls) -> list[str]:
        """What is wrong with the application and its operations, one line each; nothing where all is well."""
        lines = (f"{name}: {fault}" if name else fault for name, fault in cls.faults())
        return [f"{cls.NAME or cls.__name__}: {line}" for line in lines]

    @classmethod
    def faults(cls) -> Iterator[tuple[str, str]]:
        """The same as pairs: the operation that it is about, "" for the application as a whole, and the sentence."""
        config = cls.get_operation_config()
        for fault in (*_of_application(cls), *_of_thresholds(cls), *_of_base(config), *_of_names(cls)):
            yield "", fault
        known = known_to(cls)
        for name, one in config.items():
            for fault in faults(one, known):
                yield name, fault


Application = type[BaseLedgerOperations]


def known_to(application: Application) -> Known:
    """What operations of an application may refer to."""
    templates = {one.code: one for one in (*BASE_TEMPLATES, *application.TEMPLATES)}
    return Known(application.UNIT, application.MINOR_UNITS, templates, frozenset({*BASE_ROLES, *application.ROLES}))


def _of_application(application: Application) -> Iterator[str]:
    name = application.NAME
    if WORD_FORM.fullmatch(name) is None or len(name) > MAX_NAME:
        yield f"NAME is letters, digits and _.-, {MAX_NAME} characters at most, and not {name[:MAX_NAME]!r}."
    if CURRENCY_CODE.fullmatch(application.UNIT) is None:
        yield f"UNIT is the code of a currency, such as CREDIT, and not {application.UNIT[:MAX_NAME]!r}."
    if not 0 <= application.MINOR_UNITS <= MAX_MINOR_UNITS:
        yield f"MINOR_UNITS is from 0 to {MAX_MINOR_UNITS}, and not {application.MINOR_UNITS}."

    try:
        overdraft = at_scale(overdraft_of(application), application.MINOR_UNITS)
    except LedgerError as refusal:
        yield f"OVERDRAFT: {refusal.message}"
    else:
        if overdraft < 0:
            yield f"OVERDRAFT is the most that may be owed, and not negative: {normalised(overdraft)}."


def overdraft_of(application: Application) -> Decimal:
    """The most that may be owed. Raises `Malformed` for what is no number; the application has been found sound."""
    return parse_signed(str(application.OVERDRAFT))


def _of_thresholds(application: Application) -> Iterator[str]:
    low, days = application.LOW_BELOW, application.EXPIRING_DAYS
    if max(len(low), len(days)) > MAX_THRESHOLDS:
        yield f"there are {MAX_THRESHOLDS} thresholds of each sort at most."
    for one in low:
        try:
            is_sound = at_scale(parse_signed(str(one)), application.MINOR_UNITS) > 0
        except LedgerError:
            is_sound = False
        if not is_sound:
            yield f"LOW_BELOW: {one} is no amount of {application.UNIT} above zero."
    for day in days:
        if type(day) is not int or not 0 <= day <= MAX_EXPIRY_DAYS:
            yield f"EXPIRING_DAYS: {day} is no number of days from 0 to {MAX_EXPIRY_DAYS}."


def _of_base(config: dict[str, Operation]) -> Iterator[str]:
    """Whoever speaks to any application relies on these, and on what they do."""
    for base in BaseLedgerOperations.BASE_CONFIG:
        mine = config.get(base.name)
        if mine is None:
            yield f"the base operation {base.name} is missing."
        elif mine.direction != base.direction:
            yield f"the base operation {base.name} is a {base.direction}, and its direction here is {mine.direction}."


def _of_names(application: Application) -> Iterator[str]:
    for config in (application.BASE_CONFIG, application.APP_CONFIG):
        for name, times in Counter(str(one.name) for one in config).items():
            if times > 1:
                yield f"{name} is defined {times} times."
