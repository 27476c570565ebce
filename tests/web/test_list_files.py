"""A list as a file: all rows with its filters, as machines read them."""

from __future__ import annotations

import csv
import re

import pytest
from django.test import Client

from ledgerflow.books.models import Entity
from ledgerflow.desk.models import Preference
from ledgerflow.web.pages import list_files
from tests.builders import a_transfer, an_account, posted
from tests.pages import ACCOUNTS, ENTITIES, JOURNALS, in_books, read
from tests.people import a_user, logged_in, queries


def table(client: Client, address: str) -> tuple[dict[str, str], list[list[str]]]:
    """What stands above the file of a list, and its rows with their titles."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(answer.getvalue().decode().splitlines()))
    above = {line[0].removeprefix("# "): line[1] for line in lines if line[0].startswith("# ")}
    return above, [line for line in lines if not line[0].startswith("# ")]


def test_a_file_has_what_is_filtered_as_machines_read_it(shop: Entity) -> None:
    user = a_user(is_superuser=True)
    Preference.objects.create(user=user, numbers="de", days="dmy", time_zone="Europe/Berlin")
    client = logged_in(user)
    posted(shop, a_transfer("4001-SALES", "1001-CASH", "3000"))  # sales are below zero on their own side
    page = in_books(shop, ACCOUNTS)
    assert "\u22121.765,50" in read(client, page)
    above, rows = table(client, f"{page}csv/?type=income")
    assert (above["List"], above["Entity"]) == ("Accounts of Corner shop", f"Corner shop ({shop.code})")
    assert above["Type"] == "Income"
    assert rows == [
        ["Code", "Name", "Type", "Currency", "Balance", "Available", "Held", "Status"],
        ["4001-SALES", "Sales", "income", "EUR", "-1765.50", "-1765.50", "0.00", "open"],
    ]
    _, rows = table(client, f"{in_books(shop, JOURNALS)}csv/?q=alice-1")
    (found,) = (dict(zip(rows[0], row, strict=True)) for row in rows[1:])
    assert found["Number"] == "2"
    assert found["Effective date"] == "2026-03-02"
    assert found["Amount"] == "20.00 EUR"
    assert found["Reverses"] == ""  # a page leaves out a column that none of its rows has, a file does not
    # What is typed in a filter is counted from the business date of the books, as on the page.
    assert len(table(client, f"{in_books(shop, JOURNALS)}csv/?from=2&to=2.3.")[1]) == 4
    assert len(table(client, f"{ENTITIES}csv/?q={shop.code}")[1]) == 2
    (link,) = re.findall(r'<a href="(csv/[^"]*)">', client.get(f"{page}?type=income&p=1").content.decode())
    assert link == "csv/?type=income"


def test_a_file_is_read_in_batches_to_its_bound(
    operator: Client, shop: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"{in_books(shop, JOURNALS)}csv/"
    for number in range(4):
        an_account(shop, f"5{number:03}")
        posted(shop, a_transfer(f"5{number:03}", "4001-SALES", "1"))
    few = queries(operator, f"{address}?kind=transfer&from=2027")
    assert queries(operator, address) <= few + 4  # the cursor, and three for one batch
    monkeypatch.setattr(list_files, "BATCH_ROWS", 4)
    assert [row[0] for row in table(operator, address)[1][1:]] == ["6", "5", "4", "3", "2", "1"]
    assert "Note" not in table(operator, address)[0]
    monkeypatch.setattr(list_files, "MOST_ROWS", 1)
    assert operator.get(address).headers["Location"].startswith(in_books(shop, "/admin/files/"))
    above, rows = table(operator, f"{ENTITIES}csv/")  # of no books: no job makes its file
    assert above["Note"] == "The first 1 rows: the list has more. Filters make it shorter."
    assert len(rows) == 2


def test_a_file_is_for_who_sees_the_list(shop: Entity, operator: Client) -> None:
    address = f"{in_books(shop, JOURNALS)}csv/"
    assert logged_in(a_user("accounts.view_account")).get(address).status_code == 403
    assert Client().get(address).status_code == 302
    told = operator.get(f"{address}?kind=nonsense", follow=True)
    assert told.redirect_chain[-1][0].endswith("/journals/journal/")
    assert b"is not one of the choices of kind" in told.content
