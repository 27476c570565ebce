"""Tax codes as audit files name them: from which day to which one a version counts, and what a line bears."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from reports.reading.figures import Reader

DAY = timedelta(days=1)
VERSIONS = """
    SELECT code, version, name, rate, starts_on, ends_on, account_id, deduct_account_id FROM taxes_taxrate
    WHERE entity_id = %s AND event_sequence <= %s ORDER BY code, version
"""


class TaxVersion(NamedTuple):
    """A version of a code; of a reverse charge `deducted` is the account of what is deducted."""

    code: str
    version: int
    name: str
    rate: Decimal
    starts_on: date
    ends_on: date | None
    account: UUID | None
    deducted: UUID | None

    def holds(self, day: date) -> bool:
        return self.starts_on <= day <= (self.ends_on or date.max)


class TaxCodes:
    """The tax codes of the books."""

    def __init__(self, reader: Reader) -> None:
        self._versions: dict[str, list[TaxVersion]] = {}
        for row in reader.rows(VERSIONS, (reader.entity_id, reader.known)):
            self._versions.setdefault(row[0], []).append(TaxVersion._make(row))
        self._accounts = {
            (one.code, account)
            for versions in self._versions.values() for one in versions for account in (one.account, one.deducted)
        }  # fmt: skip

    def of_line(self, code: str, account: UUID, day: date) -> TaxVersion | None:
        """What a taxable line bears: nothing for lines of the tax itself, and for codes that are not declared."""
        if not code or (code, account) in self._accounts:
            return None
        return _counting(self._versions.get(code, ()), day)

    def between(self, start: date, end: date) -> Iterator[TaxVersion]:
        """What counts on some day from `start` to `end`, each with the days on which it does."""
        for versions in self._versions.values():
            for one in spans(versions):
                if one.starts_on <= end and (one.ends_on or date.max) >= start:
                    yield one


def spans(versions: Iterable[TaxVersion]) -> Iterator[TaxVersion]:
    """The versions of a code one after the other in time; on a day the newest counts among whose days it is."""
    known = list(versions)
    ends = {one.ends_on + DAY for one in known if one.ends_on is not None and one.ends_on < date.max}
    starts = sorted({one.starts_on for one in known} | ends)
    last: TaxVersion | None = None
    for place, day in enumerate(starts):
        counting = _counting(known, day)
        until = starts[place + 1] - DAY if place + 1 < len(starts) else None
        if counting is not None and last is not None and last.version == counting.version:
            last = last._replace(ends_on=until)
            continue
        if last is not None:
            yield last
        last = None if counting is None else counting._replace(starts_on=day, ends_on=until)
    if last is not None:
        yield last


def _counting(versions: Iterable[TaxVersion], day: date) -> TaxVersion | None:
    return max((one for one in versions if one.holds(day)), key=lambda one: one.version, default=None)
