"""What a room says of its pages to the people who work on them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageHelp:
    """What people read at a page of the admin: what it is for, what to do, and what to know, a sentence each.

    `name` is that of the page without `admin:`, or how the names of several begin: `holds_hold` is said on each page of
    holds that has no help of its own. `document` is a page of `docs/` with one of its headings, "desk.md#holds". The
    sentences are plain English, and translated where they are shown.
    """

    name: str
    purpose: str
    to_do: str
    to_know: str
    document: str

    @property
    def sentences(self) -> tuple[str, str, str]:
        return self.purpose, self.to_do, self.to_know
