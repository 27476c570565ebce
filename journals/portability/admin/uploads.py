"""The way of a file: chosen, its columns said, what would become of it shown, and sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import TextIOWrapper
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext

from journals.drafts import Draft
from journals.portability.admin.forms import ColumnsForm, ImportFileForm, in_words
from journals.portability.chart import ACCOUNT_FIELDS, AMOUNTS, AccountOptions, Charting
from journals.portability.drafting import Drafting
from journals.portability.journals import journal_layout
from journals.portability.models import ImportUpload
from journals.portability.preview import FilePreview, MostKept, look_at_accounts, look_at_journals, rehearse, totals_of
from journals.portability.rejects import RefusedRows, write_refused
from journals.portability.uploading.carrying_out import MOST_AT_ONCE, carry_out, send
from journals.portability.uploading.files import (
    Options,
    begin_upload,
    header_of,
    options_of,
    set_options,
    source_of,
    suggested_options,
)
from ledgerflow.books.models import Entity
from ledgerflow.core.locales.current import amount_text, day_text
from ledgerflow.files.items import Item
from ledgerflow.files.layout import delimiter_of, layout_of
from ledgerflow.files.problems import ImportProblem
from ledgerflow.files.rows import SourceFile, open_rows
from ledgerflow.files.watching import Watch
from ledgerflow.web.admin_base import ReadOnlyAdmin, actor_of, person_in
from ledgerflow.web.downloads import CONTENT_TYPES, file_download

MOST_ROWS = 20_000  # of a file that its preview goes through
FIRST_SHOWN = 10
REFUSED_SHOWN = 50
SAMPLE_ROWS = 3
ONE_BATCH = Watch(should_stop=lambda: True)  # the job of the next minute goes on
RUN_PAGE = "admin:portability_importrun_change"


class PreviewLine(NamedTuple):
    account: str
    debit: str
    credit: str
    currency: str


class PreviewItem(NamedTuple):
    """A journal or an account as it would be, by the line of the file on which it starts."""

    row: int
    wanted: Any
    day: str
    lines: list[PreviewLine]


def file_page(admin: ReadOnlyAdmin[Any], request: HttpRequest, entity: Entity, kinds: Sequence[str]) -> HttpResponse:
    """Choosing a file; it is kept, and its columns are asked for next."""
    sends = request.method == "POST"
    form = ImportFileForm(request.POST if sends else None, request.FILES if sends else None, kinds=kinds)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            upload = begin_upload(
                entity,
                person_in(request),
                typed["kind"],
                typed["file"].name,
                typed["file"].read(),
                encoding=typed["encoding"],
                delimiter=typed["delimiter"],
            )
        except ImportProblem as problem:
            form.add_error("file", in_words(problem))
        else:
            return redirect("admin:portability_importrun_columns", upload.pk)
    title = gettext("New import into %(books)s") % {"books": entity.name}
    note = gettext("Nothing is imported yet: the next pages ask what the columns are, and show what would be posted.")
    return admin.form_page(request, form, title, action="Go on", entity=entity, note=note)


def columns_page(admin: ReadOnlyAdmin[Any], request: HttpRequest, upload: ImportUpload) -> HttpResponse:
    """Which column is what; guessed by the headings until somebody has said it."""
    if "drop" in request.POST:
        ImportUpload.objects.filter(pk=upload.pk, sent_at=None, run=None).delete()
        return redirect("admin:portability_importrun_changelist")
    try:
        source = source_of(upload)
        header = header_of(upload, source)
    except ImportProblem as problem:
        return _lost(request, problem)
    known = upload.options if upload.mapped_at else suggested_options(upload, header)
    form = ColumnsForm(
        request.POST if request.method == "POST" else None,
        initial=ColumnsForm.initial_of(known),
        upload=upload,
        header=header,
        dimensions=upload.entity.dimensions,
    )
    if form.is_valid():
        options = form.as_options(actor_of(request))
        try:
            _check(source, options)
        except ImportProblem as problem:
            form.add_error(None, in_words(problem))
        else:
            set_options(upload, options)
            return redirect("admin:portability_importrun_preview", upload.pk)
    return admin.page(
        request,
        "portability/admin/columns.html",
        gettext("Columns of %(file)s") % {"file": upload.file_name},
        upload=upload,
        form=form,
        header=header,
        sample=_sample(source, upload),
        entity=upload.entity,
    )


def preview_page(admin: ReadOnlyAdmin[Any], request: HttpRequest, upload: ImportUpload) -> HttpResponse:
    """What would become of the file; sending this page imports it."""
    if request.method == "POST":
        if request.POST.get("mapped_at") == _mapping_of(upload):
            return _sent(request, upload)
        messages.warning(request, gettext("The columns were said anew since that preview: this is what they make now."))
    try:
        found = _look(upload)
    except ImportProblem as problem:
        messages.error(request, in_words(problem))
        return redirect("admin:portability_importrun_columns", upload.pk)
    is_accounts = isinstance(options_of(upload), AccountOptions)
    totals = {} if is_accounts else totals_of(upload.entity, found)
    return admin.page(
        request,
        "portability/admin/preview.html",
        gettext("Preview of %(file)s") % {"file": upload.file_name},
        upload=upload,
        mapping=_mapping_of(upload),
        entity=upload.entity,
        found=found,
        is_accounts=is_accounts,
        totals=[(currency, amount_text(amount)) for currency, amount in totals.items()],
        first=[_previewed(item) for item in found.items[:FIRST_SHOWN]],
        refused=_in_order(found)[:REFUSED_SHOWN],
        refused_count=found.refused + found.known,
        most_rows=MOST_ROWS,
        most_rehearsed=MOST_AT_ONCE,
        is_rehearsed_whole=found.understood <= MOST_AT_ONCE,
    )


def refused_file(request: HttpRequest, upload: ImportUpload) -> HttpResponseBase:
    """The rows that the preview refuses, to be corrected and imported as a file of their own."""
    try:
        found = _look(upload)
    except ImportProblem as problem:
        return _lost(request, problem)
    rows = [
        RefusedRows(item.row, item.refusal.code, item.refusal.message, item.raw)
        for item in _in_order(found)
        if item.refusal is not None
    ]
    return rows_download(upload.file_name, found.layout.header, rows)


def rows_download(name: str, header: Sequence[str], rows: Any) -> HttpResponseBase:
    """Refused rows as a file, in UTF-8."""

    def write(file: BinaryIO) -> None:
        stream = TextIOWrapper(file, encoding="utf-8", newline="")
        write_refused(stream, header, rows)
        stream.flush()
        stream.detach()

    return file_download(f"{name.removesuffix('.csv')}-refused.csv", CONTENT_TYPES["csv"], write)


def _sent(request: HttpRequest, upload: ImportUpload) -> HttpResponse:
    """Imported while the page waits, where the file is short; else the page of the import shows how far it is."""
    send(upload)
    try:
        lines = source_of(upload).lines
    except ImportProblem as problem:
        return _lost(request, problem)
    carry_out(upload, Watch() if lines <= MOST_AT_ONCE else ONE_BATCH)
    upload.refresh_from_db()
    if upload.problem:
        messages.error(request, upload.problem)
    if upload.run_id is not None:
        return redirect(RUN_PAGE, upload.run_id)
    return redirect("admin:portability_importrun_preview", upload.pk)


def _mapping_of(upload: ImportUpload) -> str:
    """Which saying of the columns a preview was made with: what was not looked at is not imported."""
    return "" if upload.mapped_at is None else upload.mapped_at.isoformat()


def _lost(request: HttpRequest, problem: ImportProblem) -> HttpResponse:
    messages.error(request, in_words(problem))
    return redirect("admin:portability_importrun_changelist")


def _check(source: SourceFile, options: Options) -> None:
    """Raise `ImportProblem` where what was said does not fit the file."""
    if isinstance(options, AccountOptions):
        layout = layout_of(source, options, ACCOUNT_FIELDS, AMOUNTS)
        Charting(layout.header, options, layout.numbers)
    else:
        layout = journal_layout(source, options)
        Drafting(layout.header, options, source.sha256)


def _look(upload: ImportUpload) -> FilePreview:
    source, options = source_of(upload), options_of(upload)
    kept = MostKept(MOST_ROWS, MOST_ROWS)
    if isinstance(options, AccountOptions):
        return look_at_accounts(source, options, most_rows=MOST_ROWS, kept=kept)
    found = look_at_journals(upload.entity, source, options, most_rows=MOST_ROWS, kept=kept)
    rehearse(upload.entity, found, MOST_AT_ONCE)
    return found


def _in_order(found: FilePreview) -> list[Item[Any]]:
    return sorted([*found.refused_items, *found.known_items], key=lambda item: item.row)


def _previewed(item: Item[Any]) -> PreviewItem:
    if not isinstance(item.wanted, Draft):
        return PreviewItem(item.row, item.wanted, "", [])
    lines = [
        PreviewLine(
            line.account,
            amount_text(line.amount) if line.amount > 0 else "",
            amount_text(line.amount.copy_negate()) if line.amount < 0 else "",
            line.currency,
        )
        for line in item.wanted.lines
    ]
    return PreviewItem(item.row, item.wanted, _day(item.wanted.effective_date), lines)


def _day(day: date | None) -> str:
    return gettext("business date") if day is None else day_text(day)


def _sample(source: SourceFile, upload: ImportUpload) -> list[list[str]]:
    """The first rows as they are, so that people see what a column holds."""
    delimiter = delimiter_of(source, str(upload.options.get("delimiter", "")))
    with open_rows(source, delimiter.mark) as (_, rows):
        return [row.cells for row in islice(rows, SAMPLE_ROWS)]
