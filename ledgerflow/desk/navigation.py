"""The navigation of the desk: the work first, and what is set up once at the end, for those who may see it.

The desk is the one place that knows all rooms, so that the order in which people look for things stands here and
nowhere else. What is in no section is set-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse

REPORTS = "reports"


class NavigationSection(NamedTuple):
    """A place of the work. `models` are the lists in it, the first of them is where its entry leads."""

    name: str
    label: str
    models: tuple[str, ...]


WORK = (
    NavigationSection(
        "journals",
        "Journals",
        (
            "journals.journal", "schedules.recurringjournal", "series.seriesnumber", "portability.importrun",
            "commands.command",
        ),
    ),
    NavigationSection("accounts", "Accounts", ("accounts.account", "credits.wallet")),
    NavigationSection("holds", "Holds", ("holds.hold",)),
    NavigationSection("approvals", "Approvals", ("approvals.proposal",)),
    NavigationSection("days", "Days", ("days.dayclose", "periods.period")),
    NavigationSection(
        "reconcile",
        "Reconcile",
        (
            "matching.matchsuggestion", "statements.statement", "statements.statementline", "matching.match",
            "matching.matchrejection", "cases.reconexception", "recon_reports.reconrun", "open_items.allocation",
        ),
    ),
    NavigationSection(
        "currency",
        "Currency",
        (
            "rates.rate", "deals.fxquote", "deals.settlement", "revaluation.revaluation", "revaluation.valuationpair",
            "functional.ownrate",
        ),
    ),
)  # fmt: skip
GROUPS = (
    ("Books", ("books.entity", "accounts.currency", "statements.bankaccount", "series.numberseries")),
    (
        "Dimensions and taxes",
        ("dimensions.dimension", "dimensions.dimensionvalue", "dimensions.accountdimensions", "taxes.taxrate"),
    ),
    ("Policies", ("days.daypolicy", "rates.fxpolicy", "matching.matchrules")),
    ("Applications", ("credits.applicationversion", "operations.templateversion")),
    ("People and programs", ("ledger_roles.membershipstep", "auth.user", "auth.group", "access.apikey")),
    (
        "Events",
        (
            "webhooks.webhook", "webhooks.webhookdelivery", "publishing.sinkposition", "consuming.deadletter",
            "consuming.readmodeldeadletter", "checkpoints.checkpoint",
        ),
    ),
)  # fmt: skip
OTHERS = "Others"


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the navigation; those of `pages` are shown below it while it is the current one."""

    name: str
    label: str
    address: str
    is_current: bool = False
    pages: tuple[Entry, ...] = ()
    count: str = ""  # behind its label: how much waits there


def navigation(request: HttpRequest, apps: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """The entries for this person. `apps` is what Django's admin lists for him, with his permissions applied."""
    apps = list(apps)
    lists = lists_of(apps)
    here = place_of(request)
    entries = [
        Entry("today", "Today", reverse("admin:index"), is_current=here == "index"),
        Entry("find", "Find", reverse("admin:desk_find"), is_current=here == "desk_find"),
    ]
    for section in WORK:
        pages = [lists[model] for model in section.models if model in lists]
        entries += _section(section.name, section.label, pages, here)
    reports = next((app for app in apps if app["app_label"] == REPORTS), None)
    if reports is not None:
        pages = [Entry(one["object_name"], one["name"], one["admin_url"]) for one in reports["models"]]
        found = replace(_section(REPORTS, "Reports", pages, "")[0], address=reports["app_url"])
        is_current = here.startswith(("report_", "audit-files"))
        entries.append(replace(found, is_current=is_current, pages=_marked(found.pages, request.path)))
    return entries


def set_up(apps: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[Entry]]]:
    """What is set up once, in groups; what no group names, such as lists of another project, at the end."""
    lists = lists_of(apps)
    groups = [(label, [lists.pop(model) for model in models if model in lists]) for label, models in GROUPS]
    for section in WORK:
        for model in section.models:
            lists.pop(model, None)
    return [(label, entries) for label, entries in [*groups, (OTHERS, list(lists.values()))] if entries]


def is_in_set_up(request: HttpRequest, groups: Iterable[tuple[str, list[Entry]]]) -> bool:
    """Whether the page is one of what is set up once; `groups` is what `set_up` gives."""
    here = place_of(request)
    return here == "set_up" or any(_is_in(one, here) for _, entries in groups for one in entries)


def lists_of(apps: Iterable[Mapping[str, Any]]) -> dict[str, Entry]:
    """The lists that a person may see, by the label of their model."""
    found = {}
    for app in apps:
        for one in app["models"]:
            name = f"{app['app_label']}.{one['object_name'].lower()}"
            if "model" in one and one["admin_url"]:
                found[name] = Entry(name, str(one["name"]), one["admin_url"])
    return found


def place_of(request: HttpRequest) -> str:
    """The name of the page that is shown, as the site's addresses have it, such as `journals_journal_change`."""
    match = request.resolver_match
    return (match.url_name or "") if match else ""


def _section(name: str, label: str, pages: list[Entry], here: str) -> list[Entry]:
    """The entry of a section, or nothing for somebody who may see nothing in it."""
    if not pages:
        return []
    marked = tuple(replace(one, is_current=_is_in(one, here)) for one in pages)
    shown = marked if len(marked) > 1 else ()
    return [Entry(name, label, pages[0].address, any(one.is_current for one in marked), shown)]


def _is_in(entry: Entry, here: str) -> bool:
    """Whether a page is the list of this entry or one below it."""
    return here.startswith(f"{entry.name.replace('.', '_')}_")


def _marked(pages: tuple[Entry, ...], path: str) -> tuple[Entry, ...]:
    return tuple(replace(one, is_current=path == one.address) for one in pages)
