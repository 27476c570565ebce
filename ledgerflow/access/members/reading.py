"""Reading who has which role."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from ledgerflow.access.members.models import MembershipStep
from ledgerflow.access.members.roles import PREFIX, ROLES
from ledgerflow.books.models import Entity
from ledgerflow.core.people import name_of, names_of

MOST_STEPS = 200


class RoleOfPerson(NamedTuple):
    label: str
    is_everywhere: bool
    step: int  # that gave it


class Person(NamedTuple):
    """Somebody with roles in some books or in all."""

    user: Any
    name: str
    roles: list[RoleOfPerson]


class StepOfPerson(NamedTuple):
    """One line of the history of roles."""

    step: MembershipStep
    role: str
    made_by: str


def label_of(group: Group) -> str:
    """What people read for a role: its label, for a group of the project's own its name."""
    found = next((role for role in ROLES if f"{PREFIX}{role.name}" == group.name), None)
    return gettext(found.label) if found is not None else group.name


def latest_of(steps: QuerySet[MembershipStep]) -> QuerySet[MembershipStep]:
    """Of these steps the newest of each person, role and books: it says whether he has the role there."""
    return steps.order_by("user_id", "group_id", "entity_id", "-number").distinct("user_id", "group_id", "entity_id")


def people_of(entity: Entity, key: str | None = None) -> list[Person]:
    """The people with a role in these books or in all, by name; with `key` that user alone. One query."""
    steps = MembershipStep.objects.filter(Q(entity=entity) | Q(entity=None)).select_related("user", "group")
    if key is not None:
        steps = steps.filter(user=_key(key))
    found: dict[Any, Person] = {}
    for one in latest_of(steps):
        person = found.setdefault(one.user_id, Person(one.user, name_of(one.user), []))
        if one.is_given:
            person.roles.append(RoleOfPerson(label_of(one.group), one.entity_id is None, one.pk))
    return sorted((one for one in found.values() if one.roles or key is not None), key=lambda one: one.name.casefold())


def steps_of(user: Any, entity: Entity) -> list[StepOfPerson]:
    """How a person came to his roles in these books and in all, the newest step first. Two queries."""
    steps = MembershipStep.objects.filter(Q(entity=entity) | Q(entity=None), user=user).select_related(
        "group", "entity"
    )
    rows = list(steps.order_by("-id")[:MOST_STEPS])
    names = names_of({row.made_by for row in rows})
    return [StepOfPerson(row, label_of(row.group), names.get(row.made_by, row.made_by)) for row in rows]


def _key(text: str) -> Any:
    try:
        return get_user_model()._meta.pk.to_python(text)  # noqa: SLF001 - Django's documented name for it
    except ValidationError:
        return None
