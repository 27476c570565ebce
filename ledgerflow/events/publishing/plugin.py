"""What publishing of events adds to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import HomeCheck, Job, Plugin
from ledgerflow.events.publishing.home_checks import lag_of_sinks
from ledgerflow.events.publishing.publisher import publish
from ledgerflow.events.publishing.reading import lagging
from ledgerflow.events.publishing.waking import JOB, STALE_SECONDS

PLUGIN = Plugin(
    room="publishing",
    home_checks=(
        HomeCheck("publishing", gettext_noop("Publishing to Kafka"), 13, "publishing.view_sinkposition", lag_of_sinks),
    ),
    # What wake-ups missed: after a crash of Redis or of a worker, and when Kafka was away.
    jobs=(Job(JOB, publish, minute="*", stale_after_seconds=STALE_SECONDS, entities=lagging),),
    role_permissions={"administrator": ("publishing.change_sinkposition",)},
    scope_permissions={"read": ("publishing.view_sinkposition",)},
    helps=(
        PageHelp(
            "publishing_sinkposition",
            "A position says how far the events of some books have been published.",
            "Where something was lost behind it, rewind the position and they are sent again.",
            "A reader takes each event by its number, so that one sent twice counts once.",
            "kafka.md#when-it-does-not-get-there",
        ),
    ),
)
