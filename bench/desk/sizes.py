"""What each page costs in books of some size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.error import HTTPError

from django.contrib.auth.models import User
from django.test import Client

from accounts.models import Account
from bench.desk.asked import asked_pages
from bench.desk.measuring import Measurer
from bench.server import Server
from journals.models import Posting
from ledgerflow.books.models import Entity
from tests.browser.pages import every_page


class SizeMeasurer:
    """`books` and `pages` are what was found, by the name of a size and by the name of a page."""

    def __init__(self, server: Server, person: User, words: Sequence[str], say: Callable[[str], None]) -> None:
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(person)
        self.address = f"http://{server.address[0]}:{server.address[1]}"
        self._measurer = Measurer(self.address, client, server.processes)
        self._person, self._words, self._say = person, words, say
        self.books: dict[str, dict[str, Any]] = {}
        self.pages: dict[str, dict[str, Any]] = {}

    def measure(self, name: str, books: Entity) -> None:
        """All pages that these books have a row for, and what people ask for."""
        self.books[name] = {
            "code": books.code,
            "postings": Posting.objects.filter(entity_id=books.pk).count(),
            "accounts": Account.objects.filter(entity_id=books.pk).count(),
            "postings_of_all": Posting.objects.count(),
            "accounts_of_all": Account.objects.count(),
            "entities": Entity.objects.count(),
        }
        for page in (*every_page(books, self._person, whole=False), *asked_pages(books)):
            if self._words and not any(word in page.name for word in self._words):
                continue
            found = self.pages.setdefault(page.name, {})
            try:
                found[name] = self._measurer.cost_of(page.address, page.status)._asdict()
            except (HTTPError, TimeoutError) as error:
                found.setdefault("faults", []).append(f"{name}: {error}")
        self._say(f"pages of {name} are measured: {self.books[name]['postings']:,} postings")
