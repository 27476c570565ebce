"""What a new business date brings: the jobs that the rooms declare for it, each for itself."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import structlog

from ledgerflow.core.errors import LedgerError
from ledgerflow.core.failures import described
from ledgerflow.core.plugins import registry

log = structlog.get_logger(__name__)


def begin_day(entity_id: UUID, business_date: date, actor: str) -> dict[str, Any]:
    """Run every job of a new day and give what they made; `refused` lists what could not be, where there is any.

    Nothing that a job raises keeps the others from running. Each job is safe to run again, and does then what is left.
    """
    made: dict[str, Any] = {}
    refused: list[Any] = []
    for job in registry.new_day_jobs.values():
        try:
            done = dict(job.work(entity_id, business_date, actor))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other jobs are due as well
            _log(job.name, entity_id, error)
            done = {"refused": [{"job": job.name, **described(error)}]}
        refused += done.pop("refused", [])
        made |= done
    return made | ({"refused": refused} if refused else {})


def _log(job: str, entity_id: UUID, error: Exception) -> None:
    if isinstance(error, LedgerError):
        log.warning("new_day_refused", entity=str(entity_id), job=job, code=error.code, message=error.message)
    else:
        log.error("new_day_failed", entity=str(entity_id), job=job, exc_info=error)
