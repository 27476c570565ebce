"""Pages of people: who has which role in these books or in all, and giving and taking roles."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy

from ledgerflow.access.members.invitations import address_of_invitation
from ledgerflow.access.members.models import MAX_REASON, MembershipStep
from ledgerflow.access.members.reading import Person, label_of, people_of, steps_of
from ledgerflow.access.members.roles import PREFIX, ROLES
from ledgerflow.access.members.use_cases import (
    MAY_GIVE,
    add_person,
    check_invitation,
    give_role,
    may_give_in,
    take_role,
)
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.people import name_of, user_called
from ledgerflow.core.sentences import refusal_text
from ledgerflow.web.admin_base import AddingAdmin, LedgerForm, attempt, require
from ledgerflow.web.pages.books_of_page import chosen_entity

HERE, EVERYWHERE = "here", "everywhere"
MAX_NAME = 150


class RoleForm(LedgerForm):
    """Which role, and where."""

    role = forms.ChoiceField(label=gettext_lazy("Role"))
    books = forms.ChoiceField(label=gettext_lazy("Books"))

    def __init__(self, giver: Any, entity: Entity, *args: Any) -> None:
        super().__init__(*args)
        self.entity = entity
        groups = {group.name: group for group in Group.objects.order_by("name")}
        names = [f"{PREFIX}{role.name}" for role in ROLES]
        seeded = [groups.pop(name) for name in names if name in groups]  # a superuser may take one away
        self.groups = {str(group.pk): group for group in [*seeded, *groups.values()]}
        sentences = {f"{PREFIX}{role.name}": gettext(role.sentence) for role in ROLES}
        cast("forms.ChoiceField", self.fields["role"]).choices = [
            (key, f"{label_of(group)}: {sentences[group.name]}" if group.name in sentences else label_of(group))
            for key, group in self.groups.items()
        ]
        places = [(HERE, entity.name)]
        if may_give_in(giver, None):
            places.append((EVERYWHERE, gettext("All books")))
        cast("forms.ChoiceField", self.fields["books"]).choices = places

    @property
    def where(self) -> Entity | None:
        return self.entity if self.cleaned_data["books"] == HERE else None

    @property
    def group(self) -> Group:
        return self.groups[self.cleaned_data["role"]]


class PersonForm(RoleForm):
    """Somebody new."""

    field_order = ("name", "email", "role", "books")
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=MAX_NAME,
        help_text=gettext_lazy("With which the person signs in; who signs in with it already gets the role."),
    )
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)


class TakeRoleForm(LedgerForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MAX_REASON,
        required=False,
        help_text=gettext_lazy("For whoever reads it later."),
    )


@admin.register(MembershipStep)
class PeopleAdmin(AddingAdmin[MembershipStep]):
    """The list has a line for each person, and not for each step."""

    no_books: ClassVar[str] = "A role is given in books: add an entity first."

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_GIVE)

    def has_view_permission(self, request: HttpRequest, obj: MembershipStep | None = None) -> bool:
        return request.user.has_perm("ledger_roles.view_membership") or self.has_manage_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def may_add(self, request: HttpRequest) -> bool:
        return self.has_manage_permission(request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("person/<str:key>/", view(self.person_view), name="ledger_roles_person"),
            path("person/<str:key>/give/", view(self.give_view), name="ledger_roles_person_give"),
            path("<int:step>/take/", view(self.take_view), name="ledger_roles_membershipstep_take"),
            path("person/<str:key>/invitation/", view(self.invitation_view), name="ledger_roles_person_invitation"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        require(self.has_view_permission(request))
        entity = chosen_entity(request)
        people = people_of(entity) if entity is not None else []
        title = gettext("People")
        return self.page(
            request,
            "ledger_roles/admin/people.html",
            title,
            entity=entity,
            people=people,
            may_add=self.may_add(request),
        )

    def detail_context(self, request: HttpRequest, row: MembershipStep) -> dict[str, Any]:
        return {"title": name_of(row.user)}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A step is shown on the page of its person."""
        require(self.has_view_permission(request))
        step = self.get_object(request, object_id)
        return (
            self.not_there(request, object_id) if step is None else redirect("admin:ledger_roles_person", step.user_id)
        )

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        """A new person, and on the answer the address of his invitation."""
        form = PersonForm(request.user, entity, request.POST or None)
        if request.method == "POST" and form.is_valid():
            name, email = form.cleaned_data["name"], form.cleaned_data["email"]
            known = user_called(name)
            if known is not None:
                step = attempt(form, lambda: give_role(request.user, known, form.group, form.where))
                if step is not None:
                    return self._given(request, known, form.group)
            else:
                user = attempt(form, lambda: add_person(request.user, name, email, form.group, form.where))
                if user is not None:
                    return self._invitation(request, user)
        return self.form_page(request, form, gettext("Add a person"), action=gettext("Add and invite"), entity=entity)

    def person_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """The roles of a person, and how he came to them."""
        entity, person = self._person(request, key)
        return self.page(
            request, "ledger_roles/admin/person.html", person.name, entity=entity, person=person,
            steps=steps_of(person.user, entity),
        )  # fmt: skip

    def give_view(self, request: HttpRequest, key: str) -> HttpResponse:
        entity, person = self._person(request, key)
        require(self.has_manage_permission(request))
        form = RoleForm(request.user, entity, request.POST or None)
        if request.method == "POST" and form.is_valid():
            step = attempt(form, lambda: give_role(request.user, person.user, form.group, form.where))
            if step is not None:
                return self._given(request, person.user, form.group)
        title = gettext("Give %(person)s a role") % {"person": person.name}
        cancel = reverse("admin:ledger_roles_person", args=[key])
        return self.form_page(request, form, title, action=gettext("Give role"), entity=entity, cancel=cancel)

    def take_view(self, request: HttpRequest, step: int) -> HttpResponse:
        """Take back what a step has given, unless a later one has taken it already."""
        require(self.has_manage_permission(request))
        given = self.get_object(request, str(step))
        if given is None:
            raise Http404
        key = str(given.user_id)
        entity, person = self._person(request, key)
        role, where = given.group, given.entity
        form = TakeRoleForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            taken = attempt(form, lambda: take_role(request.user, person.user, role, where, reason=reason))
            if taken is not None:
                said = gettext("%(person)s has not the role %(role)s any more.")
                messages.success(request, said % {"person": person.name, "role": label_of(role)})
                return redirect("admin:ledger_roles_person", key)
        title = gettext("Take the role %(role)s from %(person)s") % {"role": label_of(role), "person": person.name}
        note = gettext("His pages and keys refuse within seconds. What he did stays his.")
        cancel = reverse("admin:ledger_roles_person", args=[key])
        return self.form_page(
            request, form, title, action=gettext("Take role"), entity=entity, cancel=cancel, note=note
        )

    def invitation_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """Another invitation, for who lost the first one or forgot his password."""
        _, person = self._person(request, key)
        require(self.has_manage_permission(request) and request.method == "POST")
        try:
            check_invitation(request.user, person.user)
        except LedgerError as refusal:
            messages.error(request, refusal_text(refusal))
            return redirect("admin:ledger_roles_person", key)
        return self._invitation(request, person.user)

    def _given(self, request: HttpRequest, user: Any, group: Group) -> HttpResponse:
        said = gettext("%(person)s has the role %(role)s from now on.")
        messages.success(request, said % {"person": name_of(user), "role": label_of(group)})
        return redirect("admin:ledger_roles_person", user.pk)

    def _invitation(self, request: HttpRequest, user: Any) -> HttpResponse:
        title = gettext("Invitation of %(person)s") % {"person": name_of(user)}
        address = request.build_absolute_uri(address_of_invitation(user, self.admin_site.name))
        page = self.page(request, "ledger_roles/admin/invitation.html", title, address=address, user_key=user.pk)
        page.headers["Cache-Control"] = "no-store"
        return page

    def _person(self, request: HttpRequest, key: str) -> tuple[Entity, Person]:
        """A person with a role in these books or in all. Raises `Http404` for anybody else."""
        require(self.has_view_permission(request))
        entity = chosen_entity(request)
        found = next((one for one in people_of(entity, key) if str(one.user.pk) == key), None) if entity else None
        if entity is None or found is None:
            raise Http404
        return entity, found
