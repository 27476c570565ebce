"""What STYLE asks for and no linter checks: lengths, sizes of folders, and names that have a better replacement."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PRODUCT = ("accounts", "apps", "fx", "journals", "ledgerflow", "recon", "reports")
EVERYTHING = (*PRODUCT, "bench", "tests")
LONGEST_FUNCTION = 70
LONGEST_MODULE = 400
MOST_MODULES = 20


@dataclass(frozen=True)
class Ban:
    """A function that only the named places may use: call, hand on, or decorate with."""

    call: str
    instead: str
    allowed_in: tuple[str, ...] = ()


BANS = (
    Ban(
        "transaction.atomic",
        "write through ledgerflow.books: one place opens transactions",
        # Grants are no books, and want to be all there or not at all; a snapshot for models is read only.
        ("ledgerflow/ops/management/commands/grant_roles.py", "ledgerflow/books/snapshots.py"),
    ),
    Ban("select_for_update", "the entity's lock in ledgerflow.books is the only lock", ("ledgerflow/books/",)),
    Ban(
        "psycopg.connect",
        "ledgerflow.books.connections",
        # Health asks with a connection and a patience of its own, so that a stuck pool cannot answer for it.
        ("ledgerflow/books/", "ledgerflow/embedded/", "ledgerflow/web/health.py"),
    ),
    # Metadata is anybody's JSON, and jsonb writes its numbers in its own way.
    Ban("float", "Decimal: money is never a float", ("ledgerflow/books/faults.py",)),
    Ban("round", "Decimal.quantize with the currency's minor units: round() takes halves to the even neighbour"),
    Ban(
        "abs",
        "amount.copy_abs(): abs() rounds to the digits of the context it happens to run in",
        # Of numbers of days and of pieces, of fractions, and within a context of its own.
        (
            "apps/operations/",
            "fx/deals/agreed.py",
            "fx/functional/line_amounts.py",
            "fx/rates/recording.py",
            "fx/revaluation/jump.py",
            "journals/schedules/templates.py",
            "recon/matching/passes/",
            "recon/statements/parsers/mt940_lines.py",
        ),
    ),
    Ban("logging.getLogger", "structlog.get_logger"),
    Ban("os.getenv", "a setting: ledgerflow/settings.py reads the environment, and refuses bad values at start"),
    Ban(
        "os.environ.get",
        "a setting",
        (
            "ledgerflow/settings.py",
            "ledgerflow/own_settings.py",
            "ledgerflow/reading_settings.py",
            "ledgerflow/embedded/",
        ),
    ),
    Ban("os.system", "subprocess.run with a list"),
    Ban("subprocess.run", "nothing: the product starts no programs", ("ledgerflow/embedded/",)),
    Ban("subprocess.Popen", "nothing: the product starts no programs", ("ledgerflow/embedded/",)),
    Ban("mark_safe", "format_html"),
    Ban("get_or_create", "INSERT ... ON CONFLICT, or a unique constraint mapped to its error"),
    Ban("update_or_create", "INSERT ... ON CONFLICT, or a unique constraint mapped to its error"),
    Ban("uuid.uuid4", "the project's UUIDv7, which keeps indexes dense"),
)


BUILTINS = frozenset({"float", "round"})


def modules(folders: tuple[str, ...]) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in (PROJECT / folder).rglob("*.py") if "migrations" not in path.parts)


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def long_functions(source: str) -> list[str]:
    """Each by itself: many have the same name, such as `work` inside of others, or `post` of several views."""
    if source.count("\n") < LONGEST_FUNCTION:  # to read it as Python takes long
        return []
    functions = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    lengths = ((function, (function.end_lineno or 0) - function.lineno + 1) for function in functions)
    return [f"{one.lineno}: {one.name}: {length} lines" for one, length in lengths if length > LONGEST_FUNCTION]


def full_folders(paths: Iterable[str]) -> dict[str, int]:
    """The folders with more modules than a reader takes in; what makes a folder a package is no module to read."""
    counts = Counter(path.rpartition("/")[0] for path in paths if not path.endswith("/__init__.py"))
    return {folder: count for folder, count in counts.items() if count > MOST_MODULES}


def aliases(tree: ast.Module) -> dict[str, str]:
    """What the names that a module imports stand for: `pg` for psycopg, `atomic` for django.db.transaction.atomic."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.asname: one.name for one in node.names if one.asname}
        elif isinstance(node, ast.ImportFrom):
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return found


def uses(source: str) -> Iterator[tuple[int, str]]:
    """The functions that a module names, by their whole names: called, handed on or decorated with."""
    tree = ast.parse(source)
    known = aliases(tree)
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    inner = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and node not in inner:
            head, dot, rest = ast.unparse(node).partition(".")
            name = f"{known.get(head, head)}{dot}{rest}"
            # `float` by itself is a type as well: only calling it makes one.
            if name not in BUILTINS or node in called:
                yield node.lineno, name


def is_ban(ban: Ban, name: str) -> bool:
    return name == ban.call or (name.endswith(f".{ban.call}") and ban.call not in BUILTINS)


def offences(source: str, name: str) -> list[str]:
    return [
        f"{name}:{line}: {ban.call} - instead: {ban.instead}"
        for line, use in uses(source)
        for ban in BANS
        if is_ban(ban, use) and not name.startswith(ban.allowed_in or ("no exception",))
    ]


def test_no_function_is_longer_than_seventy_lines() -> None:
    found = [f"{name_of(path)}: {which}" for path in modules(EVERYTHING) for which in long_functions(path.read_text())]
    assert found == []


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in modules(EVERYTHING)}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_folder_has_more_modules_than_twenty() -> None:
    assert full_folders(name_of(path) for path in modules(EVERYTHING)) == {}


def test_banned_calls_have_replacements() -> None:
    found = [line for path in modules(PRODUCT) for line in offences(path.read_text(), name_of(path))]
    assert found == []


# A check that cannot fail is a defect: each one is shown what it must find.


def test_a_long_function_is_found() -> None:
    source = "def long():\n" + "    pass\n" * LONGEST_FUNCTION
    assert long_functions(source) == ["1: long: 71 lines"]
    assert long_functions("def short():\n" + "    pass\n" * (LONGEST_FUNCTION - 1)) == []


def test_a_long_function_is_found_before_a_short_one_of_the_same_name() -> None:
    long = "def work():\n" + "    pass\n" * LONGEST_FUNCTION
    assert long_functions(f"{long}\n\nclass Other:\n    def work(self):\n        pass\n") == ["1: work: 71 lines"]


def test_a_full_folder_is_found() -> None:
    paths = [f"journals/m{number}.py" for number in range(MOST_MODULES)]
    assert full_folders([*paths, "journals/__init__.py", "journals/days/more.py"]) == {}
    assert full_folders([*paths, "journals/one.py"]) == {"journals": 21}


@pytest.mark.parametrize("ban", BANS, ids=lambda ban: ban.call)
def test_a_banned_call_is_found(ban: Ban) -> None:
    found = offences(f"def f():\n    return {ban.call}(x)\n", "journals/posting.py")
    assert found == [f"journals/posting.py:2: {ban.call} - instead: {ban.instead}"]
    for place in ban.allowed_in:
        assert offences(f"{ban.call}(x)", f"{place}example.py" if place.endswith("/") else place) == []


@pytest.mark.parametrize(
    "source",
    [
        "@transaction.atomic\ndef f(): ...",
        "from django.db import transaction\n@transaction.atomic()\ndef f(): ...",
        "from django.db.transaction import atomic\nwith atomic(): ...",
        "from django.db.transaction import atomic as whole\n@whole\ndef f(): ...",
        "from django.db import transaction as t\nwith t.atomic(using='default'): ...",
        "from os import getenv as setting\nsetting('X')",
        "import psycopg as pg\npg.connect('')",
        "from uuid import uuid4\nfield(default=uuid4)",
    ],
)
def test_another_name_for_it_is_found_too(source: str) -> None:
    assert len(offences(source, "journals/posting.py")) == 1


def test_a_method_of_the_same_name_as_a_builtin_is_no_offence() -> None:
    assert offences("seconds: float = clock.round", "journals/posting.py") == []
    assert offences("connection.float(x)\nx.round()", "journals/posting.py") == []
    assert len(offences("Account.objects.get_or_create(code=code)", "journals/posting.py")) == 1
