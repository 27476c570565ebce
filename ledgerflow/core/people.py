"""Persons: a person is a user of Django, written "user:<id>"; whatever acts for him, an API key too, is him.

The id and never the name: who was renamed is the same person, and could otherwise approve what he proposed. The name he
had is kept beside, where people read it. Who was deactivated or deleted is no person any more: this is asked anew each
time, never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError

from ledgerflow.core.errors import PersonLacksPermission, PersonUnknown
from ledgerflow.core.texts import MAX_ACTOR

PREFIX = "user:"
# The ids of users are numbers or UUIDs; a project has its own model of them.
PATTERN = "user:([1-9][0-9]{0,17}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_PERSON = re.compile(PATTERN, re.ASCII)


def person_of(user: AbstractBaseUser | AnonymousUser) -> str:
    """The person that a user is."""
    return f"{PREFIX}{user.pk}"


def user_of(person: str) -> User | None:
    """The active user that a person is, None when there is nobody. One person is written in one way only."""
    key = _key_of(person)
    return None if key is None else _active(pk=key)


def user_called(name: str) -> User | None:
    """The active user who signs in under this name at present, which is an address of e-mail in some projects."""
    return None if "\x00" in name else _active(**{get_user_model().USERNAME_FIELD: name})


def name_of(user: AbstractBaseUser) -> str:
    """What a user signs in with, as far as it is kept beside the person: addresses of e-mail may be longer."""
    return user.get_username()[:MAX_ACTOR]


def names_of(persons: Iterable[str]) -> dict[str, str]:
    """What people read for persons, in one query: the present name, or the person itself where there is none."""
    model = get_user_model()
    wanted = {person: key for person in persons if (key := _key_of(person)) is not None}
    users = model._default_manager.filter(pk__in=wanted.values())  # noqa: SLF001 - Django's documented name for it
    names = dict(users.values_list("pk", model.USERNAME_FIELD))
    return {person: str(names.get(key, person)) for person, key in wanted.items()}


def labels_of(actors: Iterable[str]) -> dict[str, str]:
    """What people read for actors, in one query: of a person the present name and, beside it, who he is."""
    wanted = set(actors)
    names = names_of(wanted)
    return {actor: actor if names.get(actor, actor) == actor else f"{names[actor]} ({actor})" for actor in wanted}


def look_at_books(user: Any, entity_id: UUID | None) -> None:
    """From now on this user, as he was loaded, is asked what he may do in these books; None: in all."""
    user.ledgerflow_books = entity_id


def books_in_view(user: Any) -> UUID | None:
    """The books of `look_at_books`."""
    found: UUID | None = getattr(user, "ledgerflow_books", None)
    return found


def may(user: Any, permission: str, entity_id: UUID | None = None) -> bool:
    """Whether a user may do that ("app.codename") in these books, or without them in those that he looks at."""
    return bool(user.has_perm(permission, entity_id))


def require_person(person: str, permission: str = "", entity_id: UUID | None = None) -> User:
    """The user behind `person`, who has this Django permission in these books ("app.codename"; a superuser has all).

    Raises `PersonUnknown` and `PermissionMissing`.
    """
    user = user_of(person)
    if user is None:
        raise PersonUnknown
    if permission and not may(user, permission, entity_id):
        raise PersonLacksPermission(permission=permission, person=person)
    return user


def _key_of(person: str) -> Any:
    """The primary key that is written in a person, None where it is none of this project's users."""
    found = _PERSON.fullmatch(person)
    try:
        key = get_user_model()._meta.pk.to_python(found[1]) if found else None  # noqa: SLF001 - as above
    except ValidationError:
        return None
    return key if found and str(key) == found[1] else None


def _active(**wanted: Any) -> User | None:
    """Looked at here and not in the query: whether a user is active need not be a column of its own."""
    found: User | None = get_user_model()._default_manager.filter(**wanted).first()  # noqa: SLF001 - as above
    return found if found is not None and found.is_active else None
