"""What the database refuses, as the refusal it stands for: by the name of the constraint, never by matching text.

The application looks before it writes; these catch what slips through between. An error class says in `constraints`
which constraints stand for it, those that a trigger names included.
"""

from __future__ import annotations

import psycopg

from ledgerflow.core.errors import LedgerError, RefusedByDatabase
from ledgerflow.core.errors.base import by_constraint


def constraint_of(error: BaseException) -> str:
    """The name of the constraint that was broken, "" where none is named; Django's errors carry psycopg's as cause."""
    known = error if isinstance(error, psycopg.Error) else error.__cause__
    return (known.diag.constraint_name or "") if isinstance(known, psycopg.Error) else ""


def named_refusal(error: BaseException) -> type[LedgerError] | None:
    """The class of refusal whose constraint was broken; None where no class names it."""
    return by_constraint.get(constraint_of(error))


def refusal_for(error: psycopg.Error) -> LedgerError:
    """The refusal in the database's words; `RefusedByDatabase` where no class names the constraint."""
    refusal = named_refusal(error) or RefusedByDatabase
    message = error.diag.message_primary or "The database refused this."
    return refusal(message, constraint=constraint_of(error))
