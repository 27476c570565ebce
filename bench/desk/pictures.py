"""Pictures of pages that people work in, in both colours, for the documentation."""

from __future__ import annotations

from pathlib import Path

from accounts.models import Account
from ledgerflow.books.models import Entity
from tests.devtools import Browser

COLOURS = ("light", "dark")
SIZE = (1280, 800)


def take_pictures(browser: Browser, server: str, books: Entity, folder: Path) -> None:
    """Of each page below, `<name>-<colour>.webp`."""
    browser.resize(*SIZE)
    for colour in COLOURS:
        browser.prefer(colour)
        for name, address in _shown(books).items():
            browser.go(f"{server}/admin/e/{books.code}/{address}")
            browser.screenshot(folder / f"{name}-{colour}.webp")


def _shown(books: Entity) -> dict[str, str]:
    receivables = Account.objects.get(entity=books, code="1200")
    latest = books.journals.order_by("-number").values_list("pk", flat=True)[0]
    return {
        "home": "",
        "find": "find/?q=hall",
        "journals": "journals/journal/",
        "editor": f"journals/journal/add/?copy={latest}",
        "register": f"accounts/account/{receivables.pk}/register/",
        "close": "days/dayclose/close/",
    }
