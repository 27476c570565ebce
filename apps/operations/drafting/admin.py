"""The admin's form for drafting: templates in TOML, pasted or from a file, looked at before they are drafted."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from apps.operations.definitions import MAX_DEFINITION_BYTES, Definition
from apps.operations.drafting.previewing import draft, preview
from apps.operations.errors import TemplateFileRefused
from apps.operations.files import read_templates
from apps.operations.models import TemplateVersion
from apps.operations.versions import Drafted
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.phrases import phrase
from ledgerflow.web.admin_base import AddingAdmin, LedgerForm, actor_of, attempt

MAX_CHARACTERS = 16 * MAX_DEFINITION_BYTES  # of a file: sixteen of the largest templates
TEXT_HELP = "One or more tables [[templates]], as export_templates writes them."
FILE_HELP = "In place of the text: a file of TOML in UTF-8. Its text is shown above after it was checked."


class DraftForm(LedgerForm):
    """Templates in TOML. A file takes the place of the text, and is in the field from then on."""

    text = forms.CharField(
        max_length=MAX_CHARACTERS,
        strip=False,
        help_text=TEXT_HELP,
        widget=forms.Textarea(attrs={"rows": 28, "class": "lf-code", "spellcheck": "false"}),
    )
    file = forms.FileField(required=False, help_text=FILE_HELP)

    def templates(self) -> dict[str, Definition]:
        """What the text says. Its refusal stands beside the text."""
        try:
            return read_templates(self.cleaned_data["text"])
        except LedgerError as refusal:
            refusal.pointer = "/text"
            raise


def draft_page(admin: AddingAdmin[TemplateVersion], request: HttpRequest, entity: Entity, text: str) -> HttpResponse:
    """The form: `text` to begin with, then what it would do, then what was drafted."""
    is_sent = request.method == "POST"
    form = DraftForm(initial={"text": text})
    found = None
    if is_sent:
        form = DraftForm(request.POST)
        uploaded = attempt(form, partial(_text_of, request)) if "file" in request.FILES else request.POST.get("text")
        if uploaded is not None and "file" in request.FILES:
            form = DraftForm({"text": uploaded})
        if uploaded is not None and form.is_valid():
            templates = attempt(form, form.templates)
            if templates is not None and "_draft" in request.POST:
                done = attempt(form, partial(draft, entity.id, templates, actor=actor_of(request)))
                if done is not None:
                    return _after(request, entity, done)
            elif templates is not None:
                found = preview(entity.id, templates)
    return admin.page(
        request, "ledgerflow/admin/template_draft.html", gettext("Draft versions of templates"), form=form,
        entity=entity, found=found, action="Check",
    )  # fmt: skip


TOO_LONG = phrase("it has more than {most} bytes.")


def _text_of(request: HttpRequest) -> str:
    upload: Any = request.FILES["file"]
    if upload.size > MAX_CHARACTERS:
        raise TemplateFileRefused(reason=TOO_LONG.format(most=MAX_CHARACTERS), pointer="/file")
    try:
        return str(upload.read().decode())
    except UnicodeDecodeError as error:
        raise TemplateFileRefused(reason="it is not in UTF-8.", pointer="/file") from error


def _after(request: HttpRequest, entity: Entity, done: list[Drafted[TemplateVersion]]) -> HttpResponse:
    for one in done:
        said_of_it = (
            gettext("%(version)s is there already.")
            if one.status == "same"
            else gettext("%(version)s is drafted: %(status)s.")
        )
        messages.success(request, said_of_it % {"version": one.version, "status": gettext(one.status)})
    if len(done) == 1:
        return redirect("admin:operations_templateversion_change", done[0].version.pk)
    page = redirect("admin:operations_templateversion_changelist")
    page["Location"] += f"?entity={entity.code}"
    return page
