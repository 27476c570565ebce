"""Amounts and rates as a person writes them, and what he types as an amount. Pure.

The law: what is written for somebody is read for him as the same amount. Its second half: what was written in any
other way, by another person or a machine, is read as the same amount too, or refused by name; never as another one.

A text is read with a decimal point and with a decimal comma. Where both give a number, "1,160" being 1160 and 1.160,
the person's own reading counts only where it is certain: it has as many decimals as the currency, as we write it, or
the other one has more decimals than the currency. Where only the reading counts that is not the person's, it is taken
if it is a machine's (digits and a point), and refused otherwise.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from ledgerflow.core.locales.errors import (
    AmountAmbiguous,
    AmountOfOtherCurrency,
    AmountOfOtherFormat,
    AmountUnreadable,
    AmountWithoutCurrency,
    RateUnreadable,
)
from ledgerflow.core.money import MAX_MINOR_UNITS, normalised, parse_signed, plain
from ledgerflow.core.phrases import phrase

MINUS = "\u2212"
POINT, COMMA = ".", ","
OTHER = {POINT: COMMA, COMMA: POINT}
WORDS = {POINT: phrase("a decimal point"), COMMA: phrase("a decimal comma")}
BETWEEN_THOUSANDS = phrase("{group!r} between thousands")
OWN = {POINT: phrase("a decimal point, as {example}"), COMMA: phrase("a decimal comma, as {example}")}
NEUTRAL = frozenset({"", " ", "'"})  # between groups they tell nothing of the decimals
GROUP = 3  # digits of a group, and of the decimals that look like one
EXAMPLE = Decimal("1.0845")
MOST_PADDED = 4  # decimals of a reading that is shown: those of a currency with more would hide it
MOST_CHARACTERS = 80  # of what is read, and of what a refusal repeats

_MACHINE = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([., '])[0-9]{3})(?:\1[0-9]{3})*", re.ASCII)
_INDIAN = re.compile(r"[1-9][0-9]?([., '])(?:[0-9]{2}\1)+[0-9]{3}", re.ASCII)
_BLANKS = re.compile(r"\s+")  # Python's \s knows no-break, thin and narrow ones
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'", MINUS: "-"})
_CODE_AFTER = re.compile(r"(?P<number>[^A-Za-z]+)(?P<code>[A-Za-z]{3,12}|(?<= )[A-Za-z][A-Za-z0-9._-]{0,11})", re.ASCII)
_CODE_BEFORE = re.compile(r"(?P<code>[A-Za-z]{3,12}|[A-Za-z][A-Za-z0-9._-]{0,11} )(?P<number>[^A-Za-z]+)", re.ASCII)
_SIGNED = re.compile(r"(?P<before>[-+(]?) ?(?P<body>[0-9., ']*[0-9]) ?(?P<after>[-+)]?)", re.ASCII)
_SIGNS = frozenset({"", "+", "-", "()"})


class Format(NamedTuple):
    """How a person writes numbers: the mark before the decimals, and the one between groups."""

    code: str
    decimal: str
    group: str
    is_indian: bool = False  # a group of three, and groups of two before it
    minus: str = MINUS

    @property
    def example(self) -> str:
        return write_amount(Decimal("25000.00"), self)


FORMATS = {
    one.code: one
    for one in (
        Format("en", POINT, COMMA),
        Format("de", COMMA, POINT),
        Format("ch", POINT, "\u2019"),
        Format("fr", COMMA, "\u202f"),
        Format("in", POINT, COMMA, is_indian=True),
    )
}


MACHINE = Format("machine", POINT, "", minus="-")  # nobody's own: of files that are made of what pages show


class Reading(NamedTuple):
    """A number as it is read with one decimal mark."""

    plain: str  # digits and a point
    decimals: int
    group: str  # the mark between its groups, "" without

    def bare(self, written: Format, decimals: int | None) -> str:
        """Without groups, so that it can be read in one way only."""
        whole, _, rest = normalised(Decimal(self.plain)).partition(POINT)
        if decimals is not None and decimals <= MOST_PADDED:
            wanted = decimals
        else:  # three of them could be a group
            wanted = max(2, len(rest) + (len(rest) == GROUP))
        return whole + (written.decimal + rest.ljust(wanted, "0") if wanted else "")


def write_amount(amount: Decimal, written: Format, decimals: int | None = None) -> str:
    """An amount for a person: every digit, at least `decimals` after the mark, thousands apart, a true minus."""
    whole, _, rest = plain(amount.copy_abs()).partition(POINT)  # abs() would round to 28 digits
    rest = rest.ljust(decimals or 0, "0")
    text = _grouped(whole, written) + (written.decimal + rest if rest else "")
    return written.minus + text if amount < 0 else text


def write_rate(rate: Decimal, written: Format) -> str:
    """A rate or a share for a person: without groups, because three decimals of a rate look like one."""
    text = normalised(rate.copy_abs()).replace(POINT, written.decimal)
    return written.minus + text if rate < 0 else text


def unmistakable_decimals(amount: Decimal) -> int:
    """With how many decimals an amount is read in one way only, whatever the currency has."""
    whole, _, rest = plain(amount.copy_abs()).partition(POINT)
    if not rest:
        return 2 if len(whole) > GROUP else 0
    return GROUP + 1 if len(rest) == GROUP else len(rest)


def read_amount(text: str, written: Format, *, decimals: int | None = None, currency: str | None = None) -> Decimal:
    """The amount that a person typed or pasted.

    `decimals` are those of the currency, or the most that any currency here has; None where nobody knows. `currency`
    is the code that may stand beside the amount; None where none may. Raises `Malformed` and its kinds.
    """
    shown = text.strip()[:MOST_CHARACTERS]
    number, code = _without_code(_cleaned(text))
    if code and currency is None:
        raise AmountWithoutCurrency(text=shown, example=written.example)
    if code and code.upper() != currency:
        raise AmountOfOtherCurrency(text=shown, found=code.upper(), wanted=currency)
    is_negative, body = _without_sign(number, shown, written)
    return _signed(_certain(body, shown, written, decimals), is_negative=is_negative)


def read_rate(text: str, written: Format) -> Decimal:
    """A rate or a share that a person typed: its decimals are as many as there are, and groups count as a doubt."""
    shown = text.strip()[:MOST_CHARACTERS]
    try:
        return _signed_rate(_cleaned(text), shown, written)
    except AmountUnreadable:
        raise RateUnreadable(text=shown, example=write_rate(EXAMPLE, written)) from None


def _signed_rate(text: str, shown: str, written: Format) -> Decimal:
    is_negative, body = _without_sign(text, shown, written)
    own, other = _reading(body, written.decimal), _reading(body, OTHER[written.decimal])
    if own is not None and own.decimals and own.group in NEUTRAL | {written.group}:
        return _signed(own, is_negative=is_negative)
    if own is not None and own == other:
        return _signed(own, is_negative=is_negative)
    return _signed(_of_machine(body, shown, written, own, other, None), is_negative=is_negative)


def _grouped(whole: str, written: Format) -> str:
    if not written.is_indian or len(whole) <= GROUP:
        return format(int(whole), ",").replace(",", written.group)
    pairs, last = whole[:-GROUP], whole[-GROUP:]
    first = len(pairs) % 2
    groups = [pairs[:first]] if first else []
    groups += [pairs[place : place + 2] for place in range(first, len(pairs), 2)]
    return written.group.join([*groups, last])


def _cleaned(text: str) -> str:
    """With one kind of blank and of apostrophe; nothing of what is too long to be a number."""
    return _BLANKS.sub(" ", text.translate(_APOSTROPHES)).strip() if len(text) <= MOST_CHARACTERS else ""


def _without_code(text: str) -> tuple[str, str]:
    match = _CODE_AFTER.fullmatch(text) or _CODE_BEFORE.fullmatch(text)
    return (match["number"].strip(), match["code"].strip()) if match else (text, "")


def _without_sign(text: str, shown: str, written: Format) -> tuple[bool, str]:
    match = _SIGNED.fullmatch(text)
    sign = match["before"] + match["after"] if match else "?"
    if match is None or sign not in _SIGNS:
        raise AmountUnreadable(text=shown, example=written.example)
    return sign in {"-", "()"}, match["body"]


def _signed(reading: Reading, *, is_negative: bool) -> Decimal:
    return parse_signed(("-" if is_negative else "") + reading.plain)


def _certain(body: str, shown: str, written: Format, decimals: int | None) -> Reading:
    own, other = _reading(body, written.decimal), _reading(body, OTHER[written.decimal])
    # Of one kind: what is written with the mark of another person's groups is not his own, whatever it comes to.
    mine = own if own is not None and own.group in NEUTRAL | {_neutral(written.group)} else None
    if mine is not None and (other is None or mine == other or _is_ours(mine, other, decimals)):
        return mine
    return _of_machine(body, shown, written, own, other, decimals)


def _neutral(group: str) -> str:
    return _cleaned(f"0{group}0")[1:-1]


def _is_ours(mine: Reading, other: Reading, decimals: int | None) -> bool:
    """Whether the person's own reading is certain, though there is another one."""
    if decimals is None:
        return False
    return mine.decimals == decimals if mine.decimals else other.decimals > decimals


def _of_machine(
    body: str, shown: str, written: Format, own: Reading | None, other: Reading | None, decimals: int | None
) -> Reading:
    """What is certain though it is not the person's own way; refused is what he must write otherwise."""
    pointed, comma = (own, other) if written.decimal == POINT else (other, own)
    if pointed is not None and comma is None and _MACHINE.fullmatch(body):
        return pointed
    most = MAX_MINOR_UNITS if decimals is None else decimals
    possible = [one for one in (own, other) if one is not None and _needed(one) <= most] or [
        one for one in (own, other) if one is not None
    ]
    if not possible:
        raise AmountUnreadable(text=shown, example=written.example)
    # The larger one first: "1160.00 or 1.16".
    readings = [one.bare(written, decimals) for one in sorted(possible, key=lambda one: -Decimal(one.plain))]
    if len(readings) > 1:
        raise AmountAmbiguous(text=shown, first=readings[0], second=readings[1])
    mark = written.decimal if possible[0] is own else OTHER[written.decimal]
    raise AmountOfOtherFormat(text=shown, reading=readings[0], mark=_mark_of(possible[0], mark), own=_own(written))


def _mark_of(reading: Reading, mark: str) -> str:
    return WORDS[mark] if reading.decimals else BETWEEN_THOUSANDS.format(group=reading.group)


def _own(written: Format) -> str:
    return OWN[written.decimal].format(example=written.example)


def _needed(reading: Reading) -> int:
    """The decimals that are left without zeros at their end."""
    return len(normalised(Decimal(reading.plain)).partition(POINT)[2])


def _reading(body: str, mark: str) -> Reading | None:
    """The number with this decimal mark, or None where it is none."""
    whole, found, rest = body.partition(mark)
    if found and not _DIGITS.fullmatch(rest):
        return None
    if _DIGITS.fullmatch(whole) or (found and not whole):
        return Reading((whole or "0") + (POINT + rest if found else ""), len(rest), "")
    match = _GROUPED.fullmatch(whole) or _INDIAN.fullmatch(whole)
    if match is None or match[1] == mark:
        return None
    return Reading(whole.replace(match[1], "") + (POINT + rest if found else ""), len(rest), match[1])
