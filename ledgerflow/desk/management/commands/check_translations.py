"""`manage.py check_translations`: whether each language says all that is marked for translation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ledgerflow.desk.translations.catalogue import (
    HEADER,
    Catalogue,
    compiled,
    read_catalogue,
    with_marked,
    write_catalogue,
)
from ledgerflow.desk.translations.marked import marked_texts
from ledgerflow.filling import PACKAGE

LOCALE = PACKAGE / "locale"
PLURALS = 2  # of German; a language with others says so in its header, and its catalogue has as many forms
MOST_NAMED = 20


class Command(BaseCommand):
    help = (
        "How many of the marked texts each language has, and exit 1 where one is missing or fuzzy, or the compiled"
        " catalogue is not that of the texts. --write adds places for new texts, takes old ones out, and compiles."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="bring the catalogues up to the marked texts")
        parser.add_argument("--locale", type=Path, default=LOCALE, help="another folder of catalogues")

    def handle(self, *_args: Any, **options: Any) -> None:
        marked = marked_texts()
        is_whole = True
        for path in sorted(options["locale"].glob("*/LC_MESSAGES/django.po")):
            catalogue = read_catalogue(path.read_text())
            if options["write"]:
                catalogue = with_marked(catalogue, marked, PLURALS)
                path.write_text(write_catalogue(catalogue))
                path.with_suffix(".mo").write_bytes(compiled(catalogue))
            is_whole = self._said(path, catalogue, marked) and is_whole
        if not is_whole:
            sys.exit(1)

    def _said(self, path: Path, catalogue: Catalogue, marked: set[Any]) -> bool:
        """Say how one language stands, and whether it is whole."""
        language = path.parents[1].name
        missing = sorted(one.text for one in marked if one not in catalogue or not all(catalogue[one].forms))
        fuzzy = sum(one.is_fuzzy for one in catalogue.values())
        old = len(catalogue.keys() - marked - {HEADER})
        binary = path.with_suffix(".mo")
        is_in_step = binary.is_file() and binary.read_bytes() == compiled(catalogue)
        self.stdout.write(
            f"{language}: {len(marked) - len(missing)} of {len(marked)} texts translated, {fuzzy} fuzzy,"
            f" {old} not marked any more; {'compiled' if is_in_step else 'not compiled: run it with --write'}."
        )
        wrong = sorted(
            one.text
            for one, found in catalogue.items()
            if one != HEADER and not all(one.is_kept_by(form) for form in found.forms if form)
        )
        for what, texts in (("missing", missing), ("with other places for figures", wrong)):
            for text in texts[:MOST_NAMED]:
                self.stdout.write(f"  {what}: {text!r}")
        return not missing and not wrong and not fuzzy and is_in_step
