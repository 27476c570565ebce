"""`manage.py apply_applications FILE.toml --entity X`: draft the applications of a file that are not there yet."""

from __future__ import annotations

from apps.credits.catalogue.files import read_applications
from apps.credits.catalogue.versions import APPLICATIONS, check
from apps.credits.files import ApplicationFile
from apps.operations.versioning.commands import ApplyingCommand


class Command(ApplyingCommand):
    help = (
        "Draft each application of a TOML file whose newest version is another one, and say which were new, changed or"
        " the same. A draft is not used before two people have activated it: --propose names who proposes that. The"
        " same file again does nothing. Exit codes: 0 done, 1 refused by the books, 2 the file or an option is wrong."
    )
    kept = APPLICATIONS
    things = "Applications"
    actor = "system:apply_applications"

    def definitions(self, text: str) -> dict[str, ApplicationFile]:
        found = read_applications(text)
        for name, said in found.items():
            check(name, said)
        return found
