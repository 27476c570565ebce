"""The apps that make up LedgerFlow, and what stops the start where another project's names hide some of them.

Only settings and the start of Django use this: it knows nothing of the apps but their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured

# First: it looks whether the others can be what they should be.
LOOKS_FIRST = "ledgerflow.apps.LedgerFlowConfig"
ROOMS = (
    "ledgerflow.books",
    "ledgerflow.access",
    "ledgerflow.access.members",
    "ledgerflow.approvals",
    "ledgerflow.events.feed",
    "ledgerflow.events.publishing",
    "ledgerflow.events.consuming",
    "ledgerflow.events.read_models",
    "ledgerflow.events.commands",
    "ledgerflow.events.webhooks",
    "ledgerflow.events.checkpoints",
    "ledgerflow.ops",
    "accounts",
    "accounts.dimensions",
    "accounts.bases",
    "journals",
    "journals.attachments",
    "journals.by_hand",
    "journals.holds",
    "journals.lots",
    "journals.days",
    "journals.periods",
    "journals.schedules",
    "journals.taxes",
    "journals.series",
    "journals.portability",
    "journals.proof",
    "journals.views",
    "fx.rates",
    "fx.deals",
    "fx.revaluation",
    "fx.functional",
    "recon.statements",
    "recon.matching",
    "recon.cases",
    "recon.reports",
    "recon.open_items",
    "reports",
    "reports.budgets",
    "apps.credits",
    "apps.items",
    "apps.operations",
    "ledgerflow.desk",
)
OF_OTHERS = ("drf_spectacular", "drf_spectacular_sidecar")  # which another project may have in its list already
APPS = (LOOKS_FIRST, *OF_OTHERS, *ROOMS)

HOME = Path(__file__).resolve().parent.parent  # where all top-level packages of LedgerFlow lie


def check_installation(settings: Any) -> None:
    """Raise `ImproperlyConfigured` where the project hides a package of ours, takes a label, or says no settings."""
    if "writer" not in settings.DATABASES or not hasattr(settings, "LEDGERFLOW_HOME"):
        message = "LedgerFlow has no settings: call ledgerflow.fill_settings(globals()) at the end of the settings."
        raise ImproperlyConfigured(message)
    check_modules(sorted({room.partition(".")[0] for room in ROOMS}))
    theirs = [entry for entry in settings.INSTALLED_APPS if entry not in APPS]
    check_labels(labels_of(ROOMS), labels_of(theirs))
    twice = sorted({entry for entry in ROOMS if list(settings.INSTALLED_APPS).count(entry) > 1})
    if twice:
        message = f"INSTALLED_APPS has these apps of LedgerFlow twice: {', '.join(twice)}."
        raise ImproperlyConfigured(message)


def check_modules(names: Iterable[str]) -> None:
    """Each top-level package of ours is the one that Python finds by its name."""
    for name in names:
        spec = find_spec(name)
        places = [Path(place).resolve() for place in (spec.submodule_search_locations if spec else None) or ()]
        if HOME / name in places:
            continue
        found = "nothing" if spec is None else spec.origin or ", ".join(map(str, places))
        message = (
            f"The module {name!r} is {found}, and LedgerFlow has its own of that name, {HOME / name}, which is hidden."
            " Rename yours"
        )
        message += ", or take its __init__.py away: LedgerFlow's `apps` has none." if name == "apps" else "."
        raise ImproperlyConfigured(message)


def check_labels(ours: Mapping[str, str], theirs: Mapping[str, str]) -> None:
    """No app of the project has a label of ours. Both are entries of INSTALLED_APPS by label."""
    for label in sorted(ours.keys() & theirs.keys()):
        message = (
            f"Two apps have the label {label!r}: {theirs[label]} of this project, and LedgerFlow's {ours[label]}."
            " Give yours another `label` in its AppConfig."
        )
        raise ImproperlyConfigured(message)


def labels_of(entries: Iterable[str]) -> dict[str, str]:
    """The label of each app, as Django will give it. What cannot be made is left to Django, which says why."""
    found: dict[str, str] = {}
    for entry in entries:
        try:
            found[AppConfig.create(entry).label] = entry
        except Exception:  # noqa: BLE001, S112 - Django makes the same app in a moment, and says what is wrong
            continue
    return found
