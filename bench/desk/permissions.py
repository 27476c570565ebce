"""The table of permissions: which the rooms declare, which pages ask for each, and whom each page turns away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.contrib.auth.models import Permission as Granted
from django.contrib.auth.models import User
from django.test import Client

from ledgerflow.books.models import Entity
from ledgerflow.core.plugins import registry
from tests.browser.pages import Page, every_page

TESTS = Path(__file__).parents[2] / "tests"


def coverage(books: Entity) -> dict[str, Any]:
    """Each page for who may everything and for who may nothing, and what is asked for of what rooms declare.

    A permission that only a form asks for when it is sent has no page here: a test must try it.
    """
    everything = User.objects.create_superuser("permissions-all")
    nobody = User.objects.create_user("permissions-none", is_staff=True)
    pages = every_page(books, everything, whole=False)
    asked: dict[str, set[str]] = {}
    table = {}
    for page in pages:
        with _noted(asked, page.name):
            table[page.name] = {"all": _status(everything, page), "none": _status(nobody, page)}
    in_tests = "".join(path.read_text() for path in sorted(TESTS.rglob("test_*.py")))
    declared = {}
    for name, title in sorted(_declared().items()):
        where = sorted(page for page, names in asked.items() if name in names)
        of_frame = len(where) > len(pages) / 2  # which asks for it on every page
        guarded = [page for page in pages if (_is_of(name, page) if of_frame else page.name in where)]
        declared[name] = {
            "title": title,
            "asked_by": "the frame of every page" if of_frame else where,
            "refused_without": _refused_without(name, guarded),
            "tried_by_tests": f'"{name}"' in in_tests,
        }
    return {
        "pages": table,
        "open_to_all_staff": sorted(name for name, one in table.items() if one["none"] == 200),  # noqa: PLR2004
        "declared": declared,
        "asked_by_nothing": [
            name for name, one in declared.items() if not one["asked_by"] and not one["tried_by_tests"]
        ],
    }


def _declared() -> dict[str, str]:
    """With the words that people read; those that only keys of the API are measured by have Django's."""
    found = dict.fromkeys((name for plugin in registry.plugins for names in plugin.scope_permissions.values()
                           for name in names), "")  # fmt: skip
    return found | {one.name: one.title for plugin in registry.plugins for one in plugin.permissions}


def _is_of(name: str, page: Page) -> bool:
    """Whether a page is one of the model that a permission is about."""
    room, _, codename = name.partition(".")
    return page.name.startswith(f"{room}_{codename.partition('_')[2]}_")


def _refused_without(name: str, pages: Sequence[Page]) -> list[str]:
    """Of these pages those that turn away who may everything but this."""
    if not pages:
        return []
    person = User.objects.create_user(f"permissions-but-{name}", is_staff=True)
    room, _, codename = name.partition(".")
    person.user_permissions.set(Granted.objects.exclude(content_type__app_label=room, codename=codename))
    return sorted(page.name for page in pages if _status(person, page) == 403)  # noqa: PLR2004


def _status(person: User, page: Page) -> int:
    client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
    client.force_login(person)
    return client.get(page.address).status_code


@contextmanager
def _noted(asked: dict[str, set[str]], page: str) -> Iterator[None]:
    """Keep what is asked of people meanwhile."""
    names = asked.setdefault(page, set())
    has_perm = User.has_perm

    def noting(person: User, name: str, obj: Any = None) -> bool:
        names.add(name)
        return has_perm(person, name, obj)

    with patch.object(User, "has_perm", noting):
        yield
