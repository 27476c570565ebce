"""One measurement over HTTP: requests made, sent for some seconds, and counted in the books afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench import traffic
from bench.books import BenchBooks, journals_in
from bench.cpu import usage
from bench.load import Load, LoadError, drive
from bench.options import Options
from bench.results import Sample
from bench.server import Server

# More requests than any server here can answer; what is not sent is thrown away.
MOST_SINGLES_PER_SECOND = 8_000
MOST_BULK_TRANSFERS_PER_SECOND = 50_000
CREATED = 201
OK = 200


@dataclass(frozen=True)
class Http:
    """The server under test, and how it is loaded."""

    options: Options
    server: Server
    beside: Sequence[int] = ()  # processes that are part of what is measured, counted with the web server

    def singles(self, name: str, books: Sequence[BenchBooks], spread: str, seconds: float | None = None) -> Sample:
        """Single transfers by all clients, in turn into each of `books`."""
        seconds = seconds or self.options.singles_seconds
        count = int(seconds * MOST_SINGLES_PER_SECOND) // len(books)
        lanes = [traffic.singles(one, spread, count) for one in books]
        return self.measure(
            name,
            books,
            1,
            lambda: drive(
                self.server.address, lanes, clients=self.options.singles_clients, seconds=seconds, wanted_status=CREATED
            ),
        )

    def bulk(self, name: str, books: Sequence[BenchBooks], spread: str, seconds: float | None = None) -> Sample:
        """Batches by a few clients, in turn into each of `books`."""
        seconds = seconds or self.options.bulk_seconds
        items = self.options.bulk_items
        count = max(int(seconds * MOST_BULK_TRANSFERS_PER_SECOND) // items // len(books), 2)
        lanes = [traffic.bulk(one, spread, count, items) for one in books]
        clients = self.options.bulk_clients if len(books) == 1 else self.options.bulk_clients_many
        return self.measure(
            name,
            books,
            items,
            lambda: drive(self.server.address, lanes, clients=clients, seconds=seconds, wanted_status=OK),
        )

    def measure(self, name: str, books: Sequence[BenchBooks], items: int, load: Callable[[], Load]) -> Sample:
        """A load of `items` journals a request: all must be posted, and be in the books afterwards."""
        journals = sum(journals_in(one) for one in books)
        processes = [*self.server.processes(), *self.beside]
        before = usage(processes)
        try:
            done = load()
        except LoadError as error:
            raise self._error(name, str(error)) from error
        spent = usage(processes).since(before)
        if done.failed:
            raise self._error(name, f"{done.failed} requests refused: {done.first_failure.decode(errors='replace')}")
        posted = sum(journals_in(one) for one in books) - journals
        if posted != done.answered * items:
            raise self._error(name, f"{done.answered * items} transfers acknowledged, {posted} in the books")
        return Sample.of_load(name, done, posted, spent)

    def _error(self, name: str, what: str) -> LoadError:
        return LoadError(f"{name}: {what}\n{self.server.last_words()}")
