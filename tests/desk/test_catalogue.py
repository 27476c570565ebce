from __future__ import annotations

from gettext import GNUTranslations
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.desk.translations.catalogue import (
    HEADER,
    CatalogueUnreadable,
    Message,
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
messages = st.builds(Message, words.filter(bool), words, words)


@given(st.dictionaries(messages, st.builds(Translation, st.lists(words, min_size=1, max_size=1), st.booleans())))
def test_a_catalogue_is_read_as_it_was_written(given: dict[Message, Translation]) -> None:
    catalogue = {one: Translation(what.forms * (2 if one.plural else 1), what.is_fuzzy) for one, what in given.items()}
    assert read_catalogue(write_catalogue(catalogue | {HEADER: GERMAN})) == catalogue | {HEADER: GERMAN}


def test_python_reads_what_is_compiled_and_what_is_not_whole_stays_as_it_was() -> None:
    catalogue = {
        HEADER: GERMAN,
        Message("hold"): Translation(["Reservierung"]),
        Message("%d hold", "%d holds"): Translation(["%d Reservierung", "%d Reservierungen"]),
        Message("May", context="month"): Translation(["Mai"]),
        Message("not yet"): Translation([""]),
        Message("perhaps"): Translation(["vielleicht"], is_fuzzy=True),
    }
    german = GNUTranslations(BytesIO(compiled(catalogue)))
    assert german.gettext("hold") == "Reservierung"
    assert [german.ngettext("%d hold", "%d holds", n) for n in (1, 2)] == ["%d Reservierung", "%d Reservierungen"]
    assert german.pgettext("month", "May") == "Mai"
    assert [german.gettext(one) for one in ("not yet", "perhaps", "May")] == ["not yet", "perhaps", "May"]


def test_a_translation_has_the_places_of_its_text() -> None:
    assert Message("{day} is %(what)s").is_kept_by("%(what)s ist {day}")
    assert not Message("{day} is open").is_kept_by("{tag} ist offen")
    assert not Message("{day} is open").is_kept_by("offen")
    assert Message("one day", "%(n)s days").is_kept_by("ein Tag")
    assert Message("one day", "%(n)s days").is_kept_by("%(n)s Tage")
    assert not Message("one day", "%(n)s days").is_kept_by("%(m)s Tage")


def test_marked_texts_get_a_place_and_those_that_are_gone_leave() -> None:
    kept, new, many = Message("kept"), Message("new"), Message("one", "many")
    before = {HEADER: GERMAN, kept: Translation(["bleibt"]), Message("gone"): Translation(["weg"])}
    after = with_marked(before, {kept, new, many}, 2)
    assert after == {
        HEADER: GERMAN, kept: Translation(["bleibt"]), new: Translation([""]), many: Translation(["", ""]),
    }  # fmt: skip
    assert read_catalogue('# a remark alone\n\n\n#: place.py\nmsgid "kept"\nmsgstr "bleibt"\n') == {
        kept: Translation(["bleibt"])
    }
    with pytest.raises(CatalogueUnreadable, match="Line 2 is none of a catalogue: 'msgfoo'"):
        read_catalogue('msgid "kept"\nmsgfoo\n')
