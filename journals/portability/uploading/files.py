"""Uploaded files: kept beside the books under the hash of their bytes, and what people say of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from journals.portability.chart import ACCOUNT_FIELDS, AccountOptions
from journals.portability.drafting import LINE_FIELDS, TRANSFER_FIELDS, JournalOptions
from journals.portability.models import MAX_FILE_NAME, ImportKind, ImportRun, ImportUpload, UploadKind
from journals.portability.runs import given_options
from journals.portability.uploading.guessing import guessed_columns, guessed_group
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.files.layout import delimiter_of
from ledgerflow.files.problems import FileProblem
from ledgerflow.files.rows import SourceFile, examine, open_rows

Options = AccountOptions | JournalOptions
FIELDS = {
    UploadKind.ACCOUNTS: ACCOUNT_FIELDS,
    UploadKind.TRANSFERS: TRANSFER_FIELDS,
    UploadKind.JOURNALS: LINE_FIELDS,
}
MOST_OPEN = 20  # files of a person that are not imported yet, shown


def place_of(file_hash: str) -> Path:
    """Where the file with these bytes lies."""
    return Path(settings.LEDGERFLOW_HOME) / "imports" / f"{file_hash}.csv"


def store(content: bytes) -> str:
    """Keep a file and give the SHA-256 of its bytes; the same bytes are kept once. Raises `FileProblem`."""
    file_hash = sha256(content).hexdigest()
    place = place_of(file_hash)
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not place.exists():
            _write_whole(place, content)
    except OSError as error:
        message = f"The file cannot be kept in {place.parent}: {error.strerror or error}."
        raise FileProblem(message) from error
    return file_hash


def _write_whole(place: Path, content: bytes) -> None:
    """Under its name it is complete, whoever is killed meanwhile."""
    with NamedTemporaryFile(dir=place.parent, prefix=".upload-", delete=False) as half:
        try:
            half.write(content)
            half.flush()
            os.fsync(half.fileno())
            Path(half.name).replace(place)
        except OSError:
            Path(half.name).unlink(missing_ok=True)
            raise


def source_of(upload: ImportUpload) -> SourceFile:
    """The file as it lies there. Raises `FileProblem` where it is gone, is another one, or cannot be read."""
    source = examine(place_of(upload.file_hash), str(upload.options.get("encoding", "")))
    if source.sha256 != upload.file_hash:
        message = f"{source.path} is not the file that was uploaded."
        raise FileProblem(message)
    return source


def header_of(upload: ImportUpload, source: SourceFile) -> list[str]:
    """The headings of its columns. Raises `FileProblem`."""
    delimiter = delimiter_of(source, str(upload.options.get("delimiter", "")))
    with open_rows(source, delimiter.mark) as (header, _):
        return header


def begin_upload(entity: Entity, person: str, kind: str, file_name: str, content: bytes, **said: str) -> ImportUpload:
    """Take a file in, with what was said of its encoding and delimiter. Raises `FileProblem` kinds."""
    if not content:
        message = "The file is empty: the first line must name the columns."
        raise FileProblem(message)
    upload = ImportUpload(
        entity=entity,
        person=person,
        kind=kind,
        file_name=file_name[:MAX_FILE_NAME],
        file_hash=store(content),
        options={name: value for name, value in said.items() if value},
    )
    header_of(upload, source_of(upload))  # what cannot be read is known now
    upload.save(force_insert=True)
    return upload


def suggested_options(upload: ImportUpload, header: list[str]) -> dict[str, Any]:
    """How the last file with these headings was read into these books, else what the headings say."""
    kind = ImportKind.ACCOUNTS if upload.kind == UploadKind.ACCOUNTS else ImportKind.JOURNALS
    grouped = upload.kind == UploadKind.JOURNALS
    runs = ImportRun.objects.filter(entity_id=upload.entity_id, kind=kind, header=header, options__has_key="columns")
    of_shape = runs.filter(options__has_key="group_by") if grouped else runs.exclude(options__has_key="group_by")
    of_shape = of_shape.exclude(options__has_key="format")  # hledger's
    last = of_shape.order_by("-started_at").values_list("options", flat=True).first()
    if last is not None:
        return {name: value for name, value in last.items() if name not in {"actor", "again", "advance"}}
    group = guessed_group(header) if grouped else ""
    fields = FIELDS[UploadKind(upload.kind)]
    return {"columns": guessed_columns(header, fields), "group_by": group}


def set_options(upload: ImportUpload, options: Options) -> None:
    """Keep what was said of the columns, unless the file was sent meanwhile."""
    own = ImportUpload.objects.filter(pk=upload.pk, sent_at=None)
    own.update(options=given_options(options), mapped_at=clocks.now(), problem="")


def options_of(upload: ImportUpload) -> Options:
    """What was said, as the import takes it."""
    if upload.kind == UploadKind.ACCOUNTS:
        return msgspec.convert(upload.options, AccountOptions)
    return msgspec.convert(upload.options, JournalOptions)


def times_undone(entity_id: UUID, file_hash: str) -> int:
    """How many imports of this file were taken back as a whole."""
    return ImportRun.objects.filter(entity_id=entity_id, file_hash=file_hash, undone_at__isnull=False).count()


def open_uploads(entity: Entity, person: str) -> Iterable[ImportUpload]:
    """The files of a person that are not imported yet, the newest first."""
    own = ImportUpload.objects.filter(entity=entity, person=person, run=None)
    return own.order_by("-uploaded_at")[:MOST_OPEN]
