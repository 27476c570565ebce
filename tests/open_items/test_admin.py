"""The clerk's page: the open items of a party, and the form to allocate them."""

from __future__ import annotations

from django.test import Client

from journals.models import Journal
from ledgerflow.books.models import Entity
from recon.open_items.models import Allocation
from tests.open_items.invoicing import company, invoice, left, opened, payment
from tests.pages import page_of, read, send
from tests.people import a_member_of_staff

PAGE = "/admin/open_items/allocation/"


def versions(entity: Entity) -> dict[str, int]:
    """By what is open."""
    return {f"{item.open:f}": item.version for item in opened(entity)}


def test_a_clerk_allocates_and_undoes(operator: Client) -> None:
    entity = company()
    one, two = invoice(entity, "100.00", "ann", "INV-77"), invoice(entity, "50.00", "ann")
    invoice(entity, "9.00", "bob", "INV-99")
    payment(entity, "70.00", "ann")
    page = f"{PAGE}add/?entity={entity.code}&account=DEBTORS&party=ann"
    text = read(operator, page)
    assert "INV-77" in text
    assert "INV-99" not in text
    at = versions(entity)
    ticked = {f"take-{at[amount]}": "on" for amount in ("100.00", "50.00", "-70.00")}
    typed = {f"part-{at['100.00']}": "30", "key": "k", "date": ""}
    assert "2 allocations were made." in send(operator, page, **ticked, **typed)
    open_ = left(entity)
    assert (open_[one], open_[two]) == ("70.00", "10.00")
    row = Allocation.objects.filter(entity=entity).latest("place")
    assert "Undo" in read(operator, page_of(row))
    assert "Both items are open again." in send(operator, f"{PAGE}{row.pk}/undo/", date="", key="u")
    assert "30.00 EUR" in read(operator, PAGE, entity=entity.code)


def test_what_is_no_amount_or_too_much_is_said_beside_it(operator: Client) -> None:
    entity = company()
    invoice(entity, "100.00")
    payment(entity, "70.00")
    page, at = f"{PAGE}add/?entity={entity.code}&account=DEBTORS", versions(entity)
    ticked = {f"take-{at[amount]}": "on" for amount in ("100.00", "-70.00")}
    for part, said in (("much", "Nothing was written."), ("0.001", "finer than the currency")):
        typed = {f"part-{at['100.00']}": part, "key": "k", "date": ""}
        assert said in send(operator, page, **ticked, **typed)
    parts = {f"part-{at['100.00']}": "80", f"part-{at['-70.00']}": "80"}
    assert "70.00 is open" in send(operator, page, **ticked, **parts, key="k", date="")
    assert "A request has 1 to" in send(operator, page, key="k", date="")


def test_accounts_due_dates_and_runs(operator: Client) -> None:
    entity = company()
    journal = invoice(entity, "100.00", reference="INV-500")
    payment(entity, "100.00", reference="INV-500")
    where = f"?entity={entity.code}"
    said = send(operator, f"{PAGE}keep/{where}", account="DEBTORS", terms_days="14", from_first="on")
    assert "DEBTORS keeps open items, due after 14 days." in said
    assert "neither" in send(operator, f"{PAGE}keep/{where}", account="SALES", terms_days="14")
    number = str(Journal.objects.get(pk=journal).number)
    assert "due on 2026-05-05" in send(operator, f"{PAGE}due/{where}", journal=number, due_on="2026-05-05")
    assert "no such journal" in send(operator, f"{PAGE}due/{where}", journal="999", due_on="2026-05-05")
    assert "1 allocation was made." in send(operator, f"{PAGE}run/{where}", account="DEBTORS", key="r")
    reader = a_member_of_staff("open_items.view_allocation")
    assert reader.get(PAGE, {"entity": entity.code}).status_code == 200
    for name in ("add", "keep", "due", "run"):
        assert reader.get(f"{PAGE}{name}/", {"entity": entity.code}).status_code == 403


def test_reports_have_pages(operator: Client) -> None:
    entity = company()
    invoice(entity, "1234.50", "ann")
    for name, asked in (("open-items", {"party": "ann"}), ("party-statement", {"party": "ann"}), ("aged-balances", {})):
        text = read(operator, f"/admin/reports/{name}/", entity=entity.code, **asked)
        assert "Data up to event" in text
        assert "1,234.50" in text
    assert "Realised, EUR" in read(operator, "/admin/reports/allocations/", entity=entity.code)
    assert "give its name" in read(operator, "/admin/reports/party-statement/", entity=entity.code)
