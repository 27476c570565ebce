"""Nothing stands in the product that only a test uses, or nobody."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PRODUCT = ("accounts", "fx", "journals", "ledgerflow", "recon", "reports")
USERS = (*PRODUCT, "apps")
WORD = re.compile(r"\b[A-Za-z_]\w+\b")
# Found by their name or place: by Django, by the registry of errors and constraints, by gettext of formats.
FOUND_OTHERWISE = re.compile(r"apps\.py:\w+Config|errors\.py:\w+|formats\.py:[A-Z_]+|settings\.py:\w+|models\.py:\w+")
# name: why it is there although no product code uses it.
FOR_TESTS = {
    "close_idle": "tests drop their database, which no connection may hold",
    "close_borrowed": "the same",
    "forget_callers": "a test makes another key with the same secret as one that is remembered",
    "verify_books": "tests want the faults and no record of the run",
    "sql_function_again": "migrations use it, which are not looked at here",
    "sql_files": "tests compare the files of SQL with the database",
}


def defined(name: str, source: str) -> Iterator[tuple[str, str]]:
    """The functions, classes and constants of a module, but for those that a decorator registers."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
            yield name, node.name
        elif isinstance(node, ast.Assign):
            yield from ((name, one.id) for one in node.targets if isinstance(one, ast.Name))


def unused(definitions: Iterable[tuple[str, str]], texts: Iterable[str]) -> set[str]:
    words: Counter[str] = Counter()
    for text in texts:
        words.update(WORD.findall(text))
    return {f"{file}:{name}" for file, name in definitions if words[name] == 1 and not name.startswith("__")}


def test_product_code_is_used_by_product_code() -> None:
    files = [path for folder in USERS for path in (PROJECT / folder).rglob("*") if "migrations" not in path.parts]
    sources = {
        path.relative_to(PROJECT).as_posix(): path.read_text()
        for path in files
        if path.suffix in {".py", ".sql", ".html"}
    }
    pages = [path.read_text() for path in (PROJECT / "templates").rglob("*.html")]
    definitions = [
        one
        for name, text in sources.items()
        if name.startswith(PRODUCT) and name.endswith(".py")
        for one in defined(name, text)
    ]
    found = unused(definitions, [*sources.values(), *pages])
    found = {one for one in found if not FOUND_OTHERWISE.search(one)}
    assert {one for one in found if one.rpartition(":")[2] not in FOR_TESTS} == set()
    assert {one.rpartition(":")[2] for one in found} == set(FOR_TESTS)


def test_what_nobody_uses_is_found() -> None:
    source = "LIMIT = 1\nMOST = LIMIT\n@register\nclass Page: ...\ndef used(): ...\ndef unused(): ...\nused()\n"
    assert unused(defined("a.py", source), [source]) == {"a.py:MOST", "a.py:unused"}
    assert unused(defined("a.py", source), [source, "MOST, unused"]) == set()
