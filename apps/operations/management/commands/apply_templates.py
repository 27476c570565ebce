"""`manage.py apply_templates FILE.toml --entity X`: draft the templates of a file that are not there yet."""

from __future__ import annotations

from apps.operations.definitions import Definition
from apps.operations.files import read_templates
from apps.operations.versioning.commands import ApplyingCommand
from apps.operations.versions import TEMPLATES


class Command(ApplyingCommand):
    help = (
        "Draft each template of a TOML file whose newest version is another one, and say which were new, changed or the"
        " same. A draft makes no journal before two people have activated it: --propose names who proposes that. The"
        " same file again does nothing. Exit codes: 0 done, 1 refused by the books, 2 the file or an option is wrong."
    )
    kept = TEMPLATES
    things = "Templates"
    actor = "system:apply_templates"

    def definitions(self, text: str) -> dict[str, Definition]:
        return read_templates(text)
