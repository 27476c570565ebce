"""What drafting the templates of a file would do, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from apps.operations.definitions import Definition, digest_of
from apps.operations.differences import differences
from apps.operations.errors import ExampleFailed
from apps.operations.models import TemplateVersion
from apps.operations.versions import CHANGED, NEW, SAME, Drafted, Outcome, check_examples, draft_version, versions_of


class Preview(NamedTuple):
    """What a template of a file would be: which version, how it differs from the newest one, and its examples.

    `fault` says which example does not come out in these books as they are now; a draft may wait for them.
    """

    code: str
    outcome: Outcome
    number: int
    newest: TemplateVersion | None
    differences: list[dict[str, str]]
    fault: str


def preview(entity_id: UUID, templates: Mapping[str, Definition]) -> list[Preview]:
    """Of each template what `draft` would do. Nothing is written."""
    return [_preview(entity_id, code, definition) for code, definition in templates.items()]


def draft(entity_id: UUID, templates: Mapping[str, Definition], *, actor: str) -> list[Drafted[TemplateVersion]]:
    """Draft each template whose newest version is another one."""
    return [draft_version(entity_id, code, definition, actor=actor) for code, definition in templates.items()]


def _preview(entity_id: UUID, code: str, definition: Definition) -> Preview:
    newest = versions_of(entity_id).filter(code=code).order_by("-number").first()
    fault = ""
    try:
        check_examples(entity_id, definition)
    except ExampleFailed as failed:
        fault = failed.message
    if newest is None:
        return Preview(code, NEW, 1, None, [], fault)
    if newest.digest == digest_of(definition):
        return Preview(code, SAME, newest.number, newest, [], fault)
    found = differences(newest.read(), definition)
    return Preview(code, CHANGED, newest.number + 1, newest, found, fault)
