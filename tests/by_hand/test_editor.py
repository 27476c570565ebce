"""The page of a new journal: checked without writing, posted once, kept as a draft until then."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from accounts.changing import freeze_account
from journals.by_hand.keeping import keep
from journals.by_hand.models import JournalDraft
from journals.by_hand.sheets import MOST_ROWS, Sheet, decoded
from journals.models import Journal, Posting
from journals.proof.ledger import verify_books
from ledgerflow.books.entities import MAX_DIMENSIONS
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.ids import uuid7
from tests.builders import TODAY, an_account, an_entity
from tests.by_hand.editing import ADD, CHECK, NAMES, fields_of, opened, sent, typed
from tests.concurrency.races import PATIENCE_SECONDS, Racer
from tests.pages import JOURNALS, in_books, page_of, text_of, without_label
from tests.people import a_member_of_staff, person_behind, queries
from tests.templates.templating import activated, moving

pytestmark = pytest.mark.every_server


RENT = (("6310", "Hall, November", "4,800.00", ""), ("1400", "", "4800*0.19", ""), ("Payables", "", "", "="))


def test_a_journal_is_typed_checked_and_posted(clerk: Client, hall: Entity) -> None:
    form = opened(clerk, hall)
    assert (form["date"], form["revision"]) == ([str(TODAY)], ["0"])
    events = Event.objects.filter(entity=hall).count()
    checked = sent(clerk, hall, ADD, typed(form, *RENT, description="Rent", reference="RE-1", check="1"))
    page = text_of(checked)
    assert "6310 · Rent" in page
    assert "3300 · Payables to suppliers" in page
    assert "4800*0.19 = 912.00" in page
    assert "5,712.00 5,712.00 Balanced ✓" in page
    assert "5,712.00 EUR" in page  # the balance after of what is owed
    assert Event.objects.filter(entity=hall).count() == events
    yesterday = fields_of(sent(clerk, hall, ADD, typed(form, *RENT, date="-1")))["date"]
    assert yesterday == [str(TODAY - timedelta(days=1))]
    form = fields_of(checked)
    assert (form["credit"][2], form["debit"][1], form["revision"]) == ("5,712.00", "912.00", ["1"])
    assert without_label(checked.content.decode()) == []
    posted = sent(clerk, hall, ADD, form | {"post": "1"}, follows=True)
    journal = Journal.objects.get(entity=hall)
    assert posted.redirect_chain[-1][0] == page_of(journal)
    assert "Journal 1 is posted." in text_of(posted)
    assert (journal.kind, journal.description, journal.external_reference) == ("manual", "Rent", "RE-1")
    assert (journal.actor, journal.effective_date) == (person_behind(clerk), TODAY)
    assert [str(line.amount) for line in Posting.objects.filter(journal=journal).order_by("line")] == [
        "4800.00", "912.00", "-5712.00",
    ]  # fmt: skip
    assert not JournalDraft.objects.filter(entity=hall).exists()
    # A double click, and a reload.
    again = sent(clerk, hall, ADD, form | {"post": "1"}, follows=True)
    assert "Journal 1 was posted already." in text_of(again)
    assert Journal.objects.filter(entity=hall).count() == 1
    assert verify_books(hall.id) == []


def test_who_may_post_but_not_see_accounts_sees_no_balance(clerk: Client, hall: Entity) -> None:
    form = typed(opened(clerk, hall), ("1000", "", "51.5", ""), ("3300", "", "", "51.5"))
    sent(clerk, hall, ADD, form | {"post": "1"})
    journal = Journal.objects.get(entity=hall)
    blind = a_member_of_staff("journals.add_journal", "journals.view_journal")
    lines = (("1000", "", "1", ""), ("3300", "", "", "1"))
    for client, offered, after, taken_back in ((clerk, "51.50", "52.50", True), (blind, "", "", False)):
        asked = client.get(f"{ADD}accounts/", {"entity": hall.code, "q": "1000"}).json()["accounts"]
        assert [one["balance"] for one in asked] == [offered]
        fresh = typed(opened(client, hall), *lines)
        assert sent(client, hall, CHECK, fresh).json()["rows"]["1"]["after"] == after
        assert ("52.50 EUR" in text_of(sent(client, hall, ADD, fresh))) is bool(after)
        reversal = text_of(client.get(page_of(journal).replace("change/", "reverse/")))
        assert ("0.00" in reversal) is taken_back


def test_all_rows_with_all_dimensions_are_taken(clerk: Client) -> None:
    books = an_entity(dimensions=[f"d{number}" for number in range(MAX_DIMENSIONS)])
    form = opened(clerk, books)
    rows = {name: ["1"] * MOST_ROWS for name in (*NAMES, *(f"dimension-{place}" for place in range(MAX_DIMENSIONS)))}
    assert len(sent(clerk, books, CHECK, form | rows).json()["rows"]) == MOST_ROWS


def test_refusals_stand_beside_their_lines(clerk: Client, hall: Entity) -> None:
    freeze_account(hall.id, "1400", outflow=False, inflow=True, actor="test")
    lines = (
        ("Rent", "", "1", ""), ("9999", "", "1", ""), ("1400", "", "1", "1"), ("1400", "", "1,00,0", ""),
        ("1000", "", "", "7.5"), ("6310", "", "", ""), ("1400", "", "3", ""), ("", "x", "2", ""),
    )  # fmt: skip
    form = opened(clerk, hall)
    answer = sent(clerk, hall, CHECK, typed(form, *lines)).json()
    said = {int(row): [one["message"] for one in found["refusals"]] for row, found in answer["rows"].items()}
    assert said == {
        1: ["'Rent' can be 6310 Rent, 6320 Rent of machines: say which by its code."],
        2: ["There is no account '9999' in these books."],
        3: ["A line has an amount in debit or in credit, not in both."],
        4: ["'1,00,0' is not an amount: write it as 25,000.00."],
        5: ["1000 has 0.00 available above its limit of 0.00."],
        6: ["A line needs an amount, debit or credit."],
        7: ["1400 is frozen for this direction."],
        8: ["A line needs an account: its code, its name or its owner."],
    }
    assert not answer["is_ready"]
    # To how many decimals this is rounded is known with its account, and until then it stays as it is.
    unknown = sent(clerk, hall, CHECK, typed(form, ("", "", "10/3", ""))).json()["rows"]["1"]
    assert (unknown["debit"], unknown["note"]) == (None, "")
    refused = text_of(sent(clerk, hall, ADD, typed(form, *lines, post="1")))
    assert "There is no account '9999' in these books." in refused
    assert not Journal.objects.filter(entity=hall).exists()


@pytest.mark.parametrize(
    "changed, sentence",
    [
        ({"date": "2026-03-03"}, "2026-03-03 is after the business date, 2026-03-02."),
        ({"date": "2026-02-27"}, "2026-02-27 is before 2026-03-02, when these books began"),
        ({"date": "tomorrow"}, "'tomorrow' is not a date: write 2026-03-02"),
        ({"debit": ["2", "1", ""]}, "The journal does not balance in EUR: debits exceed by 1.00."),
        ({"layer": "adjustment"}, "adjustment layer is dated on the last day of a period"),
        ({"key": ""}, "needs an idempotency key"),
        ({"text": "6310;;1;;;;;"}, "Line 1 of the text cannot be read"),
        ({"account": [], "debit": [], "credit": [], "line_description": []}, "from 2 to 1000 lines, not 0"),
        ({"account": ["6310", "1400", "3300"], "dimension-0": ["\x00"]}, ""),
    ],
)
def test_what_the_use_case_refuses_is_said_and_nothing_is_posted(
    clerk: Client, hall: Entity, changed: dict[str, Any], sentence: str
) -> None:
    lines = (("6310", "", "1", ""), ("1400", "", "1", ""), ("3300", "", "", "2"))
    for button in ("check", "post"):
        page = sent(clerk, hall, ADD, typed(opened(clerk, hall), *lines) | changed | {button: "1"})
        assert page.status_code == 200
        assert sentence in text_of(page)
    assert not Journal.objects.filter(entity=hall).exists()


def test_an_unusual_date_and_a_dimension_are_taken(clerk: Client, hall: Entity) -> None:
    lines = (("6310", "", "1.50", ""), ("3300", "", "", "1.50"))
    form = typed(opened(clerk, hall), *lines, date="2026-02-27", post="1")
    for confirmed in ("", "on", "2026-02-28", str(TODAY)):
        assert "when these books began" in text_of(sent(clerk, hall, ADD, form | {"confirm": confirmed}))
    asked = sent(clerk, hall, ADD, form).content.decode()
    assert 'name="confirm" value="2026-02-27" data-confirms="id_date">' in asked
    form |= {"confirm": "2026-02-27"}
    sent(clerk, hall, ADD, form | {"dimension-0": ["PLANT", ""]})
    journal = Journal.objects.get(entity=hall)
    assert str(journal.effective_date) == "2026-02-27"
    assert journal.postings.get(line=1).dimensions == {"cost_centre": "PLANT"}


def test_a_journal_is_copied_into_the_editor(clerk: Client, hall: Entity) -> None:
    lines = (("6310", "Hall", "1.50", ""), ("3300", "", "", "1.50"))
    form = typed(opened(clerk, hall), *lines, description="Rent", post="1") | {"dimension-0": ["PLANT", ""]}
    sent(clerk, hall, ADD, form)
    journal = Journal.objects.get(entity=hall)
    body = clerk.get(page_of(journal)).content.decode()
    assert f'{in_books(hall, ADD)}?copy={journal.pk}" data-key="c"' in body
    copy = opened(clerk, hall, copy=str(journal.pk))
    assert [copy[name][:2] for name in (*NAMES, "dimension-0")] == [
        ["6310", "3300"], ["Hall", ""], ["1.50", ""], ["", "1.50"], ["PLANT", ""],
    ]  # fmt: skip
    assert copy["description"] == ["Rent"]
    blind = a_member_of_staff("journals.add_journal")
    assert opened(blind, hall, copy=str(journal.pk))["description"] == [""]
    assert opened(clerk, an_entity(), copy=str(journal.pk))["description"] == [""]


def test_what_is_missing_is_filled_in_once_for_each_currency(clerk: Client, hall: Entity) -> None:
    an_account(hall, "1001", name="Dollars", currency="USD")
    lines = (
        ("6310", "", "5", ""), ("1001", "", "", "7"), ("3300", "", "=", ""), ("1001", "", "", "="),
        ("1400", "", "=", ""), ("", "", "=", ""),
    )  # fmt: skip
    answer = sent(clerk, hall, CHECK, typed(opened(clerk, hall), *lines)).json()
    rows = answer["rows"]
    assert [(rows[row]["debit"], rows[row]["credit"]) for row in ("3", "4", "5")] == [
        ("", "5.00"),
        ("7.00", ""),
        (None, None),
    ]
    assert "Nothing is missing here" in rows["5"]["refusals"][0]["message"]
    assert "Nothing is missing here" in rows["6"]["refusals"][1]["message"]
    assert [(one["currency"], one["said"]) for one in answer["totals"]] == [
        ("EUR", "Balanced ✓"),
        ("USD", "Balanced ✓"),
    ]


def test_accounts_are_offered_by_code_name_and_owner(clerk: Client, hall: Entity) -> None:
    an_account(hall, "2000", "liability", name="Wallet", owner_id="olga", currency="USD")
    an_account(hall, "6", "expense", name="Expenses", is_header=True)

    def offered(text: str) -> list[str]:
        rows = clerk.get(f"{ADD}accounts/", {"entity": hall.code, "q": text}).json()["accounts"]
        return [row["code"] for row in rows]

    assert offered("63") == ["6310", "6320"]
    assert offered("rent") == ["6310", "6320"]
    assert offered("machine") == ["6320"]
    assert offered("OLGA") == ["2000"]
    assert [offered(text) for text in ("", "_", "x" * 300, "\x00")] == [[]] * 4


def test_what_a_person_uses_most_is_offered_first_to_him_alone(clerk: Client, hall: Entity) -> None:
    lines = (("6320", "", "5.00", ""), ("6320", "", "1.00", ""), ("1000", "", "6.00", ""), ("3300", "", "", "12.00"))
    form = typed(opened(clerk, hall), *lines, post="1")
    for _ in range(2):
        sent(clerk, hall, ADD, form)  # a reload counts once
    address = f"{in_books(hall, ADD)}accounts/"
    rents = clerk.get(address, {"q": "rent"}).json()["accounts"]
    assert [(one["code"], one["used"]) for one in rents] == [
        ("6320", "used 1 \N{MULTIPLICATION SIGN} by you"),
        ("6310", ""),
    ]
    other = a_member_of_staff("journals.add_journal")
    assert [one["code"] for one in other.get(address, {"q": "rent"}).json()["accounts"]] == ["6310", "6320"]


def test_a_template_fills_the_editor_and_its_journal_says_so(hall: Entity) -> None:
    clerk = a_member_of_staff("journals.add_journal", "journals.view_journal", "operations.view_templateversion")
    row = activated(hall, "rent", moving("6310", "3300", name="Rent of a hall", description="Rent {amount}"))
    takes_two = activated(hall, "risky", moving("6310", "3300", name="Risky", four_eyes=True))
    page = clerk.get(in_books(hall, ADD))
    choice = reverse("admin:operations_templateversion_into_journal")
    assert in_books(hall, choice) in page.content.decode()
    choices = text_of(clerk.get(in_books(hall, choice)))
    assert "Rent of a hall" in choices
    assert "Risky" not in choices
    assert "four_eyes" in str(takes_two.read())
    address = f"{in_books(hall, choice)}?template={row.pk}"
    asked = clerk.get(address)
    key = {"_key": asked.context["form"]["_key"].value()}
    assert "This field is required." in text_of(clerk.post(address, key))
    clerk.post(address, key | {"amount": "1,200.00"})
    editor = clerk.post(address, key | {"amount": "1,200.00"}, follow=True)
    form = fields_of(editor)
    assert (form["account"][:2], form["debit"][0], form["credit"][1]) == (["6310", "3300"], "1,200.00", "1,200.00")
    assert "Made from template rent v1" in text_of(editor)
    kept = JournalDraft.objects.get(entity=hall)
    assert decoded(kept.content).date == hall.business_date.isoformat()
    again = clerk.post(address, key | {"amount": "1,250.00"})  # Back, and another amount: another draft, once told
    assert "What this page was sent with before is done." in text_of(again)
    assert again.context["form"]["_key"].value() != key["_key"]
    changed = form | {"debit": ["1,300.00", *form["debit"][1:]], "credit": ["", "1,300.00", *form["credit"][2:]]}
    sent(clerk, hall, ADD, changed | {"post": "1"})
    journal = Journal.objects.get(entity=hall)
    assert (journal.kind, journal.metadata, journal.template) == ("manual", {"template": "rent v1"}, None)
    assert journal.description == "Rent 1200"
    assert verify_books(hall.id) == []
    reader = a_member_of_staff("operations.view_templateversion")
    assert reader.get(address).status_code == 403


def test_who_may_not_post_sees_no_way_to_it(hall: Entity, clerk: Client) -> None:
    sent(clerk, hall, ADD, typed(opened(clerk, hall), ("6310", "", "1", ""), ("3300", "", "", "1"), post="1"))
    journal = Journal.objects.get(entity=hall)
    reader = a_member_of_staff("journals.view_journal")
    body = reader.get(page_of(journal)).content.decode()
    assert [key for key in ("r", "c", "n") if f'data-key="{key}"' in body] == []
    assert ADD not in reader.get(JOURNALS, {"entity": hall.code}).content.decode()
    for address in (ADD, f"{JOURNALS}{journal.pk}/reverse/", f"{ADD}accounts/"):
        assert reader.get(address, {"entity": hall.code}).status_code == 403
    for address in (ADD, CHECK, f"{JOURNALS}{journal.pk}/reverse/"):
        assert reader.post(address, {"post": "1"}).status_code == 403
    assert clerk.get(CHECK).status_code == 405


def test_the_number_of_queries_does_not_depend_on_the_lines(clerk: Client, hall: Entity) -> None:
    person, counts = person_behind(clerk), []
    opened(clerk, hall)  # what is read once for all pages
    for number in (2, 60):
        sheet = Sheet(key="k", text="6310;;1;\n" * number + f"3300;;;{number}\n")
        draft = uuid7()
        keep(hall.id, person, draft, 0, sheet)
        counts.append(queries(clerk, f"{ADD}?entity={hall.code}&draft={draft}"))
    assert counts[0] == counts[1]


def test_a_form_without_its_hidden_fields_is_no_fault(clerk: Client, hall: Entity) -> None:
    page = sent(clerk, hall, ADD, {"account": ["6310"], "draft": "x", "revision": "-1", "check": "1"})
    assert page.status_code == 200
    assert str(UUID(fields_of(page)["draft"][0])) == fields_of(page)["draft"][0]
    assert json.loads(sent(clerk, hall, CHECK, {}).content)["revision"] == 0


def test_two_at_a_time_post_one_journal(clerk: Client, hall: Entity) -> None:
    form = typed(opened(clerk, hall), ("6310", "", "1", ""), ("3300", "", "", "1"), post="1")
    racers = [Racer(partial(sent, a_tab_of(clerk), hall, ADD, form)) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(PATIENCE_SECONDS)
    assert {racer.outcome.url for racer in racers} == {page_of(Journal.objects.get(entity=hall))}


def a_tab_of(client: Client) -> Client:
    """The same session in another thread."""
    tab = Client()
    tab.cookies = client.cookies
    return tab
