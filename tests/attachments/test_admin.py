"""Attachments on the page of a journal: listed, attached, fetched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from journals.attachments.attaching import attachments_of
from journals.attachments.storing import place_of
from journals.models import Journal
from ledgerflow.core.ids import uuid7
from ledgerflow.desk.models import Preference
from tests.attachments.filing import PDF, a_book, attached
from tests.client import Reply
from tests.pages import JOURNALS, column, page_of, text_of, without_label
from tests.people import a_member_of_staff, person_behind, queries

pytestmark = pytest.mark.every_server


@pytest.fixture
def clerk() -> Client:
    return a_member_of_staff("journals.add_journal", "journals.view_journal")


@pytest.fixture
def journal() -> Journal:
    _, journal = a_book()
    return Journal.objects.get(pk=journal)


def sent(client: Client, journal: Journal, *files: tuple[str, bytes], key: str = "desk:1") -> Any:
    address = page_of(journal).replace("/change/", "/attach/")
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(address, {"files": uploads, "key": key}, follow=True)


def test_files_are_attached_listed_and_fetched(clerk: Client, journal: Journal, settings: Settings) -> None:
    settings.LEDGERFLOW_ATTACHMENT_BYTES = 50_000
    large = ("list.csv", b"a;b\n" * 10_000)
    done = sent(clerk, journal, ("invoice.pdf", PDF), large)
    assert done.redirect_chain[-1][0] == f"{page_of(journal)}#attachments"
    page = text_of(done)
    assert "2 files are attached." in page
    assert "Attachments (2) File Type Size By Attached invoice.pdf PDF 17 bytes" in page
    assert "list.csv CSV 40.0 kB" in page
    assert without_label(done.content.decode()) == []
    assert {row.actor for row in attachments_of(journal.entity_id, journal.pk)} == {person_behind(clerk)}
    for files, key, said in (
        ([("invoice.pdf", PDF), large], "desk:1", "This was attached already."),
        ([("invoice.pdf", PDF)], "desk:2", "Journal 1 has this file already, as invoice.pdf."),
        ([("run.exe", b"MZ"), ("b.txt", b"b")], "desk:2", "The file run.exe is not taken"),
        ([("b.txt", b"b" * 50_001)], "desk:2", "The file b.txt is too large"),
        ([("b.txt", b"b")], "", "needs an idempotency key"),
        ([("b.txt", b"b")], "a b", "has 1 to 255 visible ASCII characters"),
        ([], "desk:2", "Choose a file first."),
    ):  # fmt: skip
        assert said in text_of(sent(clerk, journal, *files, key=key)), said
    (link,) = re.findall(r'href="([^"]*)">invoice\.pdf<', done.content.decode())
    file = clerk.get(link)
    assert Reply(file).content == PDF
    assert file.headers["Content-Disposition"] == 'attachment; filename="invoice.pdf"'
    assert file.headers["Content-Security-Policy"].endswith("sandbox")
    place = place_of(link.split("/")[-2])
    place.write_bytes(b"%PDF-changed")
    assert "was changed since" in text_of(clerk.get(link, follow=True))
    place.write_bytes(PDF)
    assert "no such attachment" in text_of(clerk.get(link.replace(link.split("/")[-2], "x" * 64), follow=True))
    assert "no such attachment" in text_of(clerk.get(link.replace(link.split("/")[-2], "%00"), follow=True))
    Preference.objects.create(user=User.objects.get(pk=clerk.session["_auth_user_id"]), language="de")
    said = text_of(sent(clerk, journal, ("run.exe", b"MZ"), key="desk:3"))
    assert "Die Datei run.exe wird nicht angenommen" in said


def test_auditors_read_and_others_see_nothing(journal: Journal) -> None:
    sha256 = attached(journal.entity, journal.pk).attachments[0].sha256
    auditor, stranger = a_member_of_staff("journals.view_journal"), a_member_of_staff("accounts.view_account")
    file = page_of(journal).replace("/change/", f"/attachments/{sha256}/")
    page = auditor.get(page_of(journal)).content.decode()
    assert "invoice.pdf" in page
    assert 'type="file"' not in page
    assert Reply(auditor.get(file)).content == PDF
    assert sent(auditor, journal, ("b.txt", b"b")).status_code == 403
    assert [stranger.get(address).status_code for address in (file, page_of(journal))] == [403, 403]
    assert sent(stranger, journal, ("b.txt", b"b")).status_code == 403
    gone = page_of(journal).replace(str(journal.pk), str(uuid7())).replace("/change/", f"/attachments/{sha256}/")
    assert "There is no journal with the id" in text_of(auditor.get(gone, follow=True))


def test_the_number_of_queries_does_not_depend_on_attachments(clerk: Client, journal: Journal) -> None:
    attached(journal.entity, journal.pk)
    few = queries(clerk, page_of(journal))
    for number in range(5):
        attached(journal.entity, journal.pk, f"{number}.txt", str(number).encode())
    assert queries(clerk, page_of(journal)) == few
    assert column(clerk, JOURNALS, "files", entity=journal.entity.code) == ["6"]
    alone = a_book()[0]
    assert column(clerk, JOURNALS, "files", entity=alone.code) == []


def test_a_form_that_says_it_is_far_too_large_is_not_read(
    clerk: Client, journal: Journal, settings: Settings, tmp_path: Path
) -> None:
    """Before anybody is asked who he is, its files would be written to the disk."""
    settings.LEDGERFLOW_ATTACHMENT_BYTES = settings.LEDGERFLOW_MAX_BODY_BYTES = 1024
    settings.FILE_UPLOAD_TEMP_DIR, settings.FILE_UPLOAD_MAX_MEMORY_SIZE = str(tmp_path), 0
    stranger = Client(enforce_csrf_checks=True)
    stranger.get("/admin/login/")  # with the cookie from there, the form is looked at for its token
    for client in (clerk, stranger):
        assert sent(client, journal, ("a.txt", b"a" * 22 * 1024)).status_code == 400
    assert list(tmp_path.iterdir()) == []
    assert "The file a.txt is too large" in text_of(sent(clerk, journal, ("a.txt", b"a" * 20 * 1024)))
