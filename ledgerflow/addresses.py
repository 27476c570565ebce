"""Where the API is: below the address that the project's URLs give it, which is the root unless they say otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import URLResolver, get_resolver

NAMESPACE = "ledgerflow"
# What is below these are calls of programs: their errors are problem documents, also of addresses that lead nowhere.
ROOTS = ("api/", "items/", "content/", "ledger/", "balance/", "health/")
HEALTH = ("api/health", "health")


def prefix() -> str:
    """What stands before `api/`, such as "/" or "/money/". Without the script's own prefix, as in `PATH_INFO`."""
    return _prefix(settings.ROOT_URLCONF)


def is_of_api(path: str) -> bool:
    """Whether a path, as in `PATH_INFO`, is one of ours, with or without anything there."""
    before = prefix()
    return f"{path}/".startswith(tuple(before + root for root in ROOTS))


def is_of_health(path: str) -> bool:
    before = prefix()
    return path.startswith(tuple(before + health for health in HEALTH))


@cache
def _prefix(urlconf: str) -> str:
    """Walking the URLs once: `reverse` would add the script's prefix of the thread's last request."""
    return "/" + next(_prefixes(get_resolver(urlconf).url_patterns, ""), "")


def _prefixes(patterns: Sequence[Any], before: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            here = before + str(pattern.pattern).removeprefix("^")
            if pattern.namespace == NAMESPACE:
                yield here
            else:
                yield from _prefixes(pattern.url_patterns, here)
