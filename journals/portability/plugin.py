"""What imports add to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from journals.portability.uploading.carrying_out import books_with_work, carry_on
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Command, Job, Plugin

PLUGIN = Plugin(
    room="portability",
    jobs=(Job("carry_on_imports", carry_on, minute="*", stale_after_seconds=55, entities=books_with_work),),
    role_permissions={"operator": ("portability.add_importrun", "portability.change_importrun")},
    helps=(
        PageHelp(
            "portability_importrun",
            "An import brings accounts or journals of a file into these books.",
            "Send a file, say which column is what, look at what would come of it, and import it.",
            "What is refused is shown with its line, nothing is brought in twice, and reversals take it back.",
            "importing.md#at-the-desk",
        ),
    ),
    commands=(
        Command(
            "imports",
            gettext_noop("Imports"),
            "portability_importrun_changelist",
            "import upload csv file",
            "portability.view_importrun",
        ),
        Command(
            "new_import",
            gettext_noop("New import"),
            "portability_importrun_add",
            "import upload csv file accounts journals",
            "portability.add_importrun",
        ),
    ),
)
