"""The desk's pages of imports: a file is uploaded, mapped, previewed, imported once and taken back once."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from journals.models import Journal
from journals.portability.models import ImportRefusal, ImportRun, ImportUpload
from journals.portability.uploading import carrying_out, undoing
from journals.portability.uploading.carrying_out import send
from journals.portability.uploading.undoing import ask_to_undo, carry_undo_on
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.files.watching import Watch
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.importing import balances, counts, csv_file, import_journals
from tests.jobs import tick_for
from tests.pages import in_books, page_of, read, text_of, without_label
from tests.people import a_member_of_staff, person_behind, queries

MAY = (
    "portability.add_importrun", "portability.view_importrun", "journals.add_journal", "journals.view_journal",
    "accounts.add_account",
)  # fmt: skip
LIST = "/admin/portability/importrun/"
GERMAN = (
    "Buchungsdatum;Sollkonto;Habenkonto;Betrag;Buchungstext\n"
    "02.03.2026;6815;1200;1.249,90;Bürobedarf Müller\n"
    "02.03.2026;1200;4400;11.900,00;Rechnung 4711\n"
    "31.02.2026;6815;1200;1,00;Nie\n"
    "02.03.2026;6815;9999;5,00;Wohin\n"
).encode("cp1252")


@pytest.fixture
def books() -> Entity:
    made = an_entity(name="Müller")
    an_account(made, "1200", name="Bank")
    an_account(made, "4400", "income", name="Sales")
    an_account(made, "6815", "expense", name="Office")
    return made


@pytest.fixture
def clerk() -> Client:
    return a_member_of_staff(*MAY)


def uploaded(client: Client, entity: Entity, content: bytes, kind: str = "transfers", **said: str) -> Any:
    """The page that a file leads to."""
    form = {"kind": kind, "file": SimpleUploadedFile("march.csv", content), **said}
    return client.post(in_books(entity, f"{LIST}add/"), form, follow=True)


def form_of(page: Any) -> dict[str, Any]:
    """What the page of columns would send as it is."""
    form = page.context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, False)}


def mapped(client: Client, page: Any, **changed: Any) -> Any:
    """The preview after the columns were sent as they were guessed, but for what is changed."""
    address = page.redirect_chain[-1][0]
    return client.post(address, form_of(page) | changed, follow=True)


def imported(client: Client, preview: Any) -> Any:
    address, shown = preview.redirect_chain[-1][0], preview.context["mapping"]
    return client.post(address, {"mapped_at": shown}, follow=True)


def transfers(*rows: tuple[str, str, str]) -> bytes:
    lines = ["date,debit_account,credit_account,amount", *(f"{TODAY},{','.join(row)}" for row in rows)]
    return "\n".join(lines).encode()


def run_in(entity: Entity) -> ImportRun:
    return ImportRun.objects.get(entity=entity)


def test_a_file_is_uploaded_mapped_previewed_and_imported_once(clerk: Client, books: Entity) -> None:
    refused = text_of(uploaded(clerk, books, GERMAN))
    assert "It may be" in refused
    assert "“Encoding”" in refused
    columns = uploaded(clerk, books, GERMAN, encoding="cp1252")
    assert without_label(columns.content.decode()) == []
    assert "Bürobedarf Müller" in text_of(columns)
    guessed = {name: value for name, value in form_of(columns).items() if name.startswith("column:") and value}
    assert guessed == {
        "column:date": "Buchungsdatum", "column:debit_account": "Sollkonto", "column:credit_account": "Habenkonto",
        "column:amount": "Betrag", "column:description": "Buchungstext",
    }  # fmt: skip
    preview = mapped(clerk, columns, date_format="DD.MM.YYYY")
    shown = text_of(preview)
    assert "Rows 4 Journals to post 2 Posted before 0 Refused 2 Debits in EUR 13,149.90" in shown
    assert "2 2026-03-02 Bürobedarf Müller 6815 1,249.90 1200 1,249.90" in shown
    assert "4 There is no day '31.02.2026'." in shown
    assert "5 There is no account '9999' in these books. /credit_account unknown_account" in shown
    upload = ImportUpload.objects.get(entity=books)
    assert (settings.LEDGERFLOW_HOME / "imports" / f"{sha256(GERMAN).hexdigest()}.csv").read_bytes() == GERMAN
    assert upload.person == person_behind(clerk)
    file: Any = clerk.get(reverse("admin:portability_importrun_refused", args=[upload.pk]), follow=True)
    rows = list(csv.DictReader(io.StringIO(b"".join(file.streaming_content).decode())))
    assert [(row["Buchungstext"], row["row"], row["code"]) for row in rows] == [
        ("Nie", "4", "malformed"), ("Wohin", "5", "unknown_account"),
    ]  # fmt: skip
    assert not Journal.objects.filter(entity=books).exists()
    assert "march.csv" in read(clerk, in_books(books, LIST))
    pages = [text_of(imported(clerk, preview)) for _ in range(2)]
    assert ["State done Posted 2 Refused 2" in page for page in pages] == [True, True]
    assert balances(books) == {"1200": Decimal("10650.10"), "6815": Decimal("1249.90"), "4400": Decimal("-11900.00")}
    assert counts(run_in(books)) == {"posted": 2, "refused": 2}
    assert {one.actor for one in Journal.objects.filter(entity=books)} == {person_behind(clerk)}
    listed = read(clerk, in_books(books, LIST))
    assert "march.csv journals" in listed
    assert "2 2 done" in listed
    assert "not imported yet" not in listed
    again = uploaded(clerk, books, GERMAN, encoding="cp1252")
    assert form_of(again)["date_format"] == "DD.MM.YYYY"  # as the last file with these headings was read
    assert "Posted 2" in text_of(imported(clerk, mapped(clerk, again)))
    assert Journal.objects.filter(entity=books).count() == 2
    assert verify_books(books.pk) == []


def test_an_import_is_undone_by_reversals_once_and_the_file_comes_anew(clerk: Client, books: Entity) -> None:
    an_account(books, "1000", name="Cash", min_balance="0")
    posted(books, a_transfer("6815", "1200", "3.00"))
    rows = transfers(("1000", "4400", "50.00"), ("6815", "1000", "20.00"), ("1200", "4400", "7.00"))
    imported(clerk, mapped(clerk, uploaded(clerk, books, rows)))
    run = run_in(books)
    posted(books, a_transfer("6815", "1000", "30.00"))
    undo = reverse("admin:portability_importrun_undo", args=[run.pk])
    shown = text_of(clerk.get(undo, follow=True))
    assert "Journals to reverse 3 Debits in EUR 77.00 Stand in the way 1" in shown
    assert "1000 has 20.00 available above its limit" in shown
    seer = a_member_of_staff(*MAY, "accounts.view_account")
    assert "1000 · Cash EUR \N{MINUS SIGN}30.00 \N{MINUS SIGN}30.00" in text_of(seer.get(undo, follow=True))
    assert "Balance after" not in shown  # who posts need not see what stands on the accounts
    assert "Reverse the other 2" in shown
    assert "This field is required." in text_of(clerk.post(undo, {}, follow=True))
    assert Journal.objects.filter(entity=books).count() == 5
    clerk.post(undo, {"reason": "Wrong file"})
    page = text_of(clerk.post(undo, {"reason": "Wrong file"}, follow=True))
    assert "1 journal could not be taken back and stands." in page
    assert "State undone in part" in page
    reversals = Journal.objects.filter(entity=books, reverses__isnull=False).order_by("number")
    assert [one.reverses.number for one in reversals if one.reverses] == [4, 3]
    assert {one.description for one in reversals} == {"Wrong file"}
    posted(books, a_transfer("1000", "4400", "30.00"))
    assert "State undone" in text_of(clerk.post(undo, {"reason": "Another"}, follow=True))
    run.refresh_from_db()
    assert (run.undone_at is not None, run.undo_reason, undoing.journals_left(run)) == (True, "Wrong file", 0)
    page = imported(clerk, mapped(clerk, uploaded(clerk, books, rows)))
    assert "Posted 3" in text_of(page)
    assert verify_books(books.pk) == []


def test_what_was_killed_goes_on_with_the_job(
    clerk: Client, books: Entity, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr("journals.portability.runs.BATCH", 2)
    monkeypatch.setattr("journals.portability.admin.uploads.MOST_AT_ONCE", 2)
    monkeypatch.setattr(undoing, "BATCH", 2)
    rows = transfers(*[("6815", "1200", f"{number}.00") for number in range(1, 8)])
    page = imported(clerk, mapped(clerk, uploaded(clerk, books, rows)))
    assert page["Refresh"] == "5"
    assert "It is at line 4 of the file." in text_of(page)
    assert books.pk in carrying_out.books_with_work()
    tick_for("carry_on_imports", books.pk)
    run = run_in(books)
    assert counts(run) == {"posted": 7}
    assert "Refresh" not in clerk.get(page_of(run))
    ask_to_undo(run, reason="Twice", person=person_behind(clerk))
    carry_undo_on(run, Watch(should_stop=iter([False, True]).__next__))
    assert undoing.journals_left(run) == 5
    assert "5 journals are still to be taken back." in read(clerk, page_of(run))
    tick_for("carry_on_imports", books.pk)
    run.refresh_from_db()
    assert run.undone_at is not None
    assert balances(books) == {}
    assert books.pk not in carrying_out.books_with_work()
    path = csv_file(tmp_path / "old.csv", ("debit_account", "credit_account", "amount"), ("6815", "1200", "1"))
    import_journals(books, path)  # by the command: in the same list, and taken back as well
    by_command = ImportRun.objects.get(entity=books, path=str(path))
    by_command.batches.all().delete()
    assert "older than that" in read_after(clerk, reverse("admin:portability_importrun_undo", args=[by_command.pk]))


def read_after(client: Client, address: str) -> str:
    return text_of(client.get(address, follow=True))


def test_accounts_are_opened_and_stay_when_their_openings_are_undone(clerk: Client, books: Entity) -> None:
    rows = b"Konto,Bezeichnung,Art,Saldo\n1600,Loan,liability,100.00\n1200,Other,asset,\n"
    columns = uploaded(clerk, books, rows, kind="accounts")
    missing = mapped(clerk, columns)
    assert "Nothing says where currency comes from: use “Columns” or “Set”." in text_of(missing)
    preview = mapped(clerk, columns, **{"text:currency": "EUR", "opening_account": "1200"})
    assert "2 1600 Loan liability EUR" in text_of(preview)
    page = text_of(imported(clerk, preview))
    assert "Opened 1 There already 0 Posted 1 Refused 1" in page
    assert ImportRefusal.objects.get(run__entity=books).code == "account_exists"
    undo = reverse("admin:portability_importrun_undo", args=[run_in(books).pk])
    assert "The accounts that it opened stay" in text_of(clerk.post(undo, {"reason": "No"}, follow=True))
    assert balances(books) == {}
    assert Account.objects.filter(entity=books, code="1600").exists()


def test_what_stops_an_import_is_told_and_sent_again(clerk: Client, books: Entity) -> None:
    preview = mapped(clerk, uploaded(clerk, books, transfers(("6815", "1200", "1.00"))))
    upload = ImportUpload.objects.get(entity=books)
    place = settings.LEDGERFLOW_HOME / "imports" / f"{upload.file_hash}.csv"
    content = place.read_bytes()
    send(upload)
    place.unlink()
    carrying_out.carry_out(upload)
    assert (upload.run, upload.sent_at) == (None, None)
    assert "No such file" in upload.problem
    place.write_bytes(content)
    assert "State done Posted 1" in text_of(imported(clerk, preview))


def test_who_may_not_post_imports_nothing_and_sees_what_others_did(clerk: Client, books: Entity) -> None:
    columns = uploaded(clerk, books, transfers(("6815", "1200", "1.00")))
    mapped(clerk, columns)
    upload = ImportUpload.objects.get(entity=books)
    preview = in_books(books, reverse("admin:portability_importrun_preview", args=[upload.pk]))
    assert "said anew" in text_of(clerk.post(preview, {"mapped_at": "2026-01-01T00:00:00+00:00"}))
    assert not ImportRun.objects.filter(entity=books).exists()  # what is imported is what was looked at
    clerk.post(preview, {"mapped_at": clerk.get(preview).context["mapping"]})
    reader = a_member_of_staff("portability.view_importrun", "portability.add_importrun")
    assert "march.csv" in read(reader, in_books(books, LIST))
    for address in (f"{LIST}add/", preview, reverse("admin:portability_importrun_undo", args=[run_in(books).pk])):
        assert reader.get(in_books(books, address) if "/e/" not in address else address, follow=True).status_code == 403
    run = page_of(run_in(books))
    go_on, give_up = run.replace("/change/", "/go-on/"), run.replace("/change/", "/give-up/")
    assert [reader.post(address).status_code for address in (go_on, give_up)] == [403, 403]
    poster = a_member_of_staff(*MAY[:-1])
    ImportRun.objects.filter(entity=books).update(kind="accounts")
    assert [one.get(go_on).status_code for one in (poster, clerk)] == [403, 200]
    ImportRun.objects.filter(entity=books).update(kind="journals")
    assert poster.get(go_on).status_code == 200
    before = queries(clerk, run), queries(clerk, in_books(books, LIST))
    imported(clerk, mapped(clerk, uploaded(clerk, books, transfers(("6815", "9", "1.00"), ("6815", "8", "1.00")))))
    other = ImportRun.objects.filter(entity=books).order_by("started_at").last()
    assert (queries(clerk, page_of(other)), queries(clerk, in_books(books, LIST))) == before
