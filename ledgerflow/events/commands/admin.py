"""Admin pages of commands: what waits, what was done, and what failed for which reason."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from ledgerflow.books.models import Entity, Event
from ledgerflow.core import canonical
from ledgerflow.core.sentences import said_again
from ledgerflow.events.commands.checking import command_id_of
from ledgerflow.events.commands.models import Command, CommandStatus
from ledgerflow.web.admin_base import ReadOnlyAdmin, pretty_json
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter
from ledgerflow.web.pages.books_of_page import chosen_entity


class CommandStatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(status, status) for status in CommandStatus.values]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(status=value)


@admin.register(Command)
class CommandAdmin(ReadOnlyAdmin[Command]):
    list_display = ("received_at", "type", "state", "failure", "key")
    list_filter = (EntityFilter, CommandStatusFilter)
    ordering = ("-number",)
    turns_by_key = True
    nothing = "No command came in. Applications send them to the API."
    search_fields = ("key",)  # shows the field; get_search_results does the work
    search_help_text = "id or key"
    detail_template = "ledgerflow/admin/command.html"

    @admin.display(description="Status")
    def state(self, command: Command) -> str:
        return command.status

    @admin.display(description="Why it failed")
    def failure(self, command: Command) -> str:
        return said_again(str(canonical.decode(command.error)["message"])) if command.error else ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Command]:
        return super().get_queryset(request).defer("fingerprint")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Command], search_term: str
    ) -> tuple[QuerySet[Command], bool]:
        """The one command with that id or key."""
        term, entity = search_term.strip(), chosen_entity(request)
        if not term or entity is None:
            return queryset, False
        ids = [command_id_of(entity.id, term)]
        with suppress(ValueError):
            ids.append(UUID(term))
        return queryset.filter(pk__in=ids), False

    def detail_context(self, request: HttpRequest, row: Command) -> dict[str, Any]:
        event = None
        if row.result_sequence is not None:
            event = Event.objects.filter(entity_id=row.entity_id, sequence=row.result_sequence).first()
        return {
            "title": f"{row.type} {row.key}",
            "payload": pretty_json(canonical.decode(row.payload)),
            "failed": canonical.decode(row.error) if row.error else None,
            "event": event,
            "answer": pretty_json(canonical.decode(event.data)) if event else "",
        }
