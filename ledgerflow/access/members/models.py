"""Who has which role in which books, as a history: what was given and taken, when, by whom and why."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.texts import MAX_ACTOR

MAX_REASON = 500


@bounded()
class MembershipStep(models.Model):
    """A role that was given to a person or taken from him, in one set of books or, without one, in all.

    The newest step of a person, role and books says whether he has it.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    group = models.ForeignKey(Group, models.PROTECT, related_name="+")
    entity = models.ForeignKey(Entity, models.PROTECT, null=True, related_name="+")
    number = models.IntegerField()  # from 1, of the steps of this person, role and books
    is_given = models.BooleanField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=MAX_ACTOR)
    reason = models.CharField(max_length=MAX_REASON)

    class Meta:
        verbose_name = "role of a person"
        verbose_name_plural = "people"
        default_permissions: ClassVar = ()
        permissions: ClassVar = (
            ("view_membership", "Can view membership"),
            ("change_membership", "Can change membership"),
        )
        constraints: ClassVar = [
            # Two that give at once: one of them was first. Serves too: what a person may do, asked once a request.
            models.UniqueConstraint(
                fields=["user", "group", "entity", "number"], name="membership_step_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{'given' if self.is_given else 'taken'} {self.group_id} {self.user_id}"
