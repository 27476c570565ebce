"""A process whose children close a day each and are killed at a step; prints how each child ended.

python -m tests.services.closing_process ENTITY_ID:STEP:MOMENT …

MOMENT is `begins` (nothing of the step is done), `inside` (its work is done, its transaction open or its record not
written) or `after` (its transaction is committed). The children are forks: Django is set up once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import django


def die(*_given: Any, **_named: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(original: Callable[..., Any], moment: str) -> Callable[..., Any]:
    """The same, but that the process dies where it begins or after it."""

    def work(*given: Any) -> Any:
        if moment == "begins":
            die()
        done = original(*given)
        die()
        return done

    return work


def arm(step: str, moment: str) -> None:
    """Put the end of this process where it belongs."""
    from journals.days.closing import cutoff_records, running

    if step == "cut_off":
        if moment == "inside":
            cutoff_records._insert_step = die
        else:
            running._cut_off = dying(running._cut_off, moment)
        return
    original = running._run

    def run(closing: Any, at: str) -> None:
        if at == step and moment == "inside":
            cutoff_records._insert_step = die
        (dying(original, moment) if at == step and moment != "inside" else original)(closing, at)

    running._run = run  # type: ignore[assignment]


def child(entity_id: UUID, step: str, moment: str) -> None:
    from journals.days.closing.running import close_day

    arm(step, moment)
    close_day(entity_id, actor="t")


def main(points: list[str]) -> None:
    for point in points:
        entity_id, step, moment = point.split(":")
        process = os.fork()
        if process == 0:
            try:
                child(UUID(entity_id), step, moment)
            finally:
                os._exit(1)
        _, status = os.waitpid(process, 0)
        print(point, os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - this is how it talks to the test


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
    django.setup()
    main(sys.argv[1:])
