"""Random templates and parameters: most make sense, some do not, and some expressions are as long as they may be."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

# Accounts of the books that the templates are for: code, currency, type. `till` and `wallet` are roles.
ACCOUNTS = (
    ("bank", "EUR", "asset"), ("sales", "EUR", "income"), ("yen", "JPY", "asset"), ("yen-sales", "JPY", "income"),
    ("dinar", "KWD", "asset"), ("dinar-sales", "KWD", "income"),
)  # fmt: skip
ROLE, ROLE_ACCOUNTS = "till", (("till-eur", "EUR", "asset"), ("till-jpy", "JPY", "asset"))
CURRENCIES = {"EUR": ("bank", "sales"), "JPY": ("yen", "yen-sales"), "KWD": ("dinar", "dinar-sales")}
PARAMETERS: tuple[dict[str, Any], ...] = (
    {"name": "gross", "kind": "amount"},
    {"name": "rate", "kind": "percent"},
    {"name": "n", "kind": "integer", "least": 0, "most": 6},
    {"name": "fee", "kind": "amount", "least": "0", "default": "0.30"},
    {"name": "customer", "kind": "owner"},
    {"name": "unit", "kind": "currency", "default": "EUR"},
    {"name": "to", "kind": "account", "default": "sales"},
    {"name": "sold_on", "kind": "date", "required": False},
    {"name": "channel", "kind": "choice", "choices": ["web", "shop"], "default": "web"},
    {"name": "order", "kind": "text", "pattern": "[A-Z]{1,2}-\\d+", "required": False},
)
ATOMS = ("gross", "gross", "rate", "n", "fee", "1", "0.005", "33", "99999999999999999999", "0.000000000001")
SIDES = ("debit", "credit", "signed")
ROUNDINGS = ("exact", "half_up", "half_even", "up", "down")
PIECES = ("gross", "n", "1", "0", "+", "-", "*", "/", "(", ")", "[", "]", ",", "min(", "percent(", "share(", "rest()",
          " ", "1e3", "if", "**", "9" * 20, "__class__", ".", "'", "\\", "é", "\x00", "lambda", "(" * 100)  # fmt: skip
MOST_LENGTH, MOST_DEPTH = 500, 3


def one_in(count: int, choose: random.Random) -> bool:
    """True once in so many times."""
    return choose.randrange(count) == 0


def random_amount(choose: random.Random, depth: int = 0) -> str:
    """An expression of the parameters `gross`, `rate`, `n` and `fee`."""
    if depth > MOST_DEPTH or one_in(3, choose):
        return choose.choice(ATOMS)
    first, second = random_amount(choose, depth + 1), random_amount(choose, depth + 1)
    return choose.choice(
        [f"{first} + {second}", f"({first} - {second})", f"({first}) * ({second})", f"({first}) / ({second})",
         f"min({first}, {second})", f"max({first}, {second})", f"percent({first}, {second})",
         f"share({first}, [{second}, 1, 2], n)", f"-({first})"]
    )  # fmt: skip


def longest_amount(choose: random.Random) -> str:
    """An expression about as long as one may be, of what takes longest: many weights, products, quotients."""
    weight = choose.choice(["gross/7", "1/3", "rate", "0.000000000001", "99999999999999999999"])
    weights = ", ".join([weight] * min(60, (MOST_LENGTH - 30) // (len(weight) + 2)))
    chains = [choose.choice([" * ", " / ", " + "]).join(choose.choice(ATOMS) for _ in range(15)) for _ in range(3)]
    return choose.choice(
        [f"share(gross, [{weights}], n)", f"max({weights}, fee)", f"min({', '.join(chains)})"[:MOST_LENGTH],
         "-" * 19 + "gross"]
    )  # fmt: skip


def random_template(choose: random.Random) -> dict[str, Any]:
    """A definition as JSON; one in eight is spoiled somewhere."""
    lines = [_line(choose) for _ in range(choose.randrange(1, 5))]
    currencies = sorted({_currency_of(line) for line in lines})
    lines += [_rest(choose, currency) for currency in currencies if not one_in(5, choose)]
    definition = {
        "name": "Random",
        "description": choose.choice(["", "Sale {order}", "{customer} by {channel}"]),
        "external_reference": choose.choice(["", "{order}"]),
        "effective_date": choose.choice(["", "", "sold_on"]),
        "parameters": [dict(one) for one in PARAMETERS],
        "lines": lines,
        "examples": [{"parameters": {}, "lines": []}],
    }
    if one_in(8, choose):
        choose.choice(SPOILS)(choose, definition)
    return definition


def random_parameters(choose: random.Random) -> dict[str, Any]:
    """Values for `PARAMETERS`; one in five of all sets is spoiled somewhere."""
    whole = choose.choice([choose.randrange(1, 100), choose.randrange(1, 10**9), choose.randrange(1, 10**20)])
    given: dict[str, Any] = {
        "gross": choose.choice([str(whole), f"{whole}.{choose.randrange(100):02}", "0.01", f"{whole % 10**9}.123"]),
        "rate": choose.choice(["0", "2.9", "100", "33.333333"]),
        "n": choose.randrange(7),
        "customer": f"owner-{choose.randrange(50)}",
    }
    extra = {
        "fee": "0", "unit": choose.choice(["EUR", "JPY", "KWD"]), "to": choose.choice([one[0] for one in ACCOUNTS]),
        "sold_on": "2026-03-02", "channel": "shop", "order": f"A-{choose.randrange(10**6)}",
    }  # fmt: skip
    given |= {name: value for name, value in extra.items() if one_in(3, choose)}
    if one_in(5, choose):
        given[choose.choice([*given, "more"])] = choose.choice(NONSENSE)
    return given


NONSENSE: tuple[Any, ...] = (
    5, True, None, -1, 1e300, 10**30, "1e3", "-5", "", " ", "0", "1.0000000000001", "9" * 30, "NaN", "Infinity", "٣",
    "a\x00b", "x" * 1000, "a/b", [], {}, [1, [2]], {"a": 1}, "2026-02-30", "EURO", "{gross}", "<b>",
)  # fmt: skip


def _line(choose: random.Random) -> dict[str, Any]:
    currency = choose.choice(["EUR", "EUR", "JPY", "KWD"])
    line: dict[str, Any] = {"side": choose.choice(SIDES), "rounding": choose.choice(ROUNDINGS)}
    line["amount"] = longest_amount(choose) if one_in(10, choose) else random_amount(choose)
    way = choose.choice(["account"] * 6 + ["role", "parameter", "owner", "owner"])
    line |= {
        "account": {"account": choose.choice(CURRENCIES[currency])},
        "role": {"role": ROLE, "currency": currency},  # there is none in KWD
        "parameter": {"parameter": "to"},
        "owner": _wallet(choose),
    }[way]
    if one_in(5, choose):
        line["description"] = "{channel} {order}"
    return line


def _wallet(choose: random.Random) -> dict[str, Any]:
    limits = choose.choice([{}, {"min_balance": "0"}, {"max_balance": "1000"}])
    opens = {"code": "wallet:{customer}:{unit}", "name": "Wallet of {customer}", "type": "liability"} | limits
    return {"owner": "customer", "role": "wallet", "currency": "{unit}", "opens": opens}


def _rest(choose: random.Random, currency: str) -> dict[str, Any]:
    code = choose.choice(CURRENCIES[currency])
    return {
        "account": code, "currency": currency, "side": choose.choice(["signed", "signed", "debit"]), "amount": "rest()",
    }  # fmt: skip


def _currency_of(line: Mapping[str, Any]) -> str:
    """The currency of a line as far as the template tells; that of a parameter is often the euro."""
    for currency, codes in CURRENCIES.items():
        if line.get("account") in codes:
            return currency
    named = str(line.get("currency", "EUR"))
    return named if named in CURRENCIES else "EUR"


Spoil = Callable[[random.Random, dict[str, Any]], None]


def _broken_amount(choose: random.Random, definition: dict[str, Any]) -> None:
    line = choose.choice(definition["lines"])
    line["amount"] = "".join(choose.choice(PIECES) for _ in range(choose.randrange(1, 40)))


def _other_member(choose: random.Random, definition: dict[str, Any]) -> None:
    part = choose.choice([definition, choose.choice(definition["lines"]), choose.choice(definition["parameters"])])
    part[choose.choice([*part, "more"])] = choose.choice(NONSENSE)


def _left_out(choose: random.Random, definition: dict[str, Any]) -> None:
    part = choose.choice([definition, choose.choice(definition["lines"]), choose.choice(definition["parameters"])])
    del part[choose.choice(list(part))]


def _two_rests(choose: random.Random, definition: dict[str, Any]) -> None:
    definition["lines"] += [_rest(choose, "EUR"), _rest(choose, "EUR")]


SPOILS: tuple[Spoil, ...] = (_broken_amount, _broken_amount, _other_member, _left_out, _two_rests)
