"""Operations of applications as they are declared: what is sound, and one line for each fault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
import pytest

from apps.credits.applications import Application, BaseLedgerOperations, LedgerOperationType
from apps.credits.definitions import Amount, Cost, Operation, TemplateShape
from apps.credits.errors import ApplicationFileRefused, InvalidOperation
from apps.credits.files import application_from

pytestmark = pytest.mark.pure

BASE = {one.name: one for one in BaseLedgerOperations.BASE_CONFIG}


class Content(BaseLedgerOperations):
    NAME = "content"
    TEMPLATES = (TemplateShape("reading", ("owner", "amount", "role", "shelf"), ("credits_read",)),)
    ROLES = ("credits_read",)
    APP_CONFIG: ClassVar[Sequence[Operation]] = (
        Operation(LedgerOperationType.DAILY_REWARD, "grant", Amount(fixed="5"), once_per="month", expires_after_days=30),
        Operation("CONTENT_CREATION", "spend", Amount(fixed=5)),
        Operation(
            "CONTENT_ACCESS", "spend", Amount(default=1, least=1, most=3), template="reading", role="credits_read",
            parameters={"shelf": "new"},
        ),
        Operation("CONTENT_READ", "none", Amount(fixed=0), once_per="business_day"),
        Operation("GIFT", "grant", Amount(least=1, most=9), priority=1000, usable_for=("CONTENT_ACCESS", "content")),
    )  # fmt: skip


TOML = """
name = "content"
roles = ["credits_read"]

[[templates]]
code = "reading"
parameters = ["owner", "amount", "role", "shelf"]
roles = ["credits_read"]

[[operations]]
name = "DAILY_REWARD"
direction = "grant"
amount = {fixed = "5"}
once_per = "month"
expires_after_days = 30

[[operations]]
name = "CONTENT_CREATION"
direction = "spend"
amount = {fixed = 5}

[[operations]]
name = "CONTENT_ACCESS"
direction = "spend"
amount = {default = 1, least = 1, most = 3}
template = "reading"
role = "credits_read"
parameters = {shelf = "new"}

[[operations]]
name = "CONTENT_READ"
direction = "none"
amount = {fixed = 0}
once_per = "business_day"

[[operations]]
name = "GIFT"
direction = "grant"
amount = {least = 1, most = 9}
priority = 1000
usable_for = ["CONTENT_ACCESS", "content"]
"""


WRONG_SIGN = (
    "its amount, fixed -5, has the wrong sign: an amount is not negative, and the direction grant says whether it is added"
    " or taken."
)


def application(*operations: Operation, **members: Any) -> Application:
    return type("Shop", (BaseLedgerOperations,), {"NAME": "shop", "APP_CONFIG": operations, **members})


def test_an_application_has_the_base_operations_and_its_own() -> None:
    assert Content.validate_operations() == []
    config = Content.get_operation_config()
    assert list(config) == [*LedgerOperationType, "CONTENT_CREATION", "CONTENT_ACCESS", "CONTENT_READ", "GIFT"]
    assert config["DAILY_REWARD"].amount == Amount(fixed="5")
    assert config["CREDIT_SPEND"] == BASE["CREDIT_SPEND"]
    posted_by = ["credits-grant"] * 2 + [
        "credits-spend",
        "credits-grant",
        "credits-spend",
        "reading",
        "",
        "credits-grant",
    ]
    assert [one.posts_by for one in config.values()] == posted_by
    assert Content.operation("GIFT").usable_for == ("CONTENT_ACCESS", "content")
    with pytest.raises(InvalidOperation) as caught:
        Content.operation("REFUND" * 20)
    assert caught.value.message.startswith("content has no operation 'REFUND")


def test_a_file_says_what_a_class_says() -> None:
    written = application_from(TOML)
    assert written.validate_operations() == []
    assert written.get_operation_config() == Content.get_operation_config()
    assert (written.NAME, written.UNIT, written.MINOR_UNITS, written.ROLES) == (
        "content",
        "CREDIT",
        0,
        ("credits_read",),
    )


@pytest.mark.parametrize(
    "text, words",
    [
        ("name = ", "Invalid value"),
        ("unit = 'X'", "missing required field `name`"),
        ("name = 'x'\ncolour = 'red'", "unknown field `colour`"),
        (
            "name = 'x'\n[[operations]]\nname = 'A'\ndirection = 'take'\namount = {fixed = 1}",
            "Invalid enum value 'take'",
        ),
        ("name = 'x'\n[[operations]]\nname = 'A'\ndirection = 'grant'\namount = {fixed = 1.5}", "got `float`"),
        ("name = 'x'\n[[operations]]\nname = 'A'\ndirection = 'grant'\namount = {fixed = true}", "got `bool`"),
    ],
    ids=["no TOML", "no name", "unknown member", "no direction", "a float", "a flag"],
)
def test_a_file_that_is_no_application_is_refused(text: str, words: str) -> None:
    with pytest.raises(ApplicationFileRefused, match=words):
        application_from(text)


@pytest.mark.parametrize(
    "changes, faults",
    [
        ({"name": "gift"}, ["the name has capital letters, digits and _, such as DAILY_REWARD, 40 characters at most."]),
        ({"name": "A" * 41}, ["the name has capital letters, digits and _, such as DAILY_REWARD, 40 characters at most."]),
        ({"direction": "up"}, ["it cannot be read: Invalid enum value 'up' - at `$.direction`."]),
        ({"amount": Amount(fixed=True)}, ["it cannot be read: Expected `int | str | null`, got `bool` - at `$.amount.fixed`."]),
        ({"parameters": {1}}, ["it cannot be read: Expected `object`, got `array` - at `$.parameters`."]),
        ({"parameters": 1j}, ["it cannot be read: Encoding objects of type complex is unsupported."]),
        ({"amount": Amount()}, ["its amount is fixed, or from least to most with or without a default, and not: nothing."]),
        ({"amount": Amount(fixed=1, most=3)},
         ["its amount is fixed, or from least to most with or without a default, and not: fixed 1, most 3."]),
        ({"amount": Amount(fixed=-5)},
         [WRONG_SIGN]),
        ({"amount": Amount(fixed="0.5")}, ["its amount, fixed: 0.5 is finer than the currency's 0 decimal places."]),
        ({"amount": Amount(fixed="1e3")},
         ["its amount, fixed: '1e3' is not an amount: digits with an optional point, at most 20 before it and 18 after it."]),
        ({"amount": Amount(least=5, most=1)}, ["its amounts are not in order: least 5, most 1."]),
        ({"amount": Amount(default=9, least=1, most=5)}, ["its amounts are not in order: default 9, least 1, most 5."]),
        ({"direction": "none"}, ["its direction is none, and so its amount is 0."]),
        ({"direction": "none", "amount": Amount(fixed=0), "template": "reading"},
         ["its direction is none: nothing is posted, by no template and to no role."]),
        ({"template": "nowhere"}, ["there is no template 'nowhere'."]),
        ({"role": "nobody"}, ["there is no role 'nobody'.", "its template credits-grant has no parameter 'role'."]),
        ({"parameters": {"shelf": "x", "amount": "7"}},
         ["its template credits-grant has no parameter 'shelf'.",
          "the parameter 'amount' is given by who calls, and not by the definition."]),
        ({"template": "odd"},
         ["its template odd posts to the role 'nobody', which there is not.", "its template odd has no parameter 'amount'."]),
        ({"direction": "spend", "once_per": "month"}, ["it is a spend, and once_per month is for grants and events."]),
        ({"direction": "spend", "expires_after_days": 3, "priority": 1, "origin": "paid", "usable_for": ("x",)},
         [f"{name} is of a grant, and its direction is spend."
          for name in ("expires_after_days", "priority", "origin", "usable_for")]),
        ({"direction": "spend", "cost": Cost("EUR")}, ["cost is of a grant, and its direction is spend."]),
        ({"cost": Cost("EUR")}, ["it has a cost, and so its origin is paid."]),
        ({"cost": Cost("euro", each=0), "origin": "paid"},
         ["its cost is in a currency such as EUR, and not in 'euro'.",
          "its cost, each 0, is not above 0: what is free has no cost."]),
        ({"cost": Cost("CREDIT", each="x"), "origin": "paid"},
         ["its cost is in a currency such as EUR, and not in 'CREDIT'.",
          "its cost, each: 'x' is not an amount: digits with an optional point, at most 20 before it and 18 after it."]),
        ({"cost": Cost("EUR", each="0.009"), "origin": "paid", "template": "even"},
         ["it has a cost, which credits-grant posts and its template even does not."]),
        ({"expires_after_days": -1}, ["it expires after 0 to 36500 days, and not after -1."]),
        ({"priority": 1001}, ["its priority is from 0 to 1000, and not 1001."]),
        ({"usable_for": ("x", "x")}, ["it is usable for 20 words at most, and each is there once."]),
        ({"usable_for": ("a b",)}, ["it is usable for 'a b', which is no word of 40 letters, digits and _.-"]),
    ],
)  # fmt: skip
def test_each_fault_is_a_line(changes: dict[str, Any], faults: list[str]) -> None:
    usual: dict[str, Any] = {"name": "GIFT", "direction": "grant", "amount": Amount(fixed=1)}
    one = Operation(**usual | changes)
    shop = application(
        one, TEMPLATES=(TemplateShape("odd", ("owner",), ("nobody",)), TemplateShape("even", ("owner", "amount")))
    )
    assert shop.validate_operations() == [f"shop: {one.name}: {fault}" for fault in faults]


def test_the_base_stays_what_others_rely_on() -> None:
    turned = Operation("CREDIT_SPEND", "grant", Amount(fixed=1))
    twice = Operation("GIFT", "grant", Amount(fixed=1))
    shop = application(turned, twice, twice, BASE_CONFIG=BaseLedgerOperations.BASE_CONFIG[1:])
    assert shop.validate_operations() == [
        "shop: the base operation DAILY_REWARD is missing.",
        "shop: the base operation CREDIT_SPEND is a spend, and its direction here is grant.",
        "shop: GIFT is defined 2 times.",
    ]
    eager = application(LOW_BELOW=(10, "0", "1.5", "x"), EXPIRING_DAYS=(7, -1, True, *range(18)))
    assert eager.validate_operations() == [
        "shop: there are 20 thresholds of each sort at most.",
        *(f"shop: LOW_BELOW: {one} is no amount of CREDIT above zero." for one in ("0", "1.5", "x")),
        *(f"shop: EXPIRING_DAYS: {one} is no number of days from 0 to 36500." for one in ("-1", "True")),
    ]
    nameless = application(NAME="a b", UNIT="credit", MINOR_UNITS=19)
    assert nameless.validate_operations() == [
        "a b: NAME is letters, digits and _.-, 40 characters at most, and not 'a b'.",
        "a b: UNIT is the code of a currency, such as CREDIT, and not 'credit'.",
        "a b: MINOR_UNITS is from 0 to 18, and not 19.",
    ]
    owing = application(OVERDRAFT="0.5")
    assert owing.validate_operations() == ["shop: OVERDRAFT: 0.5 is finer than the currency's 0 decimal places."]
    assert application(OVERDRAFT=-5).validate_operations() == [
        "shop: OVERDRAFT is the most that may be owed, and not negative: -5."
    ]
    assert BaseLedgerOperations.validate_operations()[0].startswith("BaseLedgerOperations: NAME is letters")
    finer = application(Operation("GIFT", "grant", Amount(fixed="0.50")), MINOR_UNITS=2)
    assert finer.validate_operations() == []
    assert msgspec.json.encode(turned) == b'{"name":"CREDIT_SPEND","direction":"grant","amount":{"fixed":1}}'
