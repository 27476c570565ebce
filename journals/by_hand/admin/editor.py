"""The page of a new journal: typed, checked by the server, kept as a draft, posted once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from journals.by_hand.admin.files import files_in, files_on_page
from journals.by_hand.admin.rows import (
    LAYERS,
    as_kept,
    choices_of,
    found_json,
    from_kept,
    rows_of,
    sheet_of,
    text_lines_of,
    total_json,
    with_new_key,
    with_results,
)
from journals.by_hand.checking import SheetFound, check_text_lines, look_at, say
from journals.by_hand.copying import copied
from journals.by_hand.errors import DraftMoved
from journals.by_hand.keeping import draft_of, drafts_of, drop, keep
from journals.by_hand.keeping_files import facts_of, files_of, keep_files, remove_file
from journals.by_hand.looking_up import LONGEST_TEXT, find_accounts
from journals.by_hand.sheets import MORE_ROWS, Sheet, decoded, taken_over
from journals.by_hand.use_cases import ISSUER, post_by_hand, posted_under
from journals.drafts import AttachedFile
from journals.events import read_fact
from journals.models import Journal
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import IdempotencyKeyReused, LedgerError
from ledgerflow.core.ids import uuid7
from ledgerflow.core.locales.current import amount_text, day_text
from ledgerflow.core.sentences import refusal_text
from ledgerflow.web.admin_base import ReadOnlyAdmin, actor_of, person_in

TEMPLATE = "by_hand/admin/editor.html"
MOST_REVISION_DIGITS = 15


class DraftPlace(NamedTuple):
    """Where the form of a page is kept: a draft, and the revision of it that was read; 0 while nothing is kept."""

    id: UUID
    revision: int


class Looked(NamedTuple):
    """A sheet with what is found of it; `earlier` is the journal that its page posted before it was changed."""

    sheet: Sheet
    kept: DraftPlace
    found: SheetFound
    earlier: Journal | None = None
    files: Sequence[AttachedFile] = ()  # that came with the form


def editor_page(admin: ReadOnlyAdmin[Any], request: HttpRequest, entity: Entity) -> HttpResponse:
    """The editor: an empty form, a draft, a copy; or what became of the form that was sent."""
    if request.method != "POST":
        return _opened(admin, request, entity)
    sheet, kept = sheet_of(request.POST, entity.dimensions), _kept_of(request)
    if (file := _uuid(request.POST.get("detach", ""))) is not None:
        remove_file(entity.pk, person_in(request), kept.id, file)
    if "drop" in request.POST:
        drop(entity.pk, person_in(request), kept.id)
        return redirect("admin:journals_journal_add")
    files, all_taken = files_in(request)
    if "post" in request.POST and all_taken:
        return _posted(admin, request, entity, sheet, kept, files)
    return _worked_on(admin, request, entity, sheet, kept, files)


def check_page(request: HttpRequest, entity: Entity) -> HttpResponse:
    """What the script asks while somebody types: the form is looked at, and kept."""
    looked = _looked_at(request, entity, sheet_of(request.POST, entity.dimensions), _kept_of(request))
    answer = found_json(looked.sheet, looked.found, sees_balances=_sees_balances(request))
    kept = looked.kept
    try:
        kept = _keep(request, entity, looked)
    except LedgerError as refusal:
        answer["not_kept"] = refusal_text(refusal)
    if looked.earlier is not None:
        answer["earlier"] = {"label": _label_of(looked.earlier), "address": _page_of(looked.earlier)}
    return JsonResponse(answer | {"key": looked.sheet.key, "draft": str(kept.id), "revision": kept.revision})


def accounts_page(request: HttpRequest, entity: Entity) -> HttpResponse:
    """The accounts that what is typed can mean, best first."""
    text = request.GET.get("q", "")[:LONGEST_TEXT]
    offered = find_accounts(entity.pk, [text], person=person_in(request)).get(text, [])
    sees_balances = _sees_balances(request)
    rows = [
        {"code": one.code, "name": one.name, "owner": one.owner_id, "currency": one.currency,
         "balance": amount_text(one.balance) if sees_balances else "",
         "used": gettext("used %(times)s \N{MULTIPLICATION SIGN} by you") % {"times": one.times} if one.times else ""}
        for one in offered
    ]  # fmt: skip
    return JsonResponse({"accounts": rows})


def _opened(admin: ReadOnlyAdmin[Any], request: HttpRequest, entity: Entity) -> HttpResponse:
    """What a link leads to: a draft of one's own, a journal to copy, or an empty form of the business date."""
    wanted = _uuid(request.GET.get("draft", ""))
    draft = draft_of(entity.pk, person_in(request), wanted) if wanted else None
    if draft is not None:
        looked = _looked_at(request, entity, from_kept(decoded(draft.content)), DraftPlace(draft.pk, draft.revision))
        return _page(admin, request, entity, looked)
    if "draft" in request.GET:
        messages.warning(request, gettext("There is no such draft of yours here: it was posted or dropped."))
    source = _uuid(request.GET.get("copy", "")) if admin.has_view_permission(request) else None
    sheet = Sheet(date=day_text(entity.business_date))
    if source is not None:
        sheet = copied(entity.pk, source, sheet)
    return _page(admin, request, entity, Looked(with_new_key(sheet), DraftPlace(uuid7(), 0), SheetFound()))


def _worked_on(
    admin: ReadOnlyAdmin[Any],
    request: HttpRequest,
    entity: Entity,
    sheet: Sheet,
    kept: DraftPlace,
    files: Sequence[AttachedFile],
) -> HttpResponse:
    """Checked, with more rows, with the text's lines, or saved; whatever it was, it is kept."""
    more = MORE_ROWS if "more" in request.POST else 0
    if "take" in request.POST:
        try:
            check_text_lines(entity, sheet)
            sheet = taken_over(sheet, entity.dimensions)
        except LedgerError:
            more = 0  # what is wrong with the text is said by the look at it
    if "fork" in request.POST:
        files = [*facts_of(files_of(entity.pk, person_in(request), kept.id)), *files]
        sheet, kept = with_new_key(sheet), DraftPlace(uuid7(), 0)
    looked = _looked_at(request, entity, sheet, kept)._replace(files=files)
    return _answered(admin, request, entity, looked, more=more, says_saved="save" in request.POST)


def _posted(
    admin: ReadOnlyAdmin[Any],
    request: HttpRequest,
    entity: Entity,
    sheet: Sheet,
    kept: DraftPlace,
    files: Sequence[AttachedFile],
) -> HttpResponse:
    """The journal that was posted, or the form with what was refused."""
    found = look_at(entity, sheet, actor=actor_of(request), issuer=ISSUER, rehearses=False)
    if found.draft is None:
        return _worked_on(admin, request, entity, sheet, kept, files)
    try:
        answer = post_by_hand(entity.pk, found.draft, person=person_in(request), kept=kept.id, files=files)
    except IdempotencyKeyReused:
        return _answered(admin, request, entity, _as_another(request, entity, sheet, kept)._replace(files=files))
    except LedgerError as refusal:
        say(found, refusal)
        return _answered(admin, request, entity, Looked(sheet, kept, found, files=files))
    fact = read_fact(answer.journal)
    was_there = answer.status == "replayed"
    said = gettext("Journal %(number)s was posted already.") if was_there else gettext("Journal %(number)s is posted.")
    messages.success(request, said % {"number": fact.number})
    return redirect("admin:journals_journal_change", fact.id)


def _looked_at(request: HttpRequest, entity: Entity, sheet: Sheet, kept: DraftPlace) -> Looked:
    """What is found of a sheet; one that was changed after its journal was posted is another journal."""
    found = look_at(entity, sheet, actor=actor_of(request), issuer=ISSUER)
    return _as_another(request, entity, sheet, kept) if found.is_key_used else Looked(sheet, kept, found)


def _as_another(request: HttpRequest, entity: Entity, sheet: Sheet, kept: DraftPlace) -> Looked:
    """The sheet of a page that has posted a journal already, with a key of its own, and a draft where that is gone.

    It is told, and nothing of it is posted before somebody presses Post again.
    """
    earlier = posted_under(entity.pk, sheet.key)
    if draft_of(entity.pk, person_in(request), kept.id) is None:
        kept = DraftPlace(uuid7(), 0)
    sheet = with_new_key(sheet)
    return Looked(sheet, kept, look_at(entity, sheet, actor=actor_of(request), issuer=ISSUER), earlier)


def _answered(
    admin: ReadOnlyAdmin[Any],
    request: HttpRequest,
    entity: Entity,
    looked: Looked,
    *,
    more: int = 0,
    says_saved: bool = False,
) -> HttpResponse:
    """The page with what was found, kept as a draft."""
    sheet, kept = with_results(looked.sheet, looked.found).with_rows(more), looked.kept
    is_moved = False
    try:
        kept = _keep(request, entity, looked._replace(sheet=sheet))
        keep_files(entity.pk, person_in(request), kept.id, looked.files)
        if says_saved:
            messages.success(request, gettext("The draft is saved."))
    except LedgerError as refusal:
        is_moved = isinstance(refusal, DraftMoved)
        messages.error(request, refusal_text(refusal))
        if looked.files:  # no page can put them into its field again
            messages.warning(request, gettext("Files that are not listed here were not kept: choose them again."))
    return _page(admin, request, entity, looked._replace(sheet=sheet, kept=kept), is_moved=is_moved)


def _page(
    admin: ReadOnlyAdmin[Any], request: HttpRequest, entity: Entity, looked: Looked, *, is_moved: bool = False
) -> HttpResponse:
    sheet, kept, found, earlier, _ = looked
    sheet = sheet.with_rows()
    text_lines, text_count = text_lines_of(sheet, found)
    context = {
        "entity": entity,
        "sheet": sheet,
        "kept": kept,
        "found": found,
        "is_moved": is_moved,
        "earlier": earlier and {"label": _label_of(earlier), "address": _page_of(earlier)},
        "layers": LAYERS,
        "dimensions": list(enumerate(entity.dimensions)),
        "choices": choices_of(entity),
        "rows": rows_of(sheet, found, entity.dimensions, sees_balances=_sees_balances(request)),
        "totals": [total_json(total) for total in found.totals],
        "text_lines": text_lines,
        "text_count": text_count,
        "drafts": [one for one in drafts_of(entity.pk, person_in(request)) if one.pk != kept.id],
        "files": files_on_page(request, entity, kept.id),
        "check_address": reverse("admin:journals_journal_check"),
        "accounts_address": reverse("admin:journals_journal_accounts"),
    }
    return admin.page(request, TEMPLATE, gettext("New journal of %(books)s") % {"books": entity.name}, **context)


def _label_of(journal: Journal) -> str:
    return gettext("Journal %(number)s") % {"number": journal.number}


def _page_of(journal: Journal) -> str:
    return reverse("admin:journals_journal_change", args=[journal.pk])


def _sees_balances(request: HttpRequest) -> bool:
    """Whoever may post need not know what stands on the accounts."""
    return request.user.has_perm("accounts.view_account")


def _keep(request: HttpRequest, entity: Entity, looked: Looked) -> DraftPlace:
    """Keep what was typed, unless that is nothing and came without files, or is posted."""
    sheet, kept = looked.sheet, looked.kept
    if looked.found.is_posted or (sheet.is_empty() and not kept.revision and not looked.files):
        return kept
    revision = keep(entity.pk, person_in(request), kept.id, kept.revision, as_kept(sheet, entity))
    return DraftPlace(kept.id, revision)


def _kept_of(request: HttpRequest) -> DraftPlace:
    """Where the page says it is kept; a page that says it wrongly begins a draft of its own."""
    revision = request.POST.get("revision", "")
    is_number = revision.isascii() and revision.isdigit() and len(revision) <= MOST_REVISION_DIGITS
    return DraftPlace(_uuid(request.POST.get("draft", "")) or uuid7(), int(revision) if is_number else 0)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
