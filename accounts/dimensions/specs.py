"""What a value of a dimension is asked to be, checked for form. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from accounts.dimensions.errors import (
    CountryRefused,
    NoParty,
    RequiredTwice,
    TermsOutOfRange,
    UnknownDimensionRequired,
    ValidityCrossed,
)
from accounts.specs import check_code
from ledgerflow.core.dates import check_day
from ledgerflow.core.errors import NameLength, NotOneOf
from ledgerflow.core.texts import check_text

PARTY = "party"
LONGEST_TERMS = 3650
PARTY_KINDS = ("customer", "supplier", "other")
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


class ValueSpec(msgspec.Struct, frozen=True):
    """A value to declare. `parent` is a code of the same dimension, "" for none; the last five are of parties only."""

    code: str
    name: str
    parent: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    closed: bool = False
    tax_id: str = ""
    reference: str = ""
    country: str = ""
    payment_terms_days: int | None = None
    party_kind: str = ""


OF_PARTIES = ("tax_id", "reference", "country", "payment_terms_days", "party_kind")
CHANGEABLE = frozenset(ValueSpec.__struct_fields__) - {"code"}


def check_value(dimension: str, spec: ValueSpec) -> None:
    """Raise `Malformed` with a pointer to the field that no value of this dimension can have."""
    check_code(spec.code)
    if not spec.name.strip():
        raise NameLength(pointer="/name", most=200)
    for name, most in (("name", 200), ("tax_id", 50), ("reference", 100)):
        check_text(getattr(spec, name), most, f"/{name}")
    for name in ("valid_from", "valid_to"):
        check_day(getattr(spec, name), f"/{name}")
    if spec.valid_from is not None and spec.valid_to is not None and spec.valid_from > spec.valid_to:
        raise ValidityCrossed(pointer="/valid_to", start=str(spec.valid_from), end=str(spec.valid_to))
    _check_party(dimension, spec)


def _check_party(dimension: str, spec: ValueSpec) -> None:
    given = [name for name in OF_PARTIES if getattr(spec, name) not in ("", None)]
    if dimension != PARTY and given:
        raise NoParty(pointer=f"/{given[0]}", dimension=dimension)
    if spec.country and not _COUNTRY.fullmatch(spec.country):
        raise CountryRefused(pointer="/country")
    if spec.payment_terms_days is not None and not 0 <= spec.payment_terms_days <= LONGEST_TERMS:
        raise TermsOutOfRange(pointer="/payment_terms_days", most=LONGEST_TERMS)
    if spec.party_kind not in ("", *PARTY_KINDS):
        raise NotOneOf(pointer="/party_kind", choices=", ".join(PARTY_KINDS), what="kind")


def check_required(required: Sequence[str], known: Sequence[str], pointer: str) -> list[str]:
    """The names in the order of the entity's dimensions. Raises `Malformed` for one that is unknown or named twice."""
    for name in required:
        if name not in known:
            raise UnknownDimensionRequired(pointer=pointer, dimension=name[:40])
    if len(set(required)) != len(required):
        raise RequiredTwice(pointer=pointer)
    return [name for name in known if name in required]


def spec_of(row: dict[str, Any]) -> ValueSpec:
    """The spec that a row stands for, whose `parent` is a code or None."""
    return msgspec.convert(
        {name: row[name] for name in ValueSpec.__struct_fields__} | {"parent": row["parent"] or ""}, ValueSpec
    )
