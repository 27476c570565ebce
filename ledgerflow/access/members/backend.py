"""What a person may do, asked by the admin and by keys alike: `user.has_perm(permission, entity_id)`.

It is what Django's own permissions and groups say for the whole installation, what roles in all books say, and what
roles in these books say. A page below `/admin/e/<code>/` has told the user which books it is about, so that whatever
asks there without naming books is answered for these.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.db import connection

from ledgerflow.core.people import books_in_view

KEPT = "_ledgerflow_roles"  # on the user, as Django keeps its own: a request asks a hundred times
PERMISSIONS = """
    WITH latest AS (
        SELECT DISTINCT ON (group_id, entity_id) group_id, entity_id, is_given
        FROM ledger_roles_membershipstep WHERE user_id = %s ORDER BY group_id, entity_id, number DESC
    )
    SELECT latest.entity_id, content.app_label || '.' || permission.codename
    FROM latest
    JOIN auth_group_permissions held USING (group_id)
    JOIN auth_permission permission ON permission.id = held.permission_id
    JOIN django_content_type content ON content.id = permission.content_type_id
    WHERE latest.is_given
"""


class MemberBackend(ModelBackend):
    """Django's, with roles in books. `obj` is the id of books, a UUID; without one, those that the page is about."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not user_obj.is_active:  # as nobody who has not signed in is
            return False
        roles = kept_roles(user_obj)
        in_books = roles.get(_books(user_obj, obj), set())
        return perm in in_books or perm in roles.get(None, set()) or perm in super().get_all_permissions(user_obj)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not user_obj.is_active:
            return set()
        return everywhere(user_obj) | kept_roles(user_obj).get(_books(user_obj, obj), set())


def everywhere(user: Any) -> set[str]:
    """What this person may do in all books."""
    return ModelBackend().get_all_permissions(user) | kept_roles(user).get(None, set())


def _books(user: Any, asked: Any) -> UUID | None:
    return asked if isinstance(asked, UUID) else books_in_view(user)


def kept_roles(user: Any) -> dict[UUID | None, set[str]]:
    """By books, None being all, what roles let this person do. One query for the user as it was loaded."""
    found: dict[UUID | None, set[str]] | None = user.__dict__.get(KEPT)
    if found is None:
        found = {}
        with connection.cursor() as cursor:
            cursor.execute(PERMISSIONS, (user.pk,))
            for entity_id, permission in cursor.fetchall():
                found.setdefault(entity_id, set()).add(permission)
        user.__dict__[KEPT] = found
    return found
