"""One batch of items into the books, all that is known about it in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors import LedgerError
from ledgerflow.files.items import Item


class ItemOutcome(Protocol):
    """What became of what an item wanted: an `Answer` of posting, an `Opened` of opening accounts."""

    @property
    def status(self) -> str: ...

    @property
    def refusal(self) -> LedgerError | None: ...


class RefusedItem(NamedTuple):
    """The outcome of an item that asked for nothing usable, or that the database refused."""

    refusal: LedgerError | None
    status: str = "refused"


class InParts(Exception):
    """The batch cannot be written as a whole."""


Settled = tuple[Item[Any], ItemOutcome]
Settle = Callable[[Transaction, Sequence[ItemOutcome]], None]
# Writes what items want and calls the function it is given in the same transaction; gives the outcomes.
Writer = Callable[[Sequence[Any], Settle], Sequence[ItemOutcome]]


class Committing:
    """Writes batches with `writer`; `record` runs in the same transaction, `done` after it was committed."""

    def __init__(
        self,
        writer: Writer,
        record: Callable[[Transaction, list[Settled]], None],
        done: Callable[[list[Item[Any]]], None] = lambda _: None,
    ) -> None:
        self._writer = writer
        self._record = record
        self._done = done

    def commit(self, batch: list[Item[Any]]) -> None:
        """Write a batch. When the database refuses it as a whole, halve it until the culprit stands alone.

        That one is recorded as refused. Raises what the writer raises, `TryAgain` and `OutcomeUnknown` among it.
        """
        wanted = [item.wanted for item in batch if item.wanted is not None]
        settled: list[Sequence[ItemOutcome]] = []

        def settle(tx: Transaction, outcomes: Sequence[ItemOutcome]) -> None:
            if len(outcomes) != len(wanted):
                raise InParts  # posting halves too, but only here is it known which items a part is made of
            self._record(tx, _together(batch, outcomes))
            settled[:] = [outcomes]

        try:
            outcomes = self._writer(wanted, settle)
        except InParts:
            outcomes = []
        if settled == [outcomes]:
            self._done(batch)
        elif len(batch) > 1:
            middle = len(batch) // 2
            self.commit(batch[:middle])
            self.commit(batch[middle:])
        else:
            self.commit([batch[0]._replace(wanted=None, refusal=outcomes[0].refusal)])


def _together(batch: list[Item[Any]], outcomes: Sequence[ItemOutcome]) -> list[Settled]:
    rest = iter(outcomes)
    return [(item, RefusedItem(item.refusal) if item.wanted is None else next(rest)) for item in batch]
