"""What STYLE asks for and no linter checks: lengths, and calls that have a better replacement here."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.any_server

PROJECT = Path(__file__).parents[2]
PRODUCT = ("accounts", "fx", "journals", "ledgerflow", "reports")
EVERYTHING = (*PRODUCT, "bench", "tests")
LONGEST_FUNCTION = 70
LONGEST_MODULE = 400


@dataclass(frozen=True)
class Ban:
    """A call, as it is written, that only the named places may make."""

    call: str
    instead: str
    allowed_in: tuple[str, ...] = ()


BANS = (
    Ban(
        "transaction.atomic",
        "write through ledgerflow.books: one place opens transactions",
        # Grants are no books, and want to be all there or not at all.
        ("ledgerflow/ops/management/commands/grant_roles.py",),
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
    Ban("logging.getLogger", "structlog.get_logger"),
    Ban("os.getenv", "a setting: ledgerflow/settings.py reads the environment, and refuses bad values at start"),
    Ban("os.environ.get", "a setting", ("ledgerflow/settings.py", "ledgerflow/embedded/")),
    Ban("os.system", "subprocess.run with a list"),
    Ban("subprocess.run", "nothing: the product starts no programs", ("ledgerflow/embedded/",)),
    Ban("subprocess.Popen", "nothing: the product starts no programs", ("ledgerflow/embedded/",)),
    Ban("mark_safe", "format_html"),
    Ban("get_or_create", "INSERT ... ON CONFLICT, or a unique constraint mapped to its error"),
    Ban("update_or_create", "INSERT ... ON CONFLICT, or a unique constraint mapped to its error"),
    Ban("uuid.uuid4", "the project's UUIDv7, which keeps indexes dense"),
)


def modules(folders: tuple[str, ...]) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in (PROJECT / folder).rglob("*.py") if "migrations" not in path.parts)


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def long_functions(source: str) -> list[str]:
    functions = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    lengths = {function.name: (function.end_lineno or 0) - function.lineno + 1 for function in functions}
    return [f"{name}: {length} lines" for name, length in lengths.items() if length > LONGEST_FUNCTION]


def calls(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def is_ban(ban: Ban, call: str) -> bool:
    return call == ban.call or (call.endswith(f".{ban.call}") and ban.call not in {"float", "round"})


def offences(source: str, name: str) -> list[str]:
    return [
        f"{name}:{line}: {call}() - instead: {ban.instead}"
        for line, call in calls(source)
        for ban in BANS
        if is_ban(ban, call) and not name.startswith(ban.allowed_in or ("no exception",))
    ]


def test_no_function_is_longer_than_seventy_lines() -> None:
    found = [f"{name_of(path)}: {which}" for path in modules(EVERYTHING) for which in long_functions(path.read_text())]
    assert found == []


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in modules(EVERYTHING)}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_banned_calls_have_replacements() -> None:
    found = [line for path in modules(PRODUCT) for line in offences(path.read_text(), name_of(path))]
    assert found == []


# A check that cannot fail is a defect: each one is shown what it must find.


def test_a_long_function_is_found() -> None:
    source = "def long():\n" + "    pass\n" * LONGEST_FUNCTION
    assert long_functions(source) == ["long: 71 lines"]
    assert long_functions("def short():\n" + "    pass\n" * (LONGEST_FUNCTION - 1)) == []


@pytest.mark.parametrize("ban", BANS, ids=lambda ban: ban.call)
def test_a_banned_call_is_found(ban: Ban) -> None:
    found = offences(f"def f():\n    return {ban.call}(x)\n", "journals/posting.py")
    assert found == [f"journals/posting.py:2: {ban.call}() - instead: {ban.instead}"]
    for place in ban.allowed_in:
        assert offences(f"{ban.call}(x)", f"{place}example.py" if place.endswith("/") else place) == []


def test_a_method_of_the_same_name_as_a_builtin_is_no_offence() -> None:
    assert offences("connection.float(x)\nx.round()", "journals/posting.py") == []
    assert len(offences("Account.objects.get_or_create(code=code)", "journals/posting.py")) == 1
