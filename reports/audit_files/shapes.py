"""What a format of audit files is: how it is asked for, what it can hold, and what writes its lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from reports.audit_files.reading import AuditBooks

Header = Mapping[str, str]


class HeaderField(NamedTuple):
    """What the books do not know and the file must say: its form, whether it must be given, and a check of its own."""

    form: str
    wanted: str
    required: bool = True
    check: Callable[[str], bool] = bool


class AuditFormat(NamedTuple):
    """A format. `lines` gives texts with their ends; what `numbers` does not match cannot be an account's number."""

    name: str
    title: str
    encoding: str
    content_type: str
    fields: Mapping[str, HeaderField]
    numbers: re.Pattern[str]
    numbers_are: str
    whole_year: bool  # whether it must begin with the fiscal year
    most_minor_units: int
    filename: Callable[[AuditBooks, Header], str]
    lines: Callable[[AuditBooks, Header], Iterator[str]]
    only_currency: str = ""
    one_length: bool = False  # whether all numbers of accounts must have as many digits
    calendar_year: bool = False  # whether all days must be of one
