"""Recording rates: one, or some thousands in one transaction."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Context, Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID

from fx.rates.conversion import PRECISE
from fx.rates.errors import FirstRate, RateDirection, RateJump, RateOfUnit
from fx.rates.events import RateFact, RatesRecordedFact
from fx.rates.finding import ways
from fx.rates.policies import fetch_within, policy_of
from fx.rates.quotes import KINDS, SPOT, Quote, check_quote, check_source, pair_of
from ledgerflow.books.copying import copy_text
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.ids import uuid7_run
from ledgerflow.core.money import normalised, plain

LOAD_PAIRS = "SELECT base, quote FROM rates_pair WHERE entity_id = %s"
LOAD_UNITS = "SELECT code FROM accounts_currency WHERE entity_id = %s AND NOT is_money"
LOAD_RATES = """
    SELECT r.base, r.quote, r.kind, r.rate_date, r.version, r.value, r.source
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::date[], %s::date[]) AS w (base, quote, kind, first, last)
    CROSS JOIN (SELECT %s::uuid AS entity_id) e
    CROSS JOIN LATERAL (
        SELECT (SELECT max(b.rate_date) FROM rates_rate b WHERE b.entity_id = e.entity_id AND b.base = w.base
                AND b.quote = w.quote AND b.kind = w.kind AND b.rate_date < w.first) AS before,
               (SELECT min(a.rate_date) FROM rates_rate a WHERE a.entity_id = e.entity_id AND a.base = w.base
                AND a.quote = w.quote AND a.kind = w.kind AND a.rate_date > w.last) AS after
    ) n
    JOIN rates_rate r ON r.entity_id = e.entity_id AND r.base = w.base AND r.quote = w.quote AND r.kind = w.kind
                  AND r.rate_date BETWEEN coalesce(n.before, w.first) AND coalesce(n.after, w.last)
    ORDER BY r.version
"""
# The nearest rates of a pair and a kind on both sides of a day, each in its newest version.
LOAD_NEAREST = """
    WITH wanted (entity_id, base, quote, kind, day) AS (VALUES (%s::uuid, %s, %s, %s, %s::date))
    SELECT n.rate_date, n.value FROM wanted w CROSS JOIN LATERAL (
        (SELECT r.rate_date, r.value FROM rates_rate r WHERE r.entity_id = w.entity_id AND r.base = w.base
         AND r.quote = w.quote AND r.kind = w.kind AND r.rate_date <= w.day
         ORDER BY r.rate_date DESC, r.version DESC LIMIT 1)
        UNION ALL
        (SELECT r.rate_date, r.value FROM rates_rate r WHERE r.entity_id = w.entity_id AND r.base = w.base
         AND r.quote = w.quote AND r.kind = w.kind AND r.rate_date > w.day
         ORDER BY r.rate_date, r.version DESC LIMIT 1)
    ) n
"""
SHOWN = Context(prec=6)
CROSSED = Context(prec=12)
COPY_PAIRS = "COPY rates_pair (id, entity_id, base, quote) FROM STDIN"
COPY_RATES = """
    COPY rates_rate (id, entity_id, base, quote, rate_date, kind, version, value, source, event_sequence, recorded_at,
                  actor)
    FROM STDIN
"""


class RateOutcome(NamedTuple):
    """What became of one quote: "recorded", "unchanged" (it is what stands there already) or "refused"."""

    status: str
    quote: Quote
    version: int | None = None
    refusal: LedgerError | None = None


class Neighbour(NamedTuple):
    """A rate that another one is measured from."""

    place: str  # "before", "replaced" or "after" among rates of its own; a kind of rate; "cross"
    day: date
    value: Decimal
    over: str | None = None  # the currency that a cross rate goes over


def record_rates(
    entity_id: UUID,
    quotes: Sequence[Quote],
    *,
    source: str,
    actor: str,
    confirm_jump: bool = False,
    keep_corrections: bool = False,
    asks_about_first: bool = False,
) -> list[RateOutcome]:
    """Record quotes, each for itself, in one transaction; outcomes in the order given.

    A value other than the one that stands is a new version; the same value is no new version. With
    `keep_corrections`, for feeds that are read again and again, what `source` itself said last is compared instead:
    a correction by hand since then stays the newest version.
    Refusals: `malformed`; `not_money` (of a unit such as credits); `rate_direction` (the pair is stored the other way
    round); `rate_jump` (more than the policy's percentage away from the nearest rate before it, however old, from the
    nearest one after it, or from the version that it replaces; the first of a pair and kind from the rates of the
    pair in other kinds and from the cross rates over other currencies), unless `confirm_jump`. With
    `asks_about_first`, for what a person types, a rate that can be compared with nothing is refused as well
    (`first_rate`), unless `confirm_jump`. Raises `Malformed` for a bad source. Running it again changes nothing.
    """
    check_source(source)

    def work(tx: Transaction, _: None) -> list[RateOutcome]:
        recording = _RateRecording(tx, quotes, source, keep_corrections=keep_corrections)
        recording.confirm_jump, recording.asks_about_first = confirm_jump, asks_about_first
        outcomes: dict[int, RateOutcome] = {}
        # By date, whatever the order of the file: a jump is measured from the rate before.
        for number in sorted(range(len(quotes)), key=lambda number: quotes[number].rate_date):
            outcomes[number] = recording.outcome(quotes[number])
        recording.write(actor)
        return [outcomes[number] for number in range(len(quotes))]

    return write(entity_id, work, repeatable=True)


class _Series:
    """The rates of one pair and kind around the dates asked for, with what this transaction adds."""

    def __init__(self) -> None:
        self.dates: list[date] = []
        self.newest: dict[date, tuple[int, Decimal]] = {}
        self.own: dict[date, Decimal] = {}  # by the source that is recording

    def put(self, day: date, version: int, value: Decimal, *, own: bool) -> None:
        if day not in self.newest:
            insort(self.dates, day)
        self.newest[day] = (version, value)
        if own:
            self.own[day] = value

    def around(self, day: date) -> list[Neighbour]:
        """What a rate of `day` is measured from: the nearest one before, that of the day itself, the nearest after."""
        first, last = bisect_left(self.dates, day), bisect_right(self.dates, day)
        return [
            Neighbour("replaced" if on == day else "before" if on < day else "after", on, self.newest[on][1])
            for on in self.dates[max(first - 1, 0) : last + 1]
        ]


class _RateRecording:
    """What stands in the books about the quotes' pairs, and the rows to write."""

    confirm_jump = False
    asks_about_first = False

    def __init__(self, tx: Transaction, quotes: Sequence[Quote], source: str, *, keep_corrections: bool) -> None:
        self.tx = tx
        self.source = source
        self.keep_corrections = keep_corrections
        policy, _ = policy_of(tx.entity_id, fetch=fetch_within(tx))
        self.max_jump = Decimal(policy.max_jump_percent)
        self.pairs: set[tuple[str, str]] = set(tx.query(LOAD_PAIRS, (tx.entity_id,)).fetchall())
        self.new_pairs: list[tuple[str, str]] = []
        self.series: defaultdict[tuple[str, str, str], _Series] = defaultdict(_Series)
        self.groups: defaultdict[tuple[date, str, int], list[tuple[Quote, int]]] = defaultdict(list)
        self.turns: Counter[tuple[object, ...]] = Counter()
        self.units: set[str] = {code for (code,) in tx.query(LOAD_UNITS, (tx.entity_id,))}
        self._load(quotes)

    def _load(self, quotes: Sequence[Quote]) -> None:
        spans: dict[tuple[str, str, str], tuple[date, date]] = {}
        for quote in quotes:
            if (quote.base, quote.quote) in self.pairs and quote.kind in KINDS:
                series = (quote.base, quote.quote, quote.kind)
                first, last = spans.get(series, (quote.rate_date, quote.rate_date))
                spans[series] = (min(first, quote.rate_date), max(last, quote.rate_date))
        if not spans:
            return
        columns: list[Any] = [
            list(column) for column in (*zip(*spans, strict=True), *zip(*spans.values(), strict=True))
        ]
        for base, quote_code, kind, day, version, value, told_by in self.tx.query(
            LOAD_RATES, (*columns, self.tx.entity_id)
        ):
            self.series[base, quote_code, kind].put(day, version, value, own=told_by == self.source)

    def outcome(self, quote: Quote) -> RateOutcome:
        try:
            check_quote(quote)
            self._check_money(quote)
            self._check_direction(quote)
            series = self.series[quote.base, quote.quote, quote.kind]
            version, current = series.newest.get(quote.rate_date, (0, None))
            if current == quote.value or (self.keep_corrections and series.own.get(quote.rate_date) == quote.value):
                return RateOutcome("unchanged", quote, version)
            if not self.confirm_jump:
                self._check_jump(quote, series)
        except LedgerError as refusal:
            return RateOutcome("refused", quote, refusal=refusal)
        self._add(quote, series, version + 1)
        return RateOutcome("recorded", quote, version + 1)

    def _check_money(self, quote: Quote) -> None:
        for name, code in (("base", quote.base), ("quote", quote.quote)):
            if code in self.units:
                raise RateOfUnit(pointer=f"/{name}", currency=code)

    def _check_direction(self, quote: Quote) -> None:
        if (quote.quote, quote.base) in self.pairs:
            stored = pair_of(quote.quote, quote.base)
            raise RateDirection(pointer="/base", stored=stored)

    def _check_jump(self, quote: Quote, series: _Series) -> None:
        """A typing error stands out from the rates on both sides of it, and a correction from what it corrects."""
        neighbours = series.around(quote.rate_date) or [*self._other_kinds(quote), *self._crosses(quote)]
        for one in neighbours:
            with localcontext(PRECISE):
                is_far = (quote.value - one.value).copy_abs() * 100 > self.max_jump * one.value
            if is_far:
                raise self._jump(quote, one, neighbours)
        if self.asks_about_first and not neighbours:
            raise FirstRate(pointer="/value", **_said_of(quote))

    def _other_kinds(self, quote: Quote) -> Iterator[Neighbour]:
        for kind in KINDS:
            if kind != quote.kind and (near := self._nearest(quote.base, quote.quote, kind, quote.rate_date)):
                yield Neighbour(kind, *near)

    def _crosses(self, quote: Quote) -> Iterator[Neighbour]:
        """What two other pairs make of this one, so that the first rate of a pair is compared with something."""
        others = self.pairs - {(quote.base, quote.quote)}
        for way in ways({pair for pair in others if {quote.base, quote.quote} & {*pair}}, quote.base, quote.quote):
            factor, days = Decimal(1), []
            for base, quoted, operation in way:
                near = self._nearest(base, quoted, quote.kind, quote.rate_date)
                near = near or self._nearest(base, quoted, SPOT, quote.rate_date)
                if near is None:
                    break
                days.append(near[0])
                factor = (PRECISE.multiply if operation == "multiply" else PRECISE.divide)(factor, near[1])
            else:
                over = ({*way[0][:2]} & {*way[1][:2]}).pop()
                yield Neighbour("cross", min(days), CROSSED.plus(factor), over)

    def _nearest(self, base: str, quote: str, kind: str, day: date) -> tuple[date, Decimal] | None:
        """The rate nearest to a day, of the books or of this very call."""
        found = dict(self.tx.query(LOAD_NEAREST, (self.tx.entity_id, base, quote, kind, day)).fetchall())
        if (base, quote, kind) in self.series:
            found |= {one.day: one.value for one in self.series[base, quote, kind].around(day)}
        return min(found.items(), key=lambda one: (abs(one[0] - day), one[0]), default=None)

    def _jump(self, quote: Quote, far: Neighbour, neighbours: Sequence[Neighbour]) -> RateJump:
        """The refusal: the first rate that it is too far from, and all that it was measured from."""
        return RateJump(
            pointer="/value",
            **_said_of(quote),
            previous=normalised(far.value),
            previous_date=str(far.day),
            percent=plain(_percent(quote.value, far.value, "0.1").copy_abs()),
            max_jump_percent=normalised(self.max_jump),
            compared=[_compared(quote, one) for one in neighbours],
        )

    def _add(self, quote: Quote, series: _Series, version: int) -> None:
        pair = (quote.base, quote.quote)
        if pair not in self.pairs:
            self.pairs.add(pair)
            self.new_pairs.append(pair)
        series.put(quote.rate_date, version, quote.value, own=True)
        self.turns[quote[:4]] += 1
        self.groups[quote.rate_date, quote.kind, self.turns[quote[:4]]].append((quote, version))

    def write(self, actor: str) -> None:
        """One event per date and kind; a second version of a rate within one call needs a second event."""
        tx = self.tx
        ids = uuid7_run(len(self.new_pairs))
        pairs = [f"{id_.hex}\t{tx.entity_hex}\t{a}\t{b}\n" for id_, (a, b) in zip(ids, self.new_pairs, strict=True)]
        tx.copy(COPY_PAIRS, pairs)
        lines: list[str] = []
        for (day, kind, _), rates in self.groups.items():
            facts = {
                pair_of(quote.base, quote.quote): RateFact(id_, normalised(quote.value), version)
                for id_, (quote, version) in zip(uuid7_run(len(rates)), rates, strict=True)
            }
            sequence = tx.record(RatesRecordedFact(day, kind, self.source, facts), f"{day} {kind}", actor)
            shared = f"{copy_text(self.source)}\t{sequence}\t{tx.moment}\t{copy_text(actor)}"
            lines += [
                f"{fact.id.hex}\t{tx.entity_hex}\t{quote.base}\t{quote.quote}\t{day}\t{kind}\t{fact.version}\t"
                f"{fact.value}\t{shared}\n"
                for (quote, _), fact in zip(rates, facts.values(), strict=True)
            ]
        tx.copy(COPY_RATES, lines)


def _said_of(quote: Quote) -> dict[str, str]:
    pair, value = pair_of(quote.base, quote.quote), plain(quote.value)
    return {"pair": pair, "rate_date": str(quote.rate_date), "value": value, "inverse": _inverse_text(quote.value)}


def _compared(quote: Quote, one: Neighbour) -> dict[str, str]:
    """One rate that `quote` is measured from, for a person to see which of the two is mistyped."""
    said = {
        "place": one.place,
        "rate_date": str(one.day),
        "value": normalised(one.value),
        "inverse": _inverse_text(one.value),
        "change_percent": plain(_percent(quote.value, one.value, "0.01")),
    }
    return said if one.over is None else said | {"over": one.over}


def _percent(value: Decimal, previous: Decimal, places: str) -> Decimal:
    return PRECISE.quantize(
        PRECISE.divide(PRECISE.multiply(PRECISE.subtract(value, previous), 100), previous), Decimal(places)
    )


def _inverse_text(value: Decimal) -> str:
    """Shown, never stored: six digits tell a slipped decimal point or an inverse that was typed as the rate."""
    return normalised(SHOWN.divide(1, value))
