"""Forms with files: how large one may be in whole, which is known before anything of it is written to the disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

MOST_FILES = 20  # of the largest size, in one form


class BoundedUploads(FileUploadHandler):
    """Stands before Django's own handlers: they write whatever comes to the disk, before anybody is asked who he is."""

    def handle_raw_input(self, _input: Any, _meta: dict[str, Any], content_length: int, *_rest: Any) -> None:
        """Refuse a form that says it is larger. Raises `RequestDataTooBig`, which is answered with 400."""
        if content_length > settings.LEDGERFLOW_MAX_BODY_BYTES + MOST_FILES * settings.LEDGERFLOW_ATTACHMENT_BYTES:
            message = "A form with files is larger than twenty of them may be."
            raise RequestDataTooBig(message)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002 - Django's signature
        """Left to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The same."""
