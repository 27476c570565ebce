"""An attachment as an answer: a file to save, which no browser shows or runs as a part of our pages."""

from __future__ import annotations

from django.http import FileResponse

from journals.attachments.attaching import file_of
from journals.attachments.models import Attachment
from journals.attachments.storing import opened


def download(attachment: Attachment) -> FileResponse:
    """The file. Raises `AttachmentMissing` or `AttachmentChanged`, before anything of it is sent."""
    response = FileResponse(
        opened(file_of(attachment)), as_attachment=True, filename=attachment.name, content_type=attachment.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
