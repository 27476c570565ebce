"""A process whose children make a checkpoint each and are killed on the way; prints how each child ended.

python -m tests.checkpoints.killed_process ENTITY_ID:MOMENT …

The children are forks: Django is set up once.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any
from uuid import UUID

import django


def die(*_given: Any, **_named: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def child(entity_id: UUID, moment: str) -> None:
    from ledgerflow.events.checkpoints import copies, use_cases
    from ledgerflow.events.checkpoints.files import write_once

    if moment == "before the copies":
        setattr(use_cases, "send_copies", die)  # noqa: B010 - nothing that the module exports
    elif moment == "in a file":
        os.link = die
    else:
        setattr(copies, "write_once", lambda *given: write_once(*given) and die())  # noqa: B010 - the same
    use_cases.make_checkpoint(entity_id)


def main(points: list[str]) -> None:
    for point in points:
        entity_id, _, moment = point.partition(":")
        process = os.fork()
        if process == 0:
            try:
                child(UUID(entity_id), moment)
            finally:
                os._exit(1)
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - this is how it talks to the test


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
    django.setup()
    main(sys.argv[1:])
