"""Pages without a text of ours that nobody can translate: the test's language puts what it has in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, JSONField, TextField
from django.utils.translation import trans_real

from ledgerflow.books.models import Entity
from ledgerflow.desk.models import Preference
from ledgerflow.desk.translations.declared import own_models
from ledgerflow.desk.translations.marked import marked_texts
from tests.browser.pages import books_of_every_page, every_page
from tests.people import a_user, logged_in

# Names, and keys of the keyboard; what is in capitals is a code, such as EUR or CSV.
SAME = {"LedgerFlow", "Ctrl", "Alt", "Esc", "Enter", "test"}
READ_TO_ALL = {"title", "aria-label", "placeholder", "alt"}
TEXTS = (CharField, TextField, JSONField, ArrayField)
MOST_ROWS = 5_000
# Pages where a text of ours is still in English for everybody; none is added, and one that is whole leaves the list.
NOT_YET = frozenset(
    [
        "access_apikey_changelist",
        "accounts_account_add",
        "accounts_account_edit",
        "accounts_currency_changelist",
        "approvals_proposal_change",
        "approvals_proposal_changelist",
        "audit-files",
        "auth_group_change",
        "auth_group_changelist",
        "auth_group_delete",
        "auth_user_add",
        "auth_user_change",
        "auth_user_changelist",
        "auth_user_delete",
        "auth_user_password_change",
        "books_entity_add",
        "books_entity_base_currency",
        "books_entity_change",
        "cases_reconexception_change",
        "cases_reconexception_changelist",
        "checkpoints_checkpoint_changelist",
        "commands_command_change",
        "commands_command_changelist",
        "consuming_deadletter_change",
        "consuming_deadletter_changelist",
        "consuming_readmodeldeadletter_changelist",
        "credits_applicationversion_add",
        "credits_applicationversion_change",
        "credits_applicationversion_changelist",
        "credits_applicationversion_in-force",
        "credits_applicationversion_try-out",
        "credits_wallet_grant",
        "credits_wallet_spend",
        "days_dayclose_change",
        "days_dayclose_changelist",
        "days_dayclose_close",
        "days_daypolicy_changelist",
        "deals_fxquote_change",
        "deals_fxquote_changelist",
        "deals_settlement_change",
        "deals_settlement_changelist",
        "desk_find",
        "dimensions_dimension_add",
        "holds_hold_changelist",
        "index",
        "journals_journal_add",
        "journals_journal_changelist",
        "matching_match_by_hand",
        "matching_match_change",
        "matching_match_changelist",
        "matching_matchrules_change",
        "matching_matchrules_changelist",
        "matching_matchsuggestion_change",
        "matching_matchsuggestion_changelist",
        "operations_templateversion_change",
        "operations_templateversion_changelist",
        "operations_templateversion_run",
        "preferences",
        "publishing_sinkposition_changelist",
        "rates_fxpolicy_changelist",
        "recon_reports_reconrun_at",
        "recon_reports_reconrun_change",
        "report_allocations",
        "report_balance-sheet",
        "report_budget-variance",
        "report_cash-flow",
        "report_changes-in-equity",
        "report_credits-liability",
        "report_general-ledger",
        "report_income-statement",
        "report_statement",
        "revaluation_revaluation_change",
        "revaluation_revaluation_changelist",
        "schedules_recurringjournal_add",
        "schedules_recurringjournal_change",
        "schedules_recurringjournal_changelist",
        "schedules_recurringjournal_end",
        "schedules_recurringjournal_pause",
        "schedules_recurringjournal_resume",
        "series_numberseries_add",
        "series_numberseries_change",
        "series_numberseries_changelist",
        "series_seriesnumber_changelist",
        "set_up",
        "statements_bankaccount_changelist",
        "statements_statement_changelist",
        "statements_statementline_changelist",
        "taxes_taxrate_add",
        "taxes_taxrate_change",
        "taxes_taxrate_changelist",
        "webhooks_webhook_change",
        "webhooks_webhook_changelist",
        "webhooks_webhook_disable",
        "webhooks_webhook_enable",
        "webhooks_webhookdelivery_change",
        "webhooks_webhookdelivery_changelist",
    ]
)
# The menu of all books, and what Django calls its permissions, which it keeps in a table.
OF_OTHERS = r'<details class="lf-menu lf-books">.*?</details>|<select name="(user_)?permissions".*?</select>'
BETWEEN = "\x1f"
UNREAD = {"script", "style", "code", "time", "pre"}


class Texts(HTMLParser):
    """All that a page says, by eye or by ear."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        names = READ_TO_ALL | ({"value"} if given.get("type") == "submit" else set())
        if tag != "time":
            self.said += [given[name] or "" for name in names & given.keys()]
        self._unread += tag in UNREAD

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in UNREAD

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.said.append(" ".join(data.split()))


def in_brackets() -> trans_real.DjangoTranslation:
    """German, with each text in brackets in the place of its translation."""
    pseudo = trans_real.DjangoTranslation("de")
    catalogues: list[dict[str | tuple[str, int], str]] = pseudo._catalog._catalogs  # type: ignore[attr-defined]
    for catalogue in catalogues:
        for key in [one for one in catalogue if one]:
            text = key if isinstance(key, str) else key[0]
            # What `yesno` takes apart at its comma has brackets around each part.
            parts = text.rpartition(chr(4))[2]
            catalogue[key] = ",".join(f"[{one}]" for one in parts.split(",")) if ", " not in parts else f"[{parts}]"
    return pseudo


def data_of(books: Entity) -> list[str]:
    """All texts that these books, or tables of no books, hold: the longest first. What is a text of ours is none."""
    found: set[str] = set()
    for model in own_models():
        fields = {one.name for one in model._meta.local_concrete_fields}
        rows = model._default_manager.filter(entity=books) if "entity" in fields else model._default_manager.all()
        texts = [one.attname for one in model._meta.local_concrete_fields if isinstance(one, TEXTS) and not one.choices]
        for values in rows.values_list(*texts)[:MOST_ROWS] if texts else ():
            found |= set(texts_in(values))
    ours = {one.text for one in marked_texts()}
    return sorted((one for one in found - ours if re.search("[A-Za-z]{2}", one)), key=len, reverse=True)


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield " ".join(value.split())
    elif isinstance(value, dict):
        yield from texts_in([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_in(one)


def outside_of_brackets(page: str, data: Sequence[str] = ()) -> set[str]:
    """Texts with a word that is in none of the brackets, is no data, and no name of a type of events."""
    found = Texts()
    found.feed(re.sub(OF_OTHERS, "", page, flags=re.DOTALL))
    whole, before = re.sub(r"[a-z]+\.[a-z_.]+", "", BETWEEN.join(found.said)), ""
    while whole != before:  # brackets within brackets, and elements within them
        whole, before = re.sub(r"\[[^\[\]]*\]", "", whole), whole
    left = set()
    for text in whole.split(BETWEEN):
        rest = text
        for one in data if words_of(rest) else ():
            if one in rest:
                rest = re.sub(rf"(?<![A-Za-z]){re.escape(one)}(?![A-Za-z])", "", rest)
        if words_of(rest):
            left.add(rest)
    return left


def words_of(text: str) -> set[str]:
    return {word for word in re.findall(r"[A-Za-z]{2,}", text) if not word.isupper()} - SAME


def test_no_page_has_a_text_of_ours_outside_of_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    books, person = books_of_every_page(), a_user(is_superuser=True, username="777")
    Preference.objects.create(user=person, language="de")
    client, data = logged_in(person), data_of(books)
    monkeypatch.setitem(trans_real._translations, "de", in_brackets())  # type: ignore[attr-defined]
    outside = [
        f"{page.name}: {text}"
        for page in every_page(books, person)
        if page.name not in NOT_YET and not page.name.endswith("_history")  # whose title is what a row calls itself
        for text in outside_of_brackets(client.get(page.address).content.decode(), data)
    ]
    assert not outside, "\n".join(sorted(outside))
