"""The kinds of tax codes, and what a code is. Pure.

`output`: on sales, owed. `input`: on purchases, deducted. `reverse_charge`: on purchases for which the buyer owes the
tax and deducts it (Directive 2006/112/EC articles 194 to 199). `exempt` and `none` carry no tax: exempt supplies are
reported, the others are outside of the tax.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import msgspec

OUTPUT, INPUT, REVERSE_CHARGE, EXEMPT, NONE = "output", "input", "reverse_charge", "exempt", "none"
KINDS = (OUTPUT, INPUT, REVERSE_CHARGE, EXEMPT, NONE)
UNTAXED = (EXEMPT, NONE)
DIMENSION = "tax"  # what a line bears its code as
MAX_CODE, MAX_NAME = 20, 100
RATE_DECIMALS, MOST_PERCENT = 4, Decimal(100)
CODE_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}", re.ASCII)


class TaxCode(msgspec.Struct, frozen=True):
    """A code with its rate in percent, from a day to a day (both included; None: until a later version).

    `account` takes the tax; of a reverse charge what is owed, and `deduct_account` what is deducted.
    """

    code: str
    name: str
    kind: str
    rate: Decimal
    account: str
    deduct_account: str
    starts_on: date
    ends_on: date | None = None
