"""Admin pages of dead letters: what consumers could not take, and the buttons to decide about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from ledgerflow.books.models import Entity
from ledgerflow.core.plugins import registry
from ledgerflow.events.consuming.dead_letters.use_cases import LetterRange, ReplayOutcome, discard, replay, replay_many
from ledgerflow.events.consuming.models import MAX_REASON, DeadLetter, ReadModelDeadLetter, Status
from ledgerflow.events.consuming.stores import ALIASES, READ_MODELS
from ledgerflow.web.admin_base import LedgerForm, NamedAction, ReadOnlyAdmin, actor_of, pretty_json
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter

PERMISSION = "consuming.decide_deadletter"
REPLAY, REPLAY_ALL, DISCARD = "replay", "replay_all", "discard"


class ReplayForm(LedgerForm):
    reason = forms.CharField(max_length=MAX_REASON, required=False, help_text="For whoever reads it later.")
    dry_run = forms.BooleanField(required=False, help_text="Try it and keep nothing of what comes of it.")


class DiscardForm(LedgerForm):
    reason = forms.CharField(max_length=MAX_REASON, help_text="Why the consumer goes on without this event.")


class BooksOrNoneFilter(EntityFilter):
    """The dead letters of an entity, and the messages that belong to none."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(Q(entity_id=None) | Q(entity_id=self.entity.pk if self.entity else None))


class LetterStatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(one.value, one.value) for one in Status]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(status=value)


class ConsumerFilter(ChoiceFilter):
    title = "Consumer"
    parameter_names = ("consumer",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(name, name) for name in sorted(registry.consumers)]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(consumer=value)


def replay_one(request: HttpRequest, letter: DeadLetter, given: dict[str, Any]) -> list[ReplayOutcome]:
    return [replay(letter.entity_id, letter.pk, actor=actor_of(request), **given)]


def replay_all(request: HttpRequest, letter: DeadLetter, given: dict[str, Any]) -> list[ReplayOutcome]:
    """All open ones of the letter's consumer in the letter's books."""
    wanted = LetterRange(consumer=letter.consumer)
    return replay_many(letter.entity_id, wanted, actor=actor_of(request), **given)


def discard_one(request: HttpRequest, letter: DeadLetter, given: dict[str, Any]) -> DeadLetter:
    return discard(letter.entity_id, letter.pk, actor=actor_of(request), **given)


def said(_: DeadLetter, came: list[ReplayOutcome]) -> str:
    """How it went, and the first error."""
    errors = [one.error for one in came if not one.applied]
    taken = [one for one in came if one.applied]
    was_tried = any(one.letter.status == Status.OPEN for one in taken)
    sentence = (
        gettext("The consumer would take %(taken)s of %(came)s.")
        if was_tried
        else gettext("The consumer took %(taken)s of %(came)s.")
    )
    text = sentence % {"taken": len(taken), "came": len(came)}
    return f"{text} {errors[0]}" if errors else text


def level(came: list[ReplayOutcome]) -> int:
    return messages.SUCCESS if all(one.applied for one in came) else messages.WARNING


def place_of(letter: DeadLetter) -> str:
    """Which event of its entity it is, or where on Kafka the message lies, in the language of the page."""
    if letter.sequence is None:
        return letter.place
    return gettext("event %(sequence)s") % {"sequence": letter.sequence}


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin[DeadLetter]):
    list_display = ("last_failed_at", "consumer", "place", "type", "cause", "error_text", "attempts", "status")
    list_filter = (BooksOrNoneFilter, ConsumerFilter, LetterStatusFilter)
    ordering = ("-id",)
    detail_template = "ledgerflow/admin/dead_letter.html"
    named_actions = {
        REPLAY: NamedAction(
            "Replay",
            lambda letter: (
                gettext("Replay %(place)s for %(consumer)s") % {"place": place_of(letter), "consumer": letter.consumer}
            ),
            replay_one,
            said,
            form=ReplayForm,
            note=lambda _: gettext(
                "The consumer gets the event again. If it takes it, it goes on with those that wait behind."
            ),
            level=level,
        ),
        REPLAY_ALL: NamedAction(
            "Replay all",
            lambda letter: gettext("Replay all open dead letters of %(consumer)s") % {"consumer": letter.consumer},
            replay_all,
            said,
            form=ReplayForm,
            note=lambda _: gettext("The oldest first, each by itself, in these books."),
            level=level,
        ),
        DISCARD: NamedAction(
            "Discard",
            lambda letter: (
                gettext("Discard %(place)s for %(consumer)s") % {"place": place_of(letter), "consumer": letter.consumer}
            ),
            discard_one,
            lambda letter, _: (
                gettext("Discarded: %(consumer)s goes on without %(place)s.")
                % {"consumer": letter.consumer, "place": place_of(letter)}
            ),
            form=DiscardForm,
            note=lambda _: gettext("The consumer never gets this event. What it makes will lack what the event tells."),
        ),
    }

    @admin.display(description="Where")
    def place(self, letter: DeadLetter) -> str:
        return place_of(letter)

    @admin.display(description="Error")
    def error_text(self, letter: DeadLetter) -> str:
        return letter.error.partition("\n")[0][:120]

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    def detail_context(self, request: HttpRequest, row: DeadLetter) -> dict[str, Any]:
        entity = Entity.objects.filter(pk=row.entity_id).first() if row.entity_id else None
        is_open = row.status == Status.OPEN and self.has_manage_permission(request)
        payload = msgspec.json.decode(row.payload)
        return {
            "title": f"{row.consumer}: {place_of(row)}",
            "entity": entity,
            "place": place_of(row),
            "payload": pretty_json(payload),
            "actions": list(self.named_actions.items()) if is_open else [],
        }


@admin.register(ReadModelDeadLetter)
class ReadModelDeadLetterAdmin(DeadLetterAdmin):
    """The same list from the database of the read models."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeadLetter]:
        return super().get_queryset(request).using(ALIASES[READ_MODELS])
