"""Which files are taken, by name and by content."""

from __future__ import annotations

import pytest

from journals.attachments.errors import AttachmentNameRefused, AttachmentTypeRefused
from journals.attachments.kinds import KINDS, MAX_NAME, check_begin, check_part, checked_name, kind_of

pytestmark = pytest.mark.pure
BEGINS = {
    "pdf": b"%PDF-1.4", "png": b"\x89PNG\r\n\x1a\n\x00", "jpg": b"\xff\xd8\xff\xe0", "xml": b"\xef\xbb\xbf \n<?xml ?>",
    "txt": "Schöne Grüße".encode("latin-1"), "csv": b"a;b\n", "docx": b"PK\x03\x04\x14",
}  # fmt: skip


@pytest.mark.parametrize(
    "given, name",
    [("a.pdf", "a.pdf"), (r"C:\bills\a.pdf", "a.pdf"), ("../../etc/a.pdf", "a.pdf"), (" a\u0308.pdf ", "\u00e4.pdf")],
    ids=["plain", "windows", "upwards", "composed"],
)  # fmt: skip
def test_a_name_has_no_folders(given: str, name: str) -> None:
    assert checked_name(given) == name


@pytest.mark.parametrize(
    "given",
    ["", " ", "a/", "a\n.pdf", "a\x00.pdf", "\ud800.pdf", "fdp.\u202eexe.pdf", "x" * MAX_NAME + ".pdf"],
    ids=["none", "space", "folder", "line", "nul", "surrogate", "turned", "long"],
)
def test_a_name_that_cannot_be_read_is_refused(given: str) -> None:
    with pytest.raises(AttachmentNameRefused):
        checked_name(given)


@pytest.mark.parametrize("name", ["a", "pdf", "a.html", "a.svg", "a.pdf.exe", "a.", ".pdf.js"])
def test_another_ending_is_refused(name: str) -> None:
    with pytest.raises(AttachmentTypeRefused, match="pdf, png"):
        kind_of(name)


@pytest.mark.parametrize("ending", BEGINS)
def test_the_content_is_what_the_name_says(ending: str) -> None:
    kind = kind_of(f"A.{ending.upper()}")
    check_begin("a", kind, BEGINS[ending])
    for other in ("pdf", "png", "jpg", "xml", "docx"):
        if KINDS[other] is not kind and kind.begins:
            with pytest.raises(AttachmentTypeRefused):
                check_begin("a", kind, BEGINS[other])


def test_a_text_holds_no_nul_anywhere() -> None:
    with pytest.raises(AttachmentTypeRefused, match="no text"):
        check_begin("a.txt", KINDS["txt"], BEGINS["png"])
    with pytest.raises(AttachmentTypeRefused, match="no text"):
        check_part("a.csv", KINDS["csv"], b"a;b\x00")
