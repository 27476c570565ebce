"""The list of imports, the page of one, and taking one back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext

from journals.portability.admin.forms import UndoImportForm
from journals.portability.admin.uploads import (
    ONE_BATCH,
    columns_page,
    file_page,
    preview_page,
    refused_file,
    rows_download,
)
from journals.portability.models import ImportKind, ImportRun, ImportUpload, UploadKind
from journals.portability.rejects import refused_by_code, refused_of, still_refused
from journals.portability.uploading.carrying_out import MOST_AT_ONCE, carry_out, send
from journals.portability.uploading.files import open_uploads
from journals.portability.uploading.undoing import (
    MOST_ACCOUNTS,
    MOST_REHEARSED,
    UndoFound,
    ask_to_undo,
    carry_undo_on,
    journals_left,
    look_at_undo,
)
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.locales.current import amount_text
from ledgerflow.core.sentences import refusal_text
from ledgerflow.files.items import read_raw
from ledgerflow.web.admin_base import AddingAdmin, NamedAction, actor_of, person_in, require
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.pages.books_of_page import chosen_entity, keep_in_books

ADD, POST_JOURNALS, OPEN_ACCOUNTS = "portability.add_importrun", "journals.add_journal", "accounts.add_account"
SEE_ACCOUNTS = "accounts.view_account"
REFUSED_SHOWN = 100
IN_THE_WAY_SHOWN = 50
SECONDS_BETWEEN_LOOKS = "5"
UploadPage = Callable[..., HttpResponseBase]


def go_on(_request: HttpRequest, run: ImportRun, _typed: dict[str, Any]) -> ImportRun:
    """Send the file again whose import something stopped."""
    upload = run.uploads.order_by("-uploaded_at").first()
    if upload is not None and not run.is_over:
        send(upload)
        carry_out(upload, ONE_BATCH)
    run.refresh_from_db()
    return run


def give_up(_request: HttpRequest, run: ImportRun, _typed: dict[str, Any]) -> ImportRun:
    """What it posted stays, and can be taken back."""
    ImportRun.objects.filter(pk=run.pk, finished_at=None, abandoned_at=None).update(abandoned_at=timezone.now())
    run.refresh_from_db()
    return run


@admin.register(ImportRun)
class ImportRunAdmin(AddingAdmin[ImportRun]):
    list_display = ("started_at", "file", "holds", "who", "taken", "refused", "state")
    list_filter = (EntityFilter,)
    ordering = ("-started_at", "-id")
    change_list_template = "portability/admin/runs.html"
    detail_template = "portability/admin/run.html"
    nothing = "No file was imported into these books."
    no_books = "An import needs an entity: add one first."
    named_actions: ClassVar[dict[str, NamedAction]] = {
        "go-on": NamedAction(
            "Go on",
            lambda row: gettext("Go on with %(file)s") % {"file": row.path},
            go_on,
            lambda _row, _done: gettext("The import goes on."),
            permission=ADD,
            note=lambda _row: gettext("It goes on after the last row that is in the books."),
        ),
        "give-up": NamedAction(
            "Give up",
            lambda row: gettext("Give up %(file)s") % {"file": row.path},
            give_up,
            lambda _row, _done: gettext("The import is given up."),
            permission=ADD,
            note=lambda _row: gettext("What it posted stays, and can be taken back afterwards."),
        ),
    }

    @admin.display(description="File")
    def file(self, row: ImportRun) -> str:
        return str(getattr(row, "file_name", ""))

    @admin.display(description="What it holds")
    def holds(self, row: ImportRun) -> str:
        return gettext("accounts") if row.kind == ImportKind.ACCOUNTS else gettext("journals")

    @admin.display(description="Taken")
    def taken(self, row: ImportRun) -> int:
        """Of accounts those that are there, of journals those that are posted."""
        return row.opened + row.existing if row.kind == ImportKind.ACCOUNTS else row.posted + row.replayed

    @admin.display(description="State")
    def state(self, row: ImportRun) -> str:
        return state_of(row)

    def attach(self, rows: list[ImportRun]) -> None:
        names = dict(ImportUpload.objects.filter(run__in=rows).order_by("uploaded_at").values_list("run", "file_name"))
        for row in rows:
            row.file_name = names.get(row.pk, Path(row.path).name)  # type: ignore[attr-defined]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.kinds_for(request))

    def may_add(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def kinds_for(self, request: HttpRequest) -> list[str]:
        """What the person may import: he must be allowed to do by hand what the file does."""
        may = request.user.has_perm
        if not may(ADD):
            return []
        journals = [UploadKind.TRANSFERS, UploadKind.JOURNALS] if may(POST_JOURNALS) else []
        return [*journals, *([UploadKind.ACCOUNTS] if may(OPEN_ACCOUNTS) and may(POST_JOURNALS) else [])]

    def may_act(self, request: HttpRequest, name: str, row: ImportRun | None) -> bool:
        """To go on is to import, which takes what the file takes."""
        return super().may_act(request, name, row) and (row is None or self.may_import(request, row))

    def may_import(self, request: HttpRequest, row: ImportRun) -> bool:
        """Whether the person may import such a file as this one was."""
        allowed = self.kinds_for(request)
        return bool(allowed) and (row.kind != ImportKind.ACCOUNTS or UploadKind.ACCOUNTS in allowed)

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"portability_importrun_{name}")

        return [
            page("upload/<uuid:upload_id>/columns/", self.columns_view, "columns"),
            page("upload/<uuid:upload_id>/preview/", self.preview_view, "preview"),
            page("upload/<uuid:upload_id>/refused/", self.refused_view, "refused"),
            page("<uuid:row_id>/undo/", self.undo_view, "undo"),
            page("<uuid:row_id>/refused/", self.rejected_view, "rejected"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the files of the person that are not imported yet."""
        entity = chosen_entity(request)
        waiting = open_uploads(entity, person_in(request)) if entity and self.has_add_permission(request) else ()
        return super().changelist_view(request, {**(extra_context or {}), "waiting": waiting})

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        return file_page(self, request, entity, self.kinds_for(request))

    def columns_view(self, request: HttpRequest, upload_id: UUID) -> HttpResponseBase:
        return self._with_upload(request, upload_id, columns_page)

    def preview_view(self, request: HttpRequest, upload_id: UUID) -> HttpResponseBase:
        return self._with_upload(request, upload_id, preview_page)

    def refused_view(self, request: HttpRequest, upload_id: UUID) -> HttpResponseBase:
        return self._with_upload(request, upload_id, lambda _admin, request, upload: refused_file(request, upload))

    def _with_upload(self, request: HttpRequest, upload_id: UUID, page: UploadPage) -> HttpResponseBase:
        """A page of a file that is not imported yet; of another one, that of its import."""
        require(self.has_add_permission(request))
        upload = ImportUpload.objects.select_related("entity").filter(pk=upload_id).first()
        keep_in_books(request, upload)
        if upload is None:
            return self.not_there(request, str(upload_id))
        require(upload.kind in self.kinds_for(request))
        if upload.run_id is not None:
            return redirect("admin:portability_importrun_change", upload.run_id)
        if upload.mapped_at is None and page is not columns_page:
            return redirect("admin:portability_importrun_columns", upload.pk)
        return page(self, request, upload)

    def rejected_view(self, request: HttpRequest, row_id: UUID) -> HttpResponseBase:
        """The refused rows of an import, as the command writes them."""
        row = self.get_object(request, str(row_id))
        require(self.has_view_permission(request, row))
        if row is None:
            return self.not_there(request, str(row_id))
        self.attach([row])
        return rows_download(self.file(row), row.header, refused_of(row))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """While it is at work the page asks again by itself, with script or without."""
        response = super().change_view(request, object_id, form_url, extra_context)
        if (getattr(response, "context_data", None) or {}).get("is_at_work"):
            response["Refresh"] = SECONDS_BETWEEN_LOOKS
        return response

    def detail_context(self, request: HttpRequest, row: ImportRun) -> dict[str, Any]:
        self.attach([row])
        refused = still_refused(row).order_by("row")[:REFUSED_SHOWN]
        upload = row.uploads.order_by("-uploaded_at").first()
        problem = upload.problem if upload is not None and not row.is_over else ""
        may_import, may_undo = self.may_import(request, row), self.has_add_permission(request)
        left = journals_left(row) if row.undo_reason and row.undone_at is None else 0
        return {
            "title": gettext("Import of %(file)s") % {"file": self.file(row)},
            "file": self.file(row),
            "holds": self.holds(row),
            "state": self.state(row),
            "taken": self.taken(row),
            "is_at_work": (not row.is_over and upload is not None and not problem) or row.undo_due_at is not None,
            "problem": problem,
            "by_code": refused_by_code(row),
            "refused": [(one, [", ".join(cells) for cells in read_raw(one.raw)[:3]]) for one in refused],
            "refused_shown": REFUSED_SHOWN,
            "left": left,
            "may_go_on": may_import and upload is not None and bool(problem),
            "may_give_up": may_import and not row.is_over,
            "may_undo": may_undo and row.is_over and row.posted > 0 and row.undone_at is None
            and row.undo_due_at is None,
        }  # fmt: skip

    def undo_view(self, request: HttpRequest, row_id: UUID) -> HttpResponse:
        """The dry run of taking an import back; sending it does it."""
        row = self.get_object(request, str(row_id))
        require(self.has_add_permission(request))
        if row is None:
            return self.not_there(request, str(row_id))
        if row.undone_at is not None or row.undo_due_at is not None:
            return redirect("admin:portability_importrun_change", row.pk)
        sends = request.method == "POST"
        form = UndoImportForm(request.POST if sends else None, initial={"reason": row.undo_reason})
        try:
            found = look_at_undo(row, actor_of(request))
            if form.is_valid():
                ask_to_undo(row, reason=form.cleaned_data["reason"], person=person_in(request))
                carry_undo_on(row, None if found.left <= MOST_AT_ONCE else ONE_BATCH)
                return redirect("admin:portability_importrun_change", row.pk)
        except LedgerError as refusal:
            messages.error(request, refusal_text(refusal))
            return redirect("admin:portability_importrun_change", row.pk)
        self.attach([row])
        return self.page(
            request,
            "portability/admin/undo.html",
            gettext("Undo the import of %(file)s") % {"file": self.file(row)},
            row=row,
            form=form,
            entity=row.entity,
            **_context_of(found, sees_balances=request.user.has_perm(SEE_ACCOUNTS)),
        )


def state_of(row: ImportRun) -> str:
    """In a word. A run of the command that is not finished may be at work, or have been stopped."""
    if row.undone_at is not None:
        return gettext("undone")
    if row.undo_due_at is not None:
        return gettext("being undone")
    if row.undo_reason:
        return gettext("undone in part")
    if row.abandoned_at is not None:
        return gettext("given up")
    return gettext("unfinished") if row.finished_at is None else gettext("done")


def _context_of(found: UndoFound, *, sees_balances: bool) -> dict[str, Any]:
    effects = found.effects if sees_balances else []
    return {
        "found": found,
        "totals": [(currency, amount_text(amount)) for currency, amount in found.totals],
        "effects": [(one, amount_text(one.change), amount_text(one.after)) for one in effects],
        "refused": found.refused[:IN_THE_WAY_SHOWN],
        "rest": found.left - len(found.refused),
        "is_whole": found.left <= MOST_REHEARSED,
        "most_rehearsed": MOST_REHEARSED,
        "most_accounts": MOST_ACCOUNTS,
    }
