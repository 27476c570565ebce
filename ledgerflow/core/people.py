"""Persons: a person is a user of Django, written "user:<id>"; whatever acts for him, an API key too, is him.

The id and never the name: who was renamed is the same person, and could otherwise approve what he proposed. The name he
had is kept beside, where people read it. Who was deactivated or deleted is no person any more: this is asked anew each
time, never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User

from ledgerflow.core.errors import PersonLacksPermission, PersonUnknown

PREFIX = "user:"
_PERSON = re.compile(r"user:([1-9][0-9]{0,8})", re.ASCII)


def person_of(user: AbstractBaseUser | AnonymousUser) -> str:
    """The person that a user is."""
    return f"{PREFIX}{user.pk}"


def user_of(person: str) -> User | None:
    """The active user that a person is, None when there is nobody. One person is written in one way only."""
    found = _PERSON.fullmatch(person)
    return get_user_model().objects.filter(pk=int(found[1]), is_active=True).first() if found else None


def user_called(name: str) -> User | None:
    """The active user who signs in under this name at present."""
    return None if "\x00" in name else get_user_model().objects.filter(username=name, is_active=True).first()


def names_of(persons: Iterable[str]) -> dict[str, str]:
    """What people read for persons, in one query: the present name, or the person itself where there is none."""
    wanted = {person: int(found[1]) for person in persons if (found := _PERSON.fullmatch(person))}
    users = get_user_model().objects.filter(pk__in=wanted.values())
    names = dict(users.values_list("pk", "username"))
    return {person: names.get(number, person) for person, number in wanted.items()}


def labels_of(actors: Iterable[str]) -> dict[str, str]:
    """What people read for actors, in one query: of a person the present name and, beside it, who he is."""
    wanted = set(actors)
    names = names_of(wanted)
    return {actor: actor if names.get(actor, actor) == actor else f"{names[actor]} ({actor})" for actor in wanted}


def require_person(person: str, permission: str = "") -> User:
    """The user behind `person`, who has this Django permission ("app.codename"; a superuser has all).

    Raises `PersonUnknown` and `PermissionMissing`.
    """
    user = user_of(person)
    if user is None:
        raise PersonUnknown
    if permission and not user.has_perm(permission):
        raise PersonLacksPermission(permission=permission, person=person)
    return user
