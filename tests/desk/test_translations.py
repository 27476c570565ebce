from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from ledgerflow.books.models import Entity
from ledgerflow.desk.management.commands.check_translations import LOCALE
from ledgerflow.desk.models import Preference
from ledgerflow.desk.translations.catalogue import (
    CatalogueMessage,
    Translation,
    compiled,
    read_catalogue,
    write_catalogue,
)
from ledgerflow.desk.translations.marked import marked_in_python, marked_in_template
from tests.pages import ACCOUNTS, text_of
from tests.people import a_user, logged_in

BODY = """
_("plain"); gettext_lazy("with " "two parts"); ngettext("one", "many", n); pgettext("menu", "Open")
gettext(variable); other("not marked"); translation.gettext("by its module")
"""
TEMPLATE = """{% load i18n %}{% translate "it's" %}{% blocktranslate with n=x %}{{ n }} of it{% endblocktranslate %}
{% translate "Open" context "menu" %}{% blocktranslate count n=x %}one{% plural %}{{ n }} many{% endblocktranslate %} not"""


def test_what_is_marked_is_found_in_python_and_in_templates() -> None:
    assert set(marked_in_python(BODY)) == {
        CatalogueMessage("plain"), CatalogueMessage("with two parts"), CatalogueMessage("one", "many"), CatalogueMessage("Open", "", "menu"),
        CatalogueMessage("by its module"),
    }  # fmt: skip
    assert set(marked_in_template(TEMPLATE)) == {
        CatalogueMessage("it's"), CatalogueMessage("%(n)s of it"), CatalogueMessage("Open", "", "menu"), CatalogueMessage("one", "%(n)s many"),
    }  # fmt: skip


def test_a_language_that_lacks_a_text_is_told_and_gets_places_for_it(tmp_path: Path) -> None:
    place = tmp_path / "xx" / "LC_MESSAGES" / "django.po"
    place.parent.mkdir(parents=True)
    place.write_text('msgid "gone for good"\nmsgstr "xx"\n')
    said = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_translations", locale=tmp_path, stdout=said)
    assert "xx: 0 of " in said.getvalue()
    assert "1 not marked any more; not compiled" in said.getvalue()
    assert "missing: '" in said.getvalue()
    with pytest.raises(SystemExit):
        call_command("check_translations", locale=tmp_path, write=True, stdout=StringIO())
    assert {CatalogueMessage("API key"), CatalogueMessage("My preferences")} <= read_catalogue(place.read_text()).keys()
    whole = {
        one: Translation([one.plural or one.text] * len(found.forms))
        for one, found in read_catalogue(place.read_text()).items()
    }
    place.write_text(write_catalogue(whole))
    call_command("check_translations", locale=tmp_path, write=True, stdout=said)
    assert "0 fuzzy, 0 not marked any more; compiled." in said.getvalue()
    blocked = CatalogueMessage("{day} does not close: it is blocked.")
    place.write_text(write_catalogue(whole | {blocked: Translation(["{tag}"])}))
    with pytest.raises(SystemExit):
        call_command("check_translations", locale=tmp_path, write=True, stdout=said)
    assert "with other places for figures: '{day} does not close: it is blocked.'" in said.getvalue()


def test_what_is_compiled_is_what_is_written() -> None:
    for path in LOCALE.glob("*/LC_MESSAGES/django.po"):
        assert path.with_suffix(".mo").read_bytes() == compiled(read_catalogue(path.read_text())), path


def test_pages_of_a_german_are_german(shop: Entity) -> None:
    user = a_user(is_superuser=True)
    Preference.objects.create(user=user, language="de")
    page = logged_in(user).get(ACCOUNTS, {"entity": shop.code}).content.decode()
    for said in ("Konten: Corner shop", "Kürzel", "Verfügbar", "Währung", "Reservierungen", "Einstellungen", "Suche"):
        assert said in page, said
    assert "Accounts of Corner shop" in text_of(
        logged_in(a_user(is_superuser=True)).get(ACCOUNTS, {"entity": shop.code})
    )
