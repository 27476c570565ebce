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
    from ledgerflow.events.checkpoints import copies, files, use_cases

    if moment == "before the copies":
        use_cases.send_copies = die  # type: ignore[assignment]
    elif moment == "in a file":
        files.os.link = die
    else:
        write_once = files.write_once

        def write_and_die(*given: Any) -> bool:
            write_once(*given)
            return bool(die())

        copies.write_once = write_and_die
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
