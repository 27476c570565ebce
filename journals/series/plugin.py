"""What number series add to the whole."""

from __future__ import annotations

from journals.series.events import SeriesAssignedFact, SeriesMadeFact
from journals.series.jobs import entities_with_series, number_journals
from journals.series.numbering import begin_day
from journals.series.portable import SERIES
from journals.series.proof import FACTS, check_series
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Job, NewDayJob, Plugin, Verifier

HOUR = 3600

PLUGIN = Plugin(
    room="series",
    events=(SeriesMadeFact, SeriesAssignedFact),
    new_day_jobs=(NewDayJob("series_numbers", begin_day),),
    jobs=(
        Job("number_journals", number_journals, minute="20", stale_after_seconds=HOUR, entities=entities_with_series),
    ),
    portables=(SERIES,),
    verifiers=(Verifier("series", check_series, facts=FACTS),),
    history_tables=frozenset({"series_numberseries", "series_seriesnumber"}),
    scope_permissions={"manage": ("series.add_numberseries",)},
    step_labels=(("series_numbers", "Numbers of series given"),),
    helps=(
        PageHelp(
            "series_numberseries",
            "A number series gives journals the numbers that a law asks for, without a gap.",
            "Look at which kinds it numbers and how its numbers are written.",
            "Numbers are given after posting, in the order of the log.",
            "audit-files.md#number-series",
        ),
        PageHelp(
            "series_seriesnumber",
            "These are the numbers that journals got from their series.",
            "Search for a number to find its journal.",
            "A number is never given twice.",
            "audit-files.md#number-series",
        ),
    ),
)
