"""Giving people roles in books, and taking them back. Each is a step of the history with its reason."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import IntegrityError

from ledgerflow.access.members.backend import everywhere
from ledgerflow.access.members.errors import (
    InvitationOfOthers,
    MembershipUnchanged,
    OwnMembership,
    PersonNameTaken,
    ReasonTooLong,
    RoleBeyondGiver,
    RoleNotHeld,
)
from ledgerflow.access.members.models import MAX_REASON, MembershipStep
from ledgerflow.access.members.reading import latest_of
from ledgerflow.books.models import Entity
from ledgerflow.books.refusals import named_refusal
from ledgerflow.core import clocks
from ledgerflow.core.errors import PersonLacksPermission
from ledgerflow.core.people import may, name_of, person_of

MAY_GIVE = "ledger_roles.change_membership"


def give_role(giver: Any, user: Any, group: Group, entity: Entity | None, *, reason: str = "") -> MembershipStep:
    """Give `user` the role in these books, or in all. He may sign in to the admin from then on.

    Raises `PermissionMissing`, `OwnMembership`, and `MembershipUnchanged` where he has it.
    """
    step = _step(giver, user, group, entity, is_given=True, reason=reason)
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return step


def take_role(giver: Any, user: Any, group: Group, entity: Entity | None, *, reason: str = "") -> MembershipStep:
    """Take the role back; pages and keys refuse within seconds. Raises as `give_role` does."""
    return _step(giver, user, group, entity, is_given=False, reason=reason)


def add_person(giver: Any, name: str, email: str, group: Group, entity: Entity | None) -> Any:
    """A new user without a password, with his first role; he chooses a password through his invitation.

    Raises as `give_role` does, and `PersonNameTaken`.
    """
    model = get_user_model()
    manager = model._default_manager  # noqa: SLF001 - Django's documented name for it
    _check_giver(giver, entity)
    if manager.filter(**{f"{model.USERNAME_FIELD}__iexact": name}).exists():
        raise PersonNameTaken(name=name, pointer="/name")
    user = model(**{model.USERNAME_FIELD: name, model.get_email_field_name(): email})
    user.set_unusable_password()
    user.save()
    give_role(giver, user, group, entity)
    return user


def check_invitation(giver: Any, user: Any) -> None:
    """An invitation lets its owner act as this person, so it takes who could give all that the person may do.

    Raises `InvitationOfOthers`.
    """
    steps = latest_of(MembershipStep.objects.filter(user=user).select_related("entity"))
    places = [one.entity for one in steps if one.is_given]
    has_more = user.is_superuser or user.user_permissions.exists() or user.groups.exists()
    if not giver.is_superuser and (has_more or not all(may_give_in(giver, place) for place in places)):
        raise InvitationOfOthers(name=name_of(user))


def may_give_in(giver: Any, entity: Entity | None) -> bool:
    """Whether this person gives and takes roles there; `entity` None: in all books."""
    if entity is not None:
        return may(giver, MAY_GIVE, entity.pk)
    return bool(giver.is_superuser or MAY_GIVE in everywhere(giver))


def _step(giver: Any, user: Any, group: Group, entity: Entity | None, *, is_given: bool, reason: str) -> MembershipStep:
    if len(reason) > MAX_REASON:
        raise ReasonTooLong(most=MAX_REASON, pointer="/reason")
    _check_giver(giver, entity)
    if giver.pk == user.pk:
        raise OwnMembership
    steps = MembershipStep.objects.filter(user=user, group=group, entity=entity)
    last = steps.order_by("-number").first()
    unchanged = (MembershipUnchanged if is_given else RoleNotHeld)(name=name_of(user), pointer="/role")
    if is_given == (last is not None and last.is_given):
        raise unchanged
    try:
        return MembershipStep.objects.create(
            user=user, group=group, entity=entity, number=last.number + 1 if last else 1, is_given=is_given,
            made_at=clocks.now(), made_by=person_of(giver), reason=reason.strip(),
        )  # fmt: skip
    except IntegrityError as error:
        if named_refusal(error) is MembershipUnchanged:
            raise unchanged from error
        raise


def _check_giver(giver: Any, entity: Entity | None) -> None:
    if may_give_in(giver, entity):
        return
    if entity is None and may(giver, MAY_GIVE):
        raise RoleBeyondGiver(pointer="/entity")
    raise PersonLacksPermission(permission=MAY_GIVE, person=person_of(giver))
