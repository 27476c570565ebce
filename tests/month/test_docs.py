"""The hour of `docs/reconciliation.md`: each command of it works, and says what stands there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "reconciliation.md").read_text()
HOUR = PAGE[PAGE.index("## An hour of an operator") : PAGE.index("### Killed and started again")]
BLOCK = re.compile(r"```sh\n(.*?)```(?:\n\n```\n(.*?)```)?", re.DOTALL)
# What is another one each time.
OWN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def blocks() -> Iterator[tuple[list[str], str]]:
    """The commands of a block, and what the page says that they tell."""
    for commands, told in BLOCK.findall(HOUR):
        yield [line for line in commands.splitlines() if line.startswith(("manage ", "recon "))], told


def carried_out(command: str, books: str) -> str:
    """What a command tells, with the two functions of the page and the variables."""
    text = command.replace("$BOOKS", books).replace("$SAMPLES", str(PROJECT / "docs/samples/september"))
    function, *arguments = shlex.split(text)
    if function == "recon":
        arguments = ["recon", *arguments, "--entity", books, "--account", "1200"]
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_every_command_of_the_hour(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    books = f"hour-{uuid4().hex[:12]}"
    compared = 0
    for commands, expected in blocks():
        told = [carried_out(command, books) + capfdbinary.readouterr().out.decode() for command in commands]
        if expected:
            assert OWN.sub("…", told[-1]).strip() == expected.strip()
            compared += 1
    assert compared == 3
    assert (tmp_path / "september.pdf").read_bytes().startswith(b"%PDF")
