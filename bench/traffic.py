"""Requests as bytes, made before the clock starts. Keys are random, as clients' UUIDs are."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

from bench.books import BenchBooks

HOT = "hot"
UNIFORM = "uniform"
SPREADS = (UNIFORM, HOT)
MOST_CENTS = 99_999

_random = random.Random()  # seeded by the system: a second run on the same books must not meet its own keys


def pairs(books: BenchBooks, spread: str) -> Iterator[tuple[str, str]]:
    """Debit and credit account: any two, or (`hot`) the same debit account each time and any other."""
    codes, count = books.codes, len(books.codes)
    draw = _random.randrange
    while True:
        debit = 0 if spread == HOT else draw(count)
        yield codes[debit], codes[(debit + draw(1, count)) % count]


def amount() -> str:
    cents = _random.randint(1, MOST_CENTS)
    return f"{cents // 100}.{cents % 100:02d}"


def key() -> str:
    return f"{_random.getrandbits(128):032x}"


def singles(books: BenchBooks, spread: str, count: int) -> list[bytes]:
    """`count` requests of one transfer each."""
    beginning = head(books, "/api/transfers")
    made = []
    for debit, credit in _take(pairs(books, spread), count):
        body = b'{"debit_account":"%b","credit_account":"%b","amount":"%b"}' % (
            debit.encode(),
            credit.encode(),
            amount().encode(),
        )
        made.append(keyed(beginning, body))
    return made


def bulk(books: BenchBooks, spread: str, count: int, items: int) -> list[bytes]:
    """`count` requests of `items` transfers each, every transfer for itself."""
    beginning = head(books, "/api/journals/batch")
    source = pairs(books, spread)
    made = []
    for _ in range(count):
        body = b'{"mode":"each","items":[%b]}' % ",".join(_items(source, items)).encode()
        made.append(b"%bContent-Length: %d\r\n\r\n%b" % (beginning, len(body), body))
    return made


def commands(books: BenchBooks, spread: str, count: int, items: int) -> list[bytes]:
    """`count` requests of `items` commands each, every one of them a transfer."""
    beginning = head(books, "/api/commands/batch")
    source = pairs(books, spread)
    made = []
    for _ in range(count):
        body = b'{"items":[%b]}' % ",".join(_commands(source, items)).encode()
        made.append(b"%bContent-Length: %d\r\n\r\n%b" % (beginning, len(body), body))
    return made


def _commands(source: Iterator[tuple[str, str]], count: int) -> Iterator[str]:
    for debit, credit in _take(source, count):
        payload = {"debit_account": debit, "credit_account": credit, "amount": amount()}
        yield json.dumps(
            {"type": "TRANSFER_MONEY", "payload": payload, "idempotency_key": key()}, separators=(",", ":")
        )


Maker = Callable[[BenchBooks, str, int], list[bytes]]


def _items(source: Iterator[tuple[str, str]], count: int) -> Iterator[str]:
    for debit, credit in _take(source, count):
        yield json.dumps(
            {"debit_account": debit, "credit_account": credit, "amount": amount(), "idempotency_key": key()},
            separators=(",", ":"),
        )


def _take(source: Iterator[tuple[str, str]], count: int) -> Iterator[tuple[str, str]]:
    for _, pair in zip(range(count), source, strict=False):
        yield pair


def keyed(beginning: bytes, body: bytes) -> bytes:
    """A request with a key of its own."""
    return b"%bIdempotency-Key: %b\r\nContent-Length: %d\r\n\r\n%b" % (beginning, key().encode(), len(body), body)


def head(books: BenchBooks, path: str) -> bytes:
    """The first lines of a request, up to the length of its body."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {books.secret}\r\n"
        "Content-Type: application/json\r\n"
    ).encode()
