"""All routes of the API, read from the URL configuration, so that a new one cannot escape the tests of all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ledgerflow.web.problems import nothing_there

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROOTS = ("api/", "items", "content", "ledger", "balance/", "health", "docs", "redoc")
OPEN = {"health", "health-live", "health-ready", "health-status", "schema", "docs", "swagger", "redoc"}


class Route(NamedTuple):
    name: str
    template: str
    parameters: tuple[str, ...]
    methods: tuple[str, ...]
    namespace: str

    def path(self, values: dict[str, Any]) -> str:
        """The path with these values; one that is missing must be taught to the test that asks."""
        missing = set(self.parameters) - values.keys()
        assert not missing, f"{self.template}: give the test a value for {missing}"
        return reverse(self.namespace + self.name, kwargs={name: values[name] for name in self.parameters})


@cache
def all_routes() -> tuple[Route, ...]:
    routes = tuple(_walk(get_resolver().url_patterns, "", ""))
    assert len({route.name for route in routes}) == len(routes), "every route of the API has a name of its own"
    return routes


def guarded() -> list[tuple[Route, str]]:
    """Each route that needs a key, with each of its methods."""
    return [(route, method) for route in all_routes() if route.name not in OPEN for method in route.methods]


def callback_of(route: Route) -> Any:
    """The view of a route."""
    (found,) = (pattern for pattern in _patterns(get_resolver().url_patterns) if pattern.name == route.name)
    return found.callback


def _patterns(patterns: list[Any]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern


def _walk(patterns: list[Any], prefix: str, namespace: str) -> Iterator[Route]:
    for pattern in patterns:
        template = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(
                pattern.url_patterns, template, f"{pattern.namespace}:" if pattern.namespace else namespace
            )
        elif isinstance(pattern, URLPattern) and template.startswith(ROOTS) and pattern.callback is not nothing_there:
            view: Any = pattern.callback
            methods = tuple(method for method in METHODS if hasattr(view.view_class, method.lower()))
            yield Route(pattern.name or "", template, tuple(pattern.pattern.converters), methods, namespace)
