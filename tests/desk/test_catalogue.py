from __future__ import annotations

from gettext import GNUTranslations
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.desk.translations.catalogue import (
    HEADER,
    CatalogueMessage,
    CatalogueUnreadable,
    Translation,
    compiled,
    read_catalogue,
    with_marked,
    write_catalogue,
)

pytestmark = pytest.mark.pure

GERMAN = Translation(["Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"])
# Without what ends a line in one program and not in another, and without what a compiled catalogue ends texts with.
words = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]) | st.sampled_from('\n"\\\t'), max_size=20)
messages = st.builds(CatalogueMessage, words.filter(bool), words, words)


@given(st.dictionaries(messages, st.builds(Translation, st.lists(words, min_size=1, max_size=1), st.booleans())))
def test_a_catalogue_is_read_as_it_was_written(given: dict[CatalogueMessage, Translation]) -> None:
    catalogue = {one: Translation(what.forms * (2 if one.plural else 1), what.is_fuzzy) for one, what in given.items()}
    assert read_catalogue(write_catalogue(catalogue | {HEADER: GERMAN})) == catalogue | {HEADER: GERMAN}


def test_python_reads_what_is_compiled_and_what_is_not_whole_stays_as_it_was() -> None:
    catalogue = {
        HEADER: GERMAN,
        CatalogueMessage("hold"): Translation(["Reservierung"]),
        CatalogueMessage("%d hold", "%d holds"): Translation(["%d Reservierung", "%d Reservierungen"]),
        CatalogueMessage("May", context="month"): Translation(["Mai"]),
        CatalogueMessage("not yet"): Translation([""]),
        CatalogueMessage("perhaps"): Translation(["vielleicht"], is_fuzzy=True),
    }
    german = GNUTranslations(BytesIO(compiled(catalogue)))
    assert german.gettext("hold") == "Reservierung"
    assert [german.ngettext("%d hold", "%d holds", n) for n in (1, 2)] == ["%d Reservierung", "%d Reservierungen"]
    assert german.pgettext("month", "May") == "Mai"
    assert [german.gettext(one) for one in ("not yet", "perhaps", "May")] == ["not yet", "perhaps", "May"]


def test_a_translation_has_the_places_of_its_text() -> None:
    assert CatalogueMessage("{day} is %(what)s").is_kept_by("%(what)s ist {day}")
    assert not CatalogueMessage("{day} is open").is_kept_by("{tag} ist offen")
    assert not CatalogueMessage("{day} is open").is_kept_by("offen")
    assert CatalogueMessage("one day", "%(n)s days").is_kept_by("ein Tag")
    assert CatalogueMessage("one day", "%(n)s days").is_kept_by("%(n)s Tage")
    assert not CatalogueMessage("one day", "%(n)s days").is_kept_by("%(m)s Tage")


def test_marked_texts_get_a_place_and_those_that_are_gone_leave() -> None:
    kept, new, many = CatalogueMessage("kept"), CatalogueMessage("new"), CatalogueMessage("one", "many")
    before = {HEADER: GERMAN, kept: Translation(["bleibt"]), CatalogueMessage("gone"): Translation(["weg"])}
    after = with_marked(before, {kept, new, many}, 2)
    assert after == {
        HEADER: GERMAN, kept: Translation(["bleibt"]), new: Translation([""]), many: Translation(["", ""]),
    }  # fmt: skip
    assert read_catalogue('# a remark alone\n\n\n#: place.py\nmsgid "kept"\nmsgstr "bleibt"\n') == {
        kept: Translation(["bleibt"])
    }
    with pytest.raises(CatalogueUnreadable, match="Line 2 is none of a catalogue: 'msgfoo'"):
        read_catalogue('msgid "kept"\nmsgfoo\n')
