"""What the database refuses, as the refusal it stands for: by the name of the constraint, never by matching text.

The application looks before it writes; these catch what slips through between. An error class says in `constraints`
which constraints stand for it, those that a trigger names included.
"""

from __future__ import annotations

import re
from string import Formatter

import psycopg

from ledgerflow.books.errors import RefusedByDatabase
from ledgerflow.core.bounds import SUFFIX
from ledgerflow.core.errors import LedgerError, OutOfBounds
from ledgerflow.core.errors.base import by_constraint

# What PostgreSQL says of a key that is taken: "Key (account_id, account_version)=(…, 7) already exists."
_KEY = re.compile(r"Key \(([a-z_, ]+)\)=\((.*)\) already exists", re.DOTALL)


def constraint_of(error: BaseException) -> str:
    """The name of the constraint that was broken, "" where none is named; Django's errors carry psycopg's as cause."""
    known = error if isinstance(error, psycopg.Error) else error.__cause__
    return (known.diag.constraint_name or "") if isinstance(known, psycopg.Error) else ""


def named_refusal(error: BaseException) -> type[LedgerError] | None:
    """The class of refusal whose constraint was broken; None where no class names it."""
    name = constraint_of(error)
    return by_constraint.get(name) or (OutOfBounds if name.endswith(SUFFIX) else None)


def refusal_for(error: psycopg.Error) -> LedgerError:
    """The refusal in the database's words; `RefusedByDatabase` where no class names the constraint.

    In the words of the class where its sentence is about a key that is taken, and names columns of it.
    """
    refusal = named_refusal(error) or RefusedByDatabase
    key = _key_of(error)
    named = {name for _, name, _, _ in Formatter().parse(refusal.template) if name}
    if named and named <= key.keys():
        return refusal(constraint=constraint_of(error), **key)
    if refusal is OutOfBounds:
        return refusal(constraint=constraint_of(error))
    return refusal(error.diag.message_primary or RefusedByDatabase.template, constraint=constraint_of(error))


def _key_of(error: psycopg.Error) -> dict[str, str]:
    """The columns and values of the key that is taken; nothing where a value holds what stands between two."""
    found = _KEY.search(error.diag.message_detail or "")
    names, values = (part.split(", ") for part in found.groups()) if found else ([], [])
    return dict(zip(names, values, strict=True)) if len(names) == len(values) else {}
