"""`python -m bench.roundtrip`: books exported and imported into empty ones, and all their statements compared.

Exit code 1: a statement differs. Needs DATABASE_URL; `make bench-roundtrip` starts the server.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import uuid4

from bench.promises import Line, all_kept, parser_of, parts_asked, set_up

if TYPE_CHECKING:
    from ledgerflow.books.models import Entity

PARTS = ("company", "plaintext", "amlsim")
DATA = Path(__file__).parents[3] / "shared" / "data"
DATES = 12


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the books asked for through it; 1 when a statement differs."""
    parser = parser_of("python -m bench.roundtrip", __doc__, PARTS)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder with amlsim and plaintext")
    given = parser.parse_args(arguments)
    parts = parts_asked(parser, given.parts, PARTS)
    say = set_up()
    makers = {"company": _company, "plaintext": _plaintext, "amlsim": _amlsim}
    lines: list[Line] = []
    with TemporaryDirectory(prefix="bench-roundtrip-") as folder:
        for part in parts:
            say(f"Making {part}")
            books = makers[part](given.data, Path(folder))
            lines += _there_and_back(part, books, Path(folder), say)
    return 0 if all_kept(lines, (60, 14)) else 1


def _there_and_back(part: str, books: Entity, folder: Path, say: Callable[[str], None]) -> Iterator[Line]:
    from bench.roundtrip.moving import moved  # noqa: PLC0415 - after django.setup()
    from bench.roundtrip.statements import compared, dates_of, statements  # noqa: PLC0415
    from journals.models import Journal  # noqa: PLC0415

    say(f"{part}: exporting and importing")
    with redirect_stdout(StringIO()) as told:
        other = moved(books, folder)
    journals = [Journal.objects.filter(entity=one).count() for one in (books, other)]
    if journals[0] != journals[1]:
        say(told.getvalue())
    yield Line(
        f"{part}: journals of the new books", f"{journals[1]:,}", f"{journals[0]:,}", ok=journals[0] == journals[1]
    )
    dates = dates_of(books, DATES)
    say(f"{part}: comparing statements at {', '.join(map(str, dates))}")
    asked = list(statements(books, dates, _cash(books), functional=_is_foreign(books)))
    found = compared(books, other, asked)
    for difference in found.differences:
        say(difference)
    wrong = len(found.differences)
    yield Line(
        f"{part}: of {found.statements} statements with {found.rows:,} rows differ", f"{wrong}", "0", ok=not wrong
    )


def _cash(books: Entity) -> list[str]:
    """The accounts of a cash movement: those that say so, else the first assets."""
    accounts = books.accounts.filter(is_header=False).order_by("code")
    cash = list(accounts.filter(role="cash").values_list("code", flat=True))
    return cash or list(accounts.filter(type="asset").values_list("code", flat=True)[:10])


def _is_foreign(books: Entity) -> bool:
    """Whether there is a statement in functional currency: rates for what is foreign."""
    from fx.rates.models import Rate  # noqa: PLC0415

    return Rate.objects.filter(entity=books).exists()


def _company(_data: Path, _folder: Path) -> Entity:
    from bench.roundtrip.company import Company  # noqa: PLC0415

    return Company().live()


def _plaintext(data: Path, folder: Path) -> Entity:
    """The sample of hledger, 1,000 transactions in 26 commodities, with its prices as conversions."""
    from django.core.management import call_command  # noqa: PLC0415

    books = _books("plaintext", datetime.now(UTC).date())
    printed = folder / "plaintext.csv"
    with printed.open("wb") as out:
        journal = data / "plaintext" / "1ktxns-100accts.journal"
        program = shutil.which("hledger") or "hledger"
        asked = ["print", "--infer-equity", "-x", "-O", "csv"]
        subprocess.run([program, "-f", str(journal), *asked], stdout=out, check=True)
    call_command(
        "import_journals", str(printed), "--entity", books.code, "--format", "hledger", "--open-accounts",
        "--confirm-unusual-dates", "--rejected", str(folder / "plaintext-rejected.csv"),
    )  # fmt: skip
    books.refresh_from_db()
    return books


def _amlsim(data: Path, folder: Path) -> Entity:
    """20,000 deposits and the transfers between them that there are funds for."""
    from django.core.management import call_command  # noqa: PLC0415

    from bench.amlsim import ACCOUNT_OPTIONS, START_DATE, TRANSFER_OPTIONS  # noqa: PLC0415

    books = _books("amlsim", START_DATE)
    into = ["--entity", books.code, "--rejected", str(folder / "amlsim-rejected.csv")]
    call_command("import_accounts", str(data / "amlsim" / "accounts.csv"), *into, *ACCOUNT_OPTIONS)
    call_command("import_journals", str(data / "amlsim" / "transactions.csv"), *into, *TRANSFER_OPTIONS)
    books.refresh_from_db()
    return books


def _books(name: str, day: date) -> Entity:
    from accounts.founding import found_books  # noqa: PLC0415

    return found_books(code=f"{name}-{uuid4().hex[:8]}", name=name, base_currency="EUR", business_date=day)


if __name__ == "__main__":
    sys.exit(main())
