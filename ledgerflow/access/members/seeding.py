"""The groups that are roles, with the permissions of this version, after each `migrate`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

from ledgerflow.access.members.roles import PREFIX, ROLES, permissions_of


def seed_roles(*, using: str, **_options: Any) -> None:
    """Make the groups, and give them exactly what `permissions_of` says. A receiver of `post_migrate`."""
    if using != "default":
        return
    for config in installed.get_app_configs():  # those of apps that come later are made later, and are needed now
        create_permissions(config, verbosity=0, using=using)
    rows = Permission.objects.select_related("content_type")
    by_name = {f"{row.content_type.app_label}.{row.codename}": row.pk for row in rows}
    names = {f"{PREFIX}{role.name}": role for role in ROLES}
    Group.objects.bulk_create([Group(name=name) for name in names], ignore_conflicts=True)
    for group in Group.objects.filter(name__in=names):
        _give(group, (by_name[name] for name in permissions_of(names[group.name], by_name)))


def _give(group: Group, wanted: Iterable[int]) -> None:
    """Nothing is written where nothing changed: several processes may migrate at once."""
    keys = set(wanted)
    if keys != set(group.permissions.values_list("pk", flat=True)):
        group.permissions.set(keys)
