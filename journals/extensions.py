"""What apps above the journals add to the business day, to proof and to reports; each fills these when it starts.

Imports point from `fx` to `journals`, so that the close of a day cannot call a revaluation by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from journals.verifying.faults import Fault

# What is wrong with a day that closes, one sentence each; nothing when all is well.
Check = Callable[[UUID, date], list[str]]
# A step of a close, given entity, day and actor. It may run again after a crash; what it gives is kept in its record.
Step = Callable[[UUID, date, str], dict[str, Any]]
# Compares rows with the events they follow from, on a connection in one read-only snapshot.
Verifier = Callable[[psycopg.Connection[Any], UUID], Iterable[Fault]]

checks: dict[str, Check] = {}
revaluations: list[Step] = []  # into the day that is closing, after its cut-off and before its snapshot
new_day: list[Step] = []  # given the new business date: what is due on it
verifiers: list[Verifier] = []
