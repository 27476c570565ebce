"""The balance sheet of books with one journal dated long ago, beside the same books without it.

Such a date is nearly always a slip, and a report that went through all the years since would take minutes. The date is
the earliest that the books take. Both are asked in turn, so that what disturbs one disturbs the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from bench import traffic
from bench.books import ACTOR, CURRENCY, BenchBooks, new_books, settle_statistics
from bench.options import Options
from bench.results import MILLISECONDS, Sample
from bench.verify import verify
from journals.drafts import Draft, transfer_lines
from journals.posting import post_many
from ledgerflow.core.dates import EARLIEST
from reports.statements.sheet import balance_sheet

WITH, WITHOUT = "balance sheet, old date", "balance sheet, no old date"
INCOME_ACCOUNTS = 2_000
WARM_UP = 3


def measure(options: Options, add: Callable[[Sample], Sample], say: Callable[[str], None]) -> dict[str, float]:
    """Fill both, ask in turn; gives the seconds the proof took."""
    say(f"Posting to {INCOME_ACCOUNTS:,} income accounts, twice, once with a journal of {EARLIEST}")
    books = {WITH: filled("old-date"), WITHOUT: filled("no-old-date")}
    _post(books[WITH], [_draft(books[WITH], "I0000", EARLIEST)])
    settle_statistics()
    asked: dict[str, list[float]] = {name: [] for name in books}
    for number in range(WARM_UP + options.olddate_questions):
        for name, one in books.items():
            began = time.perf_counter()
            sheet = balance_sheet(one.id)
            if number >= WARM_UP:
                asked[name].append(time.perf_counter() - began)
            assert sheet.blocks[0].rows, "an empty balance sheet is no measure"
    for name, seconds in asked.items():
        add(_sample(name, seconds))
    return verify(list(books.values()))


def filled(name: str) -> BenchBooks:
    """Books whose income accounts have been posted to last year and this one."""
    books = new_books(name, 2, with_key=False)
    codes = [f"I{number:04d}" for number in range(INCOME_ACCOUNTS)]
    specs = [AccountSpec(code=code, name=code, currency=CURRENCY, type="income") for code in codes]
    assert all(one.status == "opened" for one in open_accounts(books.id, specs, actor=ACTOR))
    today = books.entity.first_business_date
    for day in (date(today.year - 1, 7, 1), today):
        _post(books, [_draft(books, code, day) for code in codes])
    return books


def _draft(books: BenchBooks, code: str, day: date) -> Draft:
    lines = transfer_lines(books.codes[0], code, Decimal(traffic.amount()))
    return Draft(traffic.key(), lines, "transfer", day, confirm_unusual_date=True, actor=ACTOR)


def _post(books: BenchBooks, drafts: list[Draft]) -> None:
    answers = post_many(books.id, drafts)
    assert all(answer.status == "posted" for answer in answers), next(a for a in answers if a.refusal)


def _sample(name: str, seconds: list[float]) -> Sample:
    ordered = sorted(seconds)
    p50, p99 = (ordered[int(len(ordered) * share)] * MILLISECONDS for share in (0.50, 0.99))
    return Sample(name, len(seconds) / sum(seconds), len(seconds), sum(seconds), p50, p99)
