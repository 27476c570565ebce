"""Refusals of files that go with journals."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound, TryAgain


class AttachmentNameRefused(Malformed):
    template = "The name of a file has 1 to {most} characters that can be read, and no control characters."


class AttachmentTypeRefused(LedgerError):
    """Neither its name nor its first bytes make it one of the types that are taken."""

    code = "attachment_type_refused"
    template = "The file {name} is not taken: {reason} A file is one of {known}."


class AttachmentEmpty(LedgerError):
    """The file has no bytes."""

    code = "attachment_empty"
    template = "The file {name} is empty."


class AttachmentTooLarge(LedgerError):
    """The file has more bytes than `LEDGERFLOW_ATTACHMENT_BYTES`."""

    code = "attachment_too_large"
    status = 413
    template = "The file {name} is too large: it may have {most} bytes."


class TooManyAttachments(LedgerError):
    """The journal has as many as it can have."""

    code = "too_many_attachments"
    template = "A journal has at most {most} attachments."
    constraints = ("attachment_number_within",)


class AttachedAlready(LedgerError):
    """The journal has this very file, perhaps under another name."""

    code = "attached_already"
    status = 409
    template = "Journal {journal} has this file already, as {name}."
    constraints = ("attachment_once",)


class AttachmentNotFound(NotFound):
    template = "This journal has no such attachment."


class AttachmentChanged(LedgerError):
    """What lies in the folder is not what was attached: somebody changed the file, or the disk did."""

    code = "attachment_changed"
    status = 409
    template = "The file of {name} was changed since it was attached: its SHA-256 is not the one in the books."


class AttachmentMissing(TryAgain):
    """The folder is not there, as when it is not mounted, or the file in it is gone."""

    code = "attachment_missing"
    template = "The file of {name} cannot be read just now."


class AttachmentsAway(TryAgain):
    """The folder cannot be written: it is full, read-only or not mounted."""

    code = "attachments_away"
    template = "Files cannot be kept just now; nothing was written."
