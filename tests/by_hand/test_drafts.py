"""Drafts of journals: what is kept, whose it is, what becomes of one that was posted; and lines that are pasted."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from journals.by_hand.keeping import MOST_DRAFTS, keep
from journals.by_hand.models import JournalDraft
from journals.by_hand.sheets import Sheet, decoded
from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from ledgerflow.desk.models import Preference
from tests.builders import balance_of
from tests.by_hand.editing import ADD, CHECK, fields_of, opened, sent, typed
from tests.pages import page_of, text_of
from tests.people import a_member_of_staff, person_behind

pytestmark = pytest.mark.every_server


def test_what_is_changed_after_it_was_posted_is_told_and_posted_as_another_journal(clerk: Client, hall: Entity) -> None:
    form = typed(opened(clerk, hall), ("6310", "", "1", ""), ("3300", "", "", "1"), description="Rent")
    sent(clerk, hall, ADD, form | {"post": "1"})
    first = Journal.objects.get(entity=hall)
    told = (
        "This page has posted a journal already. What stands here now is another one: Post posts it as well. Journal 1"
    )
    # Back to the page as it was left: the same is the same journal, and with a change nothing is posted unasked.
    assert 'id="earlier" hidden' in sent(clerk, hall, ADD, form | {"check": "1"}).content.decode()
    assert not JournalDraft.objects.filter(entity=hall).exists()
    changed = form | {"description": "Rent of the hall"}
    answer = sent(clerk, hall, CHECK, changed).json()
    assert answer["earlier"] == {"label": "Journal 1", "address": page_of(first)}
    assert (answer["key"] != form["key"][0], answer["is_ready"]) == (True, True)
    page = sent(clerk, hall, ADD, changed | {"post": "1"})
    assert told in text_of(page)
    assert 'id="earlier" hidden' not in page.content.decode()
    assert Journal.objects.filter(entity=hall).count() == 1
    # Both are kept as drafts of their own, under keys that were never used.
    drafts = [decoded(draft.content) for draft in JournalDraft.objects.filter(entity=hall)]
    assert [draft.description for draft in drafts] == ["Rent of the hall"] * 2
    assert form["key"][0] not in {draft.key for draft in drafts}
    again = fields_of(page)
    sent(clerk, hall, ADD, again | {"post": "1"})
    sent(clerk, hall, ADD, again | {"post": "1"})
    assert [one.description for one in Journal.objects.filter(entity=hall).order_by("number")] == [
        "Rent", "Rent of the hall",
    ]  # fmt: skip
    assert verify_books(hall.id) == []


def test_a_day_in_a_draft_is_the_same_one_however_its_person_writes_days(clerk: Client, hall: Entity) -> None:
    user = User.objects.get(pk=int(person_behind(clerk).removeprefix("user:")))
    Preference.objects.update_or_create(user=user, defaults={"days": "dmy-slash"})
    form = typed(opened(clerk, hall), ("6310", "", "1", ""), date="10/11/2025", description="Half done")
    sent(clerk, hall, CHECK, form)
    draft = JournalDraft.objects.get(entity=hall)
    assert opened(clerk, hall, draft=str(draft.pk))["date"] == ["10/11/2025"]
    Preference.objects.filter(user=user).update(days="mdy-slash")
    back = opened(clerk, hall, draft=str(draft.pk))
    assert back["date"] == ["11/10/2025"]
    assert decoded(draft.content).date == "2025-11-10"
    unread = sent(clerk, hall, CHECK, back | {"date": ["31/31"]}).json()
    assert unread["revision"] == 2
    assert opened(clerk, hall, draft=str(draft.pk))["date"] == ["31/31"]


def test_a_draft_outlives_the_session_and_two_tabs_keep_their_own(clerk: Client, hall: Entity) -> None:
    form = typed(opened(clerk, hall), ("6310", "", "119/1.19", ""), description="Half done")
    kept = sent(clerk, hall, CHECK, form).json()
    assert kept["revision"] == 1
    draft = JournalDraft.objects.get(entity=hall)
    assert decoded(draft.content).lines[0].debit == "119/1.19"  # as it was typed
    clerk.cookies.clear()
    user = int(draft.person.removeprefix("user:"))
    clerk.force_login(User.objects.get(pk=user))
    assert "1 draft of yours Half done" in text_of(clerk.get(ADD, {"entity": hall.code}))
    back = opened(clerk, hall, draft=str(draft.pk))
    assert (back["description"], back["debit"][0], back["key"]) == (["Half done"], "119/1.19", form["key"])
    # The same answer lost and asked again is no conflict; an older revision that says something else is.
    assert sent(clerk, hall, CHECK, form).json()["revision"] == 1
    first = sent(clerk, hall, CHECK, back | {"description": "First tab"}).json()
    assert first["revision"] == 2
    second = sent(clerk, hall, CHECK, back | {"description": "Second tab"}).json()
    assert "another tab" in second["not_kept"]
    page = sent(clerk, hall, ADD, back | {"description": "Second tab", "save": "1"})
    assert "Save this as another draft" in text_of(page)
    assert fields_of(page)["description"] == ["Second tab"]
    forked = sent(clerk, hall, ADD, back | {"description": "Second tab", "fork": "1"})
    assert fields_of(forked)["key"] != back["key"]
    said = {decoded(one.content).description for one in JournalDraft.objects.filter(entity=hall)}
    assert said == {"First tab", "Second tab"}
    sent(clerk, hall, ADD, fields_of(forked) | {"drop": "1"})
    assert JournalDraft.objects.filter(entity=hall).count() == 1


def test_a_draft_is_its_persons_alone_and_there_are_not_too_many(clerk: Client, hall: Entity) -> None:
    mine, other = person_behind(clerk), a_member_of_staff("journals.add_journal")
    drafts = [uuid7() for _ in range(MOST_DRAFTS)]
    for draft in drafts:
        keep(hall.id, mine, draft, 0, Sheet(description="Mine"))
    assert "There is no such draft" in text_of(other.get(ADD, {"entity": hall.code, "draft": str(drafts[0])}))
    stolen = opened(other, hall) | {"draft": [str(drafts[0])], "description": ["Theirs"]}
    for revision in ("0", "1"):
        assert "not_kept" in sent(other, hall, CHECK, stolen | {"revision": [revision]}).json()
    sent(other, hall, ADD, stolen | {"drop": "1"})
    more = sent(clerk, hall, CHECK, opened(clerk, hall) | {"description": ["One too many"]}).json()
    assert "You have 50 drafts" in more["not_kept"]
    large = sent(clerk, hall, CHECK, opened(clerk, hall) | {"text": "x" * 400_001}).json()
    assert "400000 bytes" in large["not_kept"]
    assert {one.revision for one in JournalDraft.objects.filter(entity=hall)} == {1}


def test_pasted_lines_name_accounts_in_whole(clerk: Client, hall: Entity) -> None:
    text = (
        "account;debit;credit\n14;1;\nmachine;1;\nRENT;3;\n6320 \u00b7 Rent of machines;1;\nPayables to suppliers;;6\n"
    )
    said = sent(clerk, hall, CHECK, opened(clerk, hall) | {"text": text}).json()["refusals"]
    assert [one["message"] for one in said] == [
        "Line 1 of the text: '14' can be 1400 Input VAT 19 %: say which by its code.",
        "Line 2 of the text: 'machine' can be 6320 Rent of machines: say which by its code.",
    ]
    # As rows they would be looked for by their parts: they stay text until each is named.
    kept = fields_of(sent(clerk, hall, ADD, opened(clerk, hall) | {"text": text, "take": "1"}))
    assert not any(kept["account"])
    whole = text.replace("14;", "1400;").replace("machine;", "6320;")
    taken = fields_of(sent(clerk, hall, ADD, opened(clerk, hall) | {"text": whole, "take": "1"}))
    assert taken["account"][:3] == ["1400", "6320", "RENT"]
    sent(clerk, hall, ADD, opened(clerk, hall) | {"text": whole, "post": "1"})
    assert balance_of(hall, "6310") == 3
    assert not sent(clerk, hall, CHECK, typed(opened(clerk, hall), ("14", "", "1", ""))).json()["rows"]["1"]["refusals"]


def test_lines_are_pasted_and_many_of_them_posted_as_text(clerk: Client, hall: Entity) -> None:
    few = opened(clerk, hall) | {"text": "account,amount\n6310,5\n3300,-5\n", "take": "1"}
    form = fields_of(sent(clerk, hall, ADD, few))
    assert (form["account"][:2], form["debit"][:2], form["credit"][:2]) == (["6310", "3300"], ["5", ""], ["", "5"])
    text = "account;debit;credit\n" + "6310;1;\n" * 999 + "9999;;999\n"
    said = sent(clerk, hall, CHECK, opened(clerk, hall) | {"text": text}).json()["refusals"]
    assert [one["message"] for one in said] == ["Line 1000 of the text: There is no account '9999' in these books."]
    page = sent(clerk, hall, ADD, opened(clerk, hall) | {"text": text, "post": "1"})
    assert "50 of 1000 lines of the text, those that are refused first # Account Debit Credit Refused because 1000" in (
        text_of(page)
    )
    assert len(page.content) < 200_000
    sent(clerk, hall, ADD, opened(clerk, hall) | {"text": text.replace("9999", "3300"), "post": "1"})
    assert balance_of(hall, "3300") == 999
