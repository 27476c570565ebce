"""Random templates over HTTP: drafted, tried out, and some made active by two people and run."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from itertools import takewhile
from threading import Event
from typing import Any, NamedTuple
from uuid import uuid4

from django.contrib.auth.models import User

from accounts.founding import found_books
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from bench.templates.making import ACCOUNTS, ROLE, ROLE_ACCOUNTS, random_parameters, random_template
from bench.templates.timing import Timed, slowest_of
from ledgerflow.access.keys import create_key
from ledgerflow.books.models import Entity
from ledgerflow.core.people import person_of

ACTOR = "bench"
DAY = date(2026, 3, 2)
THREADS = 4
ACTIVE_OF = 3  # one in so many templates that come to something is made active
RUNS = 3  # of one that is active, with other parameters each
VALUES = {
    "gross": Decimal(10**20 - 1),
    "rate": Decimal("33.333333"),
    "n": Decimal(3),
    "fee": Decimal("0.30"),
}


NONE = Timed(0, "")


@dataclass
class Found:
    """What came of it. `broken` are answers that must not be: their request, and why."""

    statuses: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    slowest: Timed = NONE
    activated: int = 0
    journals: int = 0

    def add(self, other: Found) -> None:
        """What another thread found, too."""
        self.statuses += other.statuses
        self.refusals += other.refusals
        self.broken += other.broken
        self.slowest = max(self.slowest, other.slowest)
        self.activated += other.activated
        self.journals += other.journals


class Books(NamedTuple):
    """Books with the accounts that random templates name, and the keys of two persons."""

    entity: Entity
    secrets: tuple[str, str]


def books() -> Books:
    """New ones."""
    code = f"fuzz-{uuid4().hex[:8]}"
    entity = found_books(code=code, name="Random templates", base_currency="EUR", business_date=DAY)
    specs = [_account(*one) for one in ACCOUNTS] + [_account(*one, role=ROLE) for one in ROLE_ACCOUNTS]
    assert all(one.status == "opened" for one in open_accounts(entity.id, specs, actor=ACTOR))
    one, other = (_secret(entity, f"{code}-{number}") for number in range(2))
    return Books(entity, (one, other))


def fuzz(address: tuple[str, int], made: Books, count: int, seed: int) -> Found:
    """`count` random templates, each tried out with random parameters; all that was found."""
    shares = [range(first, count, THREADS) for first in range(THREADS)]
    found, stopping = Found(), Event()
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for one in pool.map(lambda numbers: _Fuzzer(address, made, seed, stopping).run(numbers), shares):
                found.add(one)
        finally:
            stopping.set()  # so that nobody waits for the others when one of them, or the command, is ended
    return found


class _Fuzzer:
    """One thread of them, with a connection of its own."""

    def __init__(self, address: tuple[str, int], made: Books, seed: int, stopping: Event) -> None:
        self.connection = HTTPConnection(*address, timeout=120)
        self.secrets = made.secrets
        self.seed = seed
        self.stopping = stopping
        self.found = Found()

    def run(self, numbers: Sequence[int]) -> Found:
        for number in takewhile(lambda _: not self.stopping.is_set(), numbers):
            # A string is a seed that is the same in every process.
            self.one(f"random-{number}", random.Random(f"{self.seed} {number}"))
        return self.found

    def one(self, code: str, choose: random.Random) -> None:
        """Draft a template, try it out, and now and then make it active and run it."""
        definition, given = random_template(choose), random_parameters(choose)
        self.found.slowest = max(self.found.slowest, slowest_of(definition, VALUES))
        versions = f"/api/operations/{code}/versions"
        status, drafted = self.send("draft", versions, {"definition": definition})
        if status not in (200, 201):
            return
        run = f"/api/operations/{code}"
        tried = {"parameters": given, "dry_run": True}
        status, shown = self.send("try out", f"{run}?version={drafted['version']}", tried)
        if status == 200 and choose.randrange(ACTIVE_OF) == 0:  # noqa: PLR2004
            self.activate(versions, definition, given, shown["journal"]["lines"])
            self.run_it(run, [given, *(random_parameters(choose) for _ in range(RUNS))])

    def activate(self, versions: str, definition: dict[str, Any], given: dict[str, Any], lines: list[Any]) -> None:
        """The same with an example that it comes to: what trying it out has shown."""
        came = [{"side": line["side"], "amount": line["amount"], "account": line["account"]} for line in lines]
        whole = definition | {"examples": [{"parameters": given, "lines": came}]}
        status, drafted = self.send("draft", versions, {"definition": whole})
        if status != 201:  # noqa: PLR2004
            return
        _, proposal = self.send("propose", f"{versions}/{drafted['version']}/activate", {"reason": "It comes out"})
        if "id" in proposal:
            _, decided = self.send("approve", f"/api/proposals/{proposal['id']}/approve", {}, who=1)
            self.found.activated += decided.get("executed") is True

    def run_it(self, run: str, sets: list[dict[str, Any]]) -> None:
        """Run it, each twice: the second time is the first answer again."""
        for given in sets:
            key = uuid4().hex
            status, first = self.send("run", run, {"parameters": given}, key=key)
            again, second = self.send("run again", run, {"parameters": given}, key=key)
            if (again, second.get("journal")) != (status, first.get("journal")):
                self.found.broken.append(f"{run} {given}: another answer the second time")
            self.found.journals += status == 201  # noqa: PLR2004

    def send(self, what: str, path: str, body: Any, *, key: str = "", who: int = 0) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer; what must not be is written down."""
        headers = {"Authorization": f"Bearer {self.secrets[who]}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key or uuid4().hex}
        try:
            self.connection.request("POST", path, json.dumps(body).encode(), headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except (HTTPException, OSError) as error:
            self.connection.close()  # the next request opens it again
            self.found.broken.append(f"{what} {path} {json.dumps(body)[:2000]}: {error!r}")
            return 0, {}
        self.found.statuses[f"{what}: {answer.status}"] += 1
        read: dict[str, Any] = json.loads(text) if text[:1] == b"{" else {}
        fault = _fault(answer.status, read)
        if fault:
            self.found.broken.append(f"{what} {path} {json.dumps(body)[:2000]}: {fault} {text[:500]!r}")
        if answer.status >= 400:  # noqa: PLR2004
            self.found.refusals[f"{what}: {read.get('code')}"] += 1
        return answer.status, read


def _fault(status: int, read: dict[str, Any]) -> str:
    if status >= 500:  # noqa: PLR2004
        return f"status {status}"
    if status >= 400 and not read.get("code"):  # noqa: PLR2004
        return "a refusal without a name"
    totals: Counter[str] = Counter()
    cents = {"debit": 1000, "credit": -1000}
    for line in read.get("journal", {}).get("lines", []):
        totals[line["currency"]] += int(Decimal(line["amount"]) * cents[line["side"]])
    return f"unbalanced: {totals}" if any(totals.values()) else ""


def _account(code: str, currency: str, kind: str, role: str = "") -> AccountSpec:
    return AccountSpec(code=code, name=code, currency=currency, type=kind, role=role)


def _secret(entity: Entity, name: str) -> str:
    """The key of a person who may do everything."""
    user = User.objects.create_superuser(name)
    _, secret = create_key(entity, name, ["read", "post", "manage"], person=person_of(user))
    return secret
