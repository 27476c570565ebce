"""Which files are taken: by the ending of their name and by their first bytes, both of which must agree. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from journals.attachments.errors import AttachmentNameRefused, AttachmentTypeRefused
from ledgerflow.core.texts import is_storable

MAX_NAME = 150
MOST = 20  # attachments of a journal
BOM = b"\xef\xbb\xbf"
OFFICE = "application/vnd.openxmlformats-officedocument."
OASIS = "application/vnd.oasis.opendocument."
ZIP = (b"PK\x03\x04",)


class FileKind(NamedTuple):
    """A type of files. `begins` are the bytes of which one comes first; any where there is none."""

    content_type: str
    begins: tuple[bytes, ...] = ()
    is_text: bool = False


KINDS = {
    "pdf": FileKind("application/pdf", (b"%PDF-",)),
    "png": FileKind("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": FileKind("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": FileKind("image/jpeg", (b"\xff\xd8\xff",)),
    "txt": FileKind("text/plain", is_text=True),
    "csv": FileKind("text/csv", is_text=True),
    "xml": FileKind("application/xml", (b"<",), is_text=True),
    "docx": FileKind(f"{OFFICE}wordprocessingml.document", ZIP),
    "xlsx": FileKind(f"{OFFICE}spreadsheetml.sheet", ZIP),
    "pptx": FileKind(f"{OFFICE}presentationml.presentation", ZIP),
    "odt": FileKind(f"{OASIS}text", ZIP),
    "ods": FileKind(f"{OASIS}spreadsheet", ZIP),
    "odp": FileKind(f"{OASIS}presentation", ZIP),
}
KNOWN = ", ".join(KINDS)


def checked_name(name: str) -> str:
    """The name without folders, which some programs send along. Raises `AttachmentNameRefused`.

    Characters that cannot be seen are refused: one of them makes `exe.pdf` of a name that ends otherwise.
    """
    found = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1]).strip()
    is_seen = is_storable(found) and not any(unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"} for one in found)
    if not is_seen or not 0 < len(found) <= MAX_NAME:
        raise AttachmentNameRefused(pointer="/name", most=MAX_NAME)
    return found


def kind_of(name: str) -> FileKind:
    """The type that the ending of a name says. Raises `AttachmentTypeRefused`."""
    _, point, ending = name.rpartition(".")
    found = KINDS.get(ending.lower()) if point else None
    if found is None:
        raise AttachmentTypeRefused(pointer="/name", name=name, reason="its name has another ending.", known=KNOWN)
    return found


def check_begin(name: str, kind: FileKind, first: bytes) -> None:
    """Raise `AttachmentTypeRefused` unless the first bytes are those of the type that the name says."""
    found = first.removeprefix(BOM).lstrip() if kind.is_text else first
    if kind.begins and not found.startswith(kind.begins):
        raise AttachmentTypeRefused(name=name, reason="its content is not what its name says.", known=KNOWN)
    check_part(name, kind, first)


def check_part(name: str, kind: FileKind, part: bytes) -> None:
    """Raise `AttachmentTypeRefused` for a text that holds what no text does."""
    if kind.is_text and b"\x00" in part:
        raise AttachmentTypeRefused(name=name, reason="it is no text in UTF-8 or Latin-1.", known=KNOWN)
