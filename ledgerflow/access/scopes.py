"""Scopes: what an API key may do, and what a person must be allowed to do so that a key with it may act for him.

A scope takes the permissions that its work takes in the admin; each room declares its own in its `plugin.py`. So a
key never does what the person behind it may not, neither when it is made nor later, when the person lost permissions.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User

from ledgerflow.core.people import may
from ledgerflow.core.plugins import registry

READ = "read"
POST = "post"
MANAGE = "manage"
SCOPES = (READ, POST, MANAGE)


def scopes_open_to(user: User | AnonymousUser, entity_id: UUID) -> list[str]:
    """The scopes whose permissions this user has in these books, all of them; a superuser has every one."""
    return [scope for scope in SCOPES if all(may(user, one, entity_id) for one in registry.permissions_of_scope(scope))]
