"""A process that posts, to be killed, stopped and started again by tests. Prints one line for each acknowledged key.

python -m tests.services.posting_process ENTITY_ID FIRST LAST    one journal after another, keys k-FIRST … k-LAST
python -m tests.services.posting_process ENTITY_ID hold          one journal, held inside its transaction until a
                                                                 line comes in on standard input
"""

from __future__ import annotations

import os
import sys
from uuid import UUID

import django


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is how it talks to the test


def main(entity_id: UUID, words: list[str]) -> None:
    from journals.posting import post, post_with_hook
    from tests.builders import a_transfer

    if words == ["hold"]:

        def hook(_tx: object, _answers: object) -> None:
            say("holding")
            sys.stdin.readline()

        (answer,) = post_with_hook(entity_id, [a_transfer("cash", "wallet", "5.00", key="held")], hook)
        say(answer.status)
        return
    first, last = map(int, words)
    say("ready")
    for number in range(first, last + 1):
        answer = post(entity_id, a_transfer("cash", "wallet", "1.00", key=f"k-{number}"))
        say(f"{number} {answer.status}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
    django.setup()
    main(UUID(sys.argv[1]), sys.argv[2:])
