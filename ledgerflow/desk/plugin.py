"""What the operator's desk adds to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Command, HomeCheck, Job, Plugin
from ledgerflow.desk.home_rates import old_rates
from ledgerflow.desk.lists.files import entities_with_files, make_files
from ledgerflow.desk.preparing import entities_due, prepare

MINUTE = 60

PLUGIN = Plugin(
    room="desk",
    home_checks=(HomeCheck("rates", gettext_noop("Rates"), 5, "rates.view_rate", old_rates),),
    jobs=(
        Job("prepare_home", prepare, minute="*", stale_after_seconds=MINUTE, entities=entities_due),
        Job("make_list_files", make_files, "*", MINUTE, entities=entities_with_files, in_sequence=True),
    ),
    commands=(
        Command("home", gettext_noop("Today"), "index", "today start queue", key="g h"),
        Command("find", gettext_noop("Find"), "desk_find", "search look"),
        Command("reports", gettext_noop("Reports"), "reports", "statements", "journals.view_journal", "g r"),
    ),
    helps=(
        PageHelp(
            "index",
            "Today is the queue of what somebody should look at in these books, the most severe first.",
            "Follow the link at the end of a sentence to where it is put right.",
            "What is well is one line below, and you see what your permissions allow.",
            "desk.md#home",
        ),
        PageHelp(
            "desk_find",
            "This page finds journals, accounts, holds, statement lines and events of these books.",
            "Write words, an amount in any spelling, or parts such as acc:1200 and month-1; all of them must be true.",
            "The page says how far the index has read; the newest journals are found at once.",
            "desk.md#find",
        ),
        PageHelp(
            "desk_files",
            "These are the files of long lists that you have asked for.",
            "Ask for a file on a list with the button CSV; wait until it is made, and take it.",
            "Nobody else sees your files, and each is removed after the day that stands beside it.",
            "desk.md#lists",
        ),
        PageHelp(
            "preferences",
            "Here you say how the desk speaks and writes to you.",
            "Choose and save; it counts from the next page on, in every window.",
            "Files, addresses and the API know nothing of it.",
            "desk.md#numbers-and-dates",
        ),
        PageHelp(
            "set_up",
            "These are the lists that are set up once and seldom changed.",
            "Choose a list; what you see here is what you may see.",
            "Work of each day is in the navigation on the left.",
            "desk.md#the-frame",
        ),
        PageHelp(
            "app_list",
            "These are the lists of one room of the ledger.",
            "Choose a list to see its rows.",
            "What you may not see is not here.",
            "desk.md#the-frame",
        ),
        PageHelp(
            "tour",
            "The tour leads through seven things that people do at the desk.",
            "Follow a link, do what its step says, and come back.",
            "A step is ticked by what you have done in these books, wherever you did it.",
            "desk.md#the-tour",
        ),
        PageHelp(
            "help",
            "This is the documentation that came with this very version.",
            "Choose a page, or follow the link behind the question mark of any other page.",
            "It is in English, and its links stay in the books that you are in.",
            "desk.md#help",
        ),
    ),
)
