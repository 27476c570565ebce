"""Files of applications in TOML: reading and writing them. Pure.

A file is one application, as `apps.credits.files` reads it, or several:

    [[applications]]
    name = "loyalty"

    [[applications.operations]]
    name = "BIRTHDAY_GIFT"
    …

What is written reads back as the same applications.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from apps.credits.errors import ApplicationFileRefused
from apps.credits.files import ApplicationFile, converted, read_toml
from apps.operations.files import toml_members
from ledgerflow.core.json_bodies import placed_at

TABLES = ("templates", "operations")
SEVERAL = "applications"


def read_applications(text: str) -> dict[str, ApplicationFile]:
    """The applications of a file by their names. Raises `ApplicationFileRefused`, with a pointer into the file."""
    content = read_toml(text)
    if SEVERAL not in content:
        said = converted(content)
        return {said.name: said}
    entries = content[SEVERAL]
    if len(content) != 1 or not isinstance(entries, list) or not entries:
        raise ApplicationFileRefused(reason="it has tables [[applications]] and nothing else.")
    found: dict[str, ApplicationFile] = {}
    for place, entry in enumerate(entries):
        try:
            said = converted(entry)
        except ApplicationFileRefused as refusal:
            raise placed_at(refusal, f"/{SEVERAL}/{place}") from None
        if said.name in found:
            raise ApplicationFileRefused(reason=f"two applications are called {said.name!r}.")
        found[said.name] = said
    return found


def write_application(said: ApplicationFile) -> str:
    """The text of a file of one application."""
    return "\n".join(_lines(said, "")) + "\n"


def write_applications(applications: Iterable[ApplicationFile]) -> Iterator[str]:
    """The text of a file of several, line by line."""
    for number, said in enumerate(applications):
        yield from ["", f"[[{SEVERAL}]]"] if number else [f"[[{SEVERAL}]]"]
        yield from _lines(said, f"{SEVERAL}.")


def _lines(said: ApplicationFile, before: str) -> Iterator[str]:
    content = msgspec.to_builtins(said)
    yield from toml_members({name: value for name, value in content.items() if name not in TABLES})
    for table in TABLES:
        for entry in content.get(table, ()):
            yield from ("", f"[[{before}{table}]]", *toml_members(entry))
