"""A process that consumes, to be killed and stopped by tests: `manage.py consume` with a toy of a test.

python -m tests.consuming.process NAME ENTITY_ID [--slow] [words of the command]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import django


def main(name: str, entity_id: UUID, words: list[str]) -> None:
    from django.core.management import call_command

    from ledgerflow.core.plugins import Consumer, Plugin, registry
    from ledgerflow.events.consuming import runner, running
    from tests.consuming.toys import Toy

    toy = Toy(name=name)
    is_slow = "--slow" in words

    def apply(connection: Any, of: UUID, events: Sequence[Any]) -> None:
        toy.apply(connection, of, events)
        if is_slow and events[0].sequence > 1:  # it says that it is in the middle of its second batch, and stays there
            print("applying", flush=True)  # noqa: T201 - this is how it talks to the test
            time.sleep(60)

    registry.add(Plugin(room="toys", consumers=(Consumer(name, apply),)))
    vars(running)["Runner"] = partial(runner.Runner, only=[entity_id])
    call_command("consume", *(word for word in words if word != "--slow"))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
    django.setup()
    main(sys.argv[1], UUID(sys.argv[2]), sys.argv[3:])
