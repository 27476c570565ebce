"""Versions of templates: drafting one, activating it with two people, retiring it, and finding the active one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from apps.operations import accounts
from apps.operations.definitions import CODE_FORM, Definition, check_definition, check_template_code, decode
from apps.operations.errors import (
    ExampleFailed,
    TemplateNotActive,
    TemplateNotFound,
    VersionActive,
    VersionNotActive,
    VersionNotFound,
)
from apps.operations.evaluating import check_example
from apps.operations.events import TemplateActivatedFact, TemplateDraftedFact, TemplateRetiredFact
from apps.operations.models import ACTIVE, TemplateStep, TemplateVersion
from apps.operations.versioning.keeping import CHANGED, NEW, SAME, Drafted, Outcome, Refusals, Versions
from apps.operations.versioning.rows import STATUSES
from ledgerflow.core.errors import LedgerError

__all__ = [
    "CHANGED", "NEW", "SAME", "STATUSES", "Drafted", "Outcome", "Usable", "active_version", "active_versions",
    "carry_out", "draft_version", "is_done", "propose_activation", "retire", "usable_versions", "version_in",
    "versions_of", "with_status",
]  # fmt: skip
KIND = "template.activate"
PERMISSION = "operations.activate_template"
ACTIVE_ONES = """
    SELECT found.* FROM unnest(%s::text[]) AS wanted (code) CROSS JOIN LATERAL (
        SELECT s.code, s.number, s.status FROM operations_templatestep s
        WHERE s.entity_id = %s AND s.code = wanted.code ORDER BY s.event_sequence DESC LIMIT 1
    ) found
"""


class Usable(NamedTuple):
    """A version that an operation is made with."""

    code: str
    number: int
    definition: Definition


def check_examples(entity_id: UUID, definition: Definition) -> None:
    """Raise `ExampleFailed` unless each example comes out as it says, with accounts of these books, and balances."""
    for place, example in enumerate(definition.examples, 1):
        found, minor_units = accounts.for_example(entity_id, definition, example)
        try:
            check_example(definition, example, found, minor_units)
        except ExampleFailed as failed:
            reason = f"example {place}: {failed.data['reason']}"
            raise ExampleFailed(reason=reason, cause=failed.data["cause"], example=place) from failed


def _check(code: str, definition: Definition) -> None:
    """Raise `DefinitionRefused` for what could never be run."""
    check_template_code(code)
    check_definition(definition)


def _check_in_books(entity_id: UUID, _code: str, definition: Definition) -> None:
    check_examples(entity_id, definition)


TEMPLATES = Versions(
    TemplateVersion, TemplateStep, TemplateDraftedFact, TemplateActivatedFact, TemplateRetiredFact, KIND,
    Refusals("template_code", TemplateNotFound, VersionNotFound, VersionActive, VersionNotActive),
    _check, _check_in_books,
)  # fmt: skip
draft_version = TEMPLATES.draft
propose_activation = TEMPLATES.propose
carry_out = TEMPLATES.carry_out
is_done = TEMPLATES.is_done
retire = TEMPLATES.retire
versions_of = TEMPLATES.of_books
with_status = TEMPLATES.with_status
active_versions = TEMPLATES.active
active_version = TEMPLATES.active_one
version_in = TEMPLATES.version_in


def usable_versions(
    entity_id: UUID, wanted: Iterable[tuple[str, int | None]], *, drafts: bool = False
) -> Mapping[tuple[str, int | None], Usable | LedgerError]:
    """Of each template, by its code and the number that was pinned: the version to use, or why there is none.

    A pinned version must be the active one, because a retired recipe makes no more journals; with `drafts`, which
    is for trying out, it may be one that was never active.
    """
    wanted = set(wanted)
    pairs = {pair for pair in wanted if CODE_FORM.fullmatch(pair[0])}
    with connection.cursor() as cursor:
        cursor.execute(ACTIVE_ONES, (sorted({code for code, _ in pairs}), entity_id))
        active = {code: number for code, number, status in cursor.fetchall() if status == ACTIVE}
    return {
        pair: _usable(entity_id, *pair, active.get(pair[0]), drafts=drafts)
        if pair in pairs
        else TemplateNotFound(template_code=pair[0])
        for pair in wanted
    }


def _usable(
    entity_id: UUID, code: str, pinned: int | None, active: int | None, *, drafts: bool
) -> Usable | LedgerError:
    number = active if pinned is None else pinned
    if number is not None and (number == active or drafts):
        try:
            return Usable(code, number, _definition(entity_id, code, number))
        except (TemplateNotFound, VersionNotFound) as refusal:
            return refusal
    rows = TemplateVersion.objects.filter(entity_id=entity_id, code=code)
    if not rows.exists():
        return TemplateNotFound(template_code=code)
    if pinned is not None and not (0 < pinned < 2**31 and rows.filter(number=pinned).exists()):
        return VersionNotFound(template_code=code, version=pinned)
    return TemplateNotActive(template_code=code, active=active, version=pinned)


@lru_cache(maxsize=2048)
def _definition(entity_id: UUID, code: str, number: int) -> Definition:
    """It never changes, so that one look is enough for as long as the process lives."""
    return decode(version_in(entity_id, code, number).definition)
