"""Refusals of giving roles to people and taking them back."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed


class OwnMembership(LedgerError):
    code = "own_membership"
    status = 403
    template = "Nobody gives a role to himself or takes one from himself: another administrator does it."


class MembershipUnchanged(LedgerError):
    code = "membership_unchanged"
    status = 409
    template = "{name} has this role there already."
    constraints = ("membership_step_once",)


class RoleNotHeld(MembershipUnchanged):
    template = "{name} does not have this role there."


class RoleBeyondGiver(LedgerError):
    code = "role_beyond_giver"
    status = 403
    template = "Who gives a role in all books must be an administrator of all books."


class InvitationOfOthers(LedgerError):
    code = "invitation_of_others"
    status = 403
    template = "Only who gives roles wherever {name} has one may give {name} a new password."


class ReasonTooLong(Malformed):
    template = "The reason has at most {most} characters."


class PersonNameTaken(LedgerError):
    code = "person_name_taken"
    status = 409
    template = "There is a user {name} already."
