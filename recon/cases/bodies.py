"""What the endpoints of exceptions take and give."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from ledgerflow.core.texts import MAX_ACTOR
from recon.cases.errors import MemberOfAnotherAction
from recon.cases.use_cases import MAX_COMMENT, MOST_AT_ONCE, NAMES, Action, CaseAction

Owner = Annotated[str, msgspec.Meta(max_length=MAX_ACTOR)]
Text = Annotated[str, msgspec.Meta(max_length=500)]
Comment = Annotated[str, msgspec.Meta(max_length=MAX_COMMENT)]


class ExceptionActionRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What to do. `owner` goes with "assign" ("" for nobody), `reason` with "reason", `resolution` with "resolve".

    `note` says more of a resolution; `comment` may come with each.
    """

    action: Action
    owner: Owner = ""
    reason: Text = ""
    resolution: Text = ""
    note: Text = ""
    comment: Comment = ""

    def wanted(self) -> CaseAction:
        """What the use case takes. Raises `Malformed` for a member that belongs to another action."""
        own = NAMES.get(self.action, "")
        for name in NAMES.values():
            if name != own and getattr(self, name):
                raise MemberOfAnotherAction(pointer=f"/{name}", member=name, action=self.action)
        if self.note and self.action != "resolve":
            raise MemberOfAnotherAction(pointer="/note", member="note", action=self.action)
        return CaseAction(self.action, getattr(self, own) if own else "", self.note, self.comment)


class ExceptionsActionRequest(ExceptionActionRequest, forbid_unknown_fields=True, kw_only=True):
    """The same for several exceptions: all of them, or none."""

    exceptions: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=MOST_AT_ONCE)]


class ExceptionsActionResponse(msgspec.Struct):
    """How many exceptions were changed."""

    status: Literal["changed", "replayed"]
    changed: int


class ReconcileRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing to say."""


class ReconcileResponse(msgspec.Struct):
    """What a run did, or would do; `opened` counts exceptions by their kind."""

    confirmed: int
    suggested: int
    rules_version: int | None
    opened: dict[str, int]
    changed: int
    resolved: int
    unchanged: int
    dry_run: bool
