"""Files of templates in TOML: reading and writing them. Pure.

    [[templates]]
    code = "card-sale"
    name = "Card sale with fee"
    …                                 # the members of a definition

What is written reads back as the same definitions.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from apps.operations.definitions import Definition, check_definition, check_template_code, convert
from apps.operations.errors import DefinitionRefused, TemplateFileRefused

TABLES = ("parameters", "lines", "examples")
_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def read_templates(text: str) -> dict[str, Definition]:
    """The templates of a file by their codes, each of which makes sense: otherwise the file is refused.

    Raises `TemplateFileRefused`, `DefinitionRefused`; its sentence begins with the template and the place in it.
    """
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: of TOML, or a number that has thousands of digits
        raise TemplateFileRefused(reason=f"{error}.") from error
    entries = content.get("templates")
    if content.keys() != {"templates"} or not isinstance(entries, list) or not entries:
        raise TemplateFileRefused(reason="it has tables [[templates]] and nothing else.")
    found: dict[str, Definition] = {}
    for entry in entries:
        code = entry.pop("code", None) if isinstance(entry, dict) else None
        if not isinstance(code, str) or code in found:
            raise TemplateFileRefused(reason=f"each template has a code of its own, and one has {code!r}.")
        try:
            check_template_code(code)
            found[code] = convert(entry)
            check_definition(found[code])
        except DefinitionRefused as refusal:
            raise DefinitionRefused(reason=f"{code}{refusal.pointer}: {refusal.message}") from refusal
    return found


def write_templates(templates: Iterable[tuple[str, Definition]]) -> Iterator[str]:
    """The text of a file, line by line."""
    for number, (code, definition) in enumerate(templates):
        content = msgspec.to_builtins(definition)
        yield from ([""] if number else [])
        yield from ("[[templates]]", f"code = {_value(code)}")
        yield from toml_members({name: value for name, value in content.items() if name not in TABLES})
        for table in TABLES:
            for entry in content[table]:
                yield from ("", f"[[templates.{table}]]", *toml_members(entry))


def toml_members(members: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a table."""
    for name, value in members.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{_key(name)} = ["
            yield from (f"    {_value(one)}," for one in value)
            yield "]"
        else:
            yield f"{_key(name)} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(name)} = {_value(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    # A text of JSON is one of TOML, but for the character that JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)
