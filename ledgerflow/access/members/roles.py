"""The roles that people have in books: what each may do, from what the rooms themselves say of their permissions.

A role is one of Django's groups, so that a project may have more of its own. Those here are kept as this module has
them: each `migrate` gives them the permissions that new rooms bring.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext_noop

from ledgerflow.access.scopes import MANAGE, POST, READ
from ledgerflow.core.plugins import registry

PREFIX = "Ledger "  # before the name of a group: another project may have an "operator" of its own
# Apps that run the installation. Who keeps books sees nothing of them.
DJANGO = frozenset({"admin", "auth", "contenttypes", "sessions"})
PLATFORM = DJANGO | {"access", "checkpoints", "commands", "consuming", "ledger_roles", "publishing", "webhooks"}
ADMINISTERING = (
    "books.add_entity", "books.change_entity", "ledger_roles.change_membership", "consuming.decide_deadletter",
    "access.add_apikey", "access.change_apikey", "webhooks.add_webhook", "webhooks.change_webhook",
)  # fmt: skip


class Role(NamedTuple):
    """`name` is that of its group without the prefix; `sentence` says what it may do, to who gives it."""

    name: str
    label: str
    sentence: str


VIEWER = Role("viewer", gettext_noop("Viewer"), gettext_noop("Sees accounts, journals and reports."))
OPERATOR = Role(
    "operator",
    gettext_noop("Operator"),
    gettext_noop("Posts journals, places holds, matches bank lines, enters rates and closes days."),
)
APPROVER = Role(
    "approver", gettext_noop("Approver"), gettext_noop("Sees everything a viewer sees and decides what others propose.")
)
CONTROLLER = Role(
    "controller",
    gettext_noop("Controller"),
    gettext_noop("Does what operators and approvers do, opens accounts, locks periods and sets policies."),
)
AUDITOR = Role("auditor", gettext_noop("Auditor"), gettext_noop("Sees everything and changes nothing."))
ADMINISTRATOR = Role(
    "administrator",
    gettext_noop("Administrator"),
    gettext_noop("Adds books, people, keys and webhooks, and posts nothing."),
)
ROLES = (VIEWER, OPERATOR, APPROVER, CONTROLLER, AUDITOR, ADMINISTRATOR)


def permissions_of(role: Role, existing: Iterable[str]) -> frozenset[str]:
    """What a role may do, of the permissions that exist, each written as in `has_perm` ("days.close_day")."""
    known, read = frozenset(existing), registry.permissions_of_scope(READ)
    seen = frozenset(one for one in known if _is_view(one) and _app(one) not in PLATFORM) | read
    kinds = frozenset(kind.permission for kind in registry.proposal_kinds.values())
    daily = registry.permissions_of_scope(POST) | _said_of(OPERATOR.name)
    guiding = frozenset(one for one in registry.permissions_of_scope(MANAGE) if _app(one) not in PLATFORM)
    given: dict[str, frozenset[str]] = {
        VIEWER.name: seen,
        OPERATOR.name: seen | daily,
        APPROVER.name: seen | kinds,
        CONTROLLER.name: seen | daily | kinds | guiding | _said_of(CONTROLLER.name),
        AUDITOR.name: seen | frozenset(filter(_is_of_platform, known)),
        ADMINISTRATOR.name: seen
        | frozenset(filter(_is_of_platform, known))
        | frozenset(ADMINISTERING)
        | _said_of(ADMINISTRATOR.name),
    }
    return given[role.name] & known


def _said_of(role: str) -> frozenset[str]:
    """What rooms say that this role may do in them."""
    return frozenset[str]().union(*(plugin.role_permissions.get(role, ()) for plugin in registry.plugins))


def _is_view(permission: str) -> bool:
    return permission.partition(".")[2].startswith("view_")


def _is_of_platform(permission: str) -> bool:
    """Looking at what runs the installation, but for Django's own pages of users: who changes those is a superuser."""
    return _is_view(permission) and _app(permission) in PLATFORM - DJANGO


def _app(permission: str) -> str:
    return permission.partition(".")[0]
