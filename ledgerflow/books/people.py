"""Persons: a person is a user of Django, written "user:<name>"; whatever acts for him, an API key too, is him.

Who was deactivated, deleted or renamed is no person any more: this is asked anew each time, never kept.
"""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from ledgerflow.core.errors import PermissionMissing, PersonUnknown

PREFIX = "user:"


def person_of(username: str) -> str:
    """The person who signs in under this name."""
    return f"{PREFIX}{username}"


def user_of(person: str) -> User | None:
    """The active user that a person is, None when there is nobody."""
    name = person.removeprefix(PREFIX)
    if not person.startswith(PREFIX) or not name or "\x00" in name:
        return None
    return get_user_model().objects.filter(username=name, is_active=True).first()


def require_person(person: str, permission: str = "") -> User:
    """The user behind `person`, who has this Django permission ("app.codename"; a superuser has all).

    Raises `PersonUnknown` and `PermissionMissing`.
    """
    user = user_of(person)
    if user is None:
        message = "This takes a person: an API key made for an active user, or somebody signed in."
        raise PersonUnknown(message)
    if permission and not user.has_perm(permission):
        message = f"{person} lacks the permission {permission}."
        raise PermissionMissing(message, permission=permission)
    return user
