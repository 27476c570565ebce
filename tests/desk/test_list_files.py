"""Files of lists that are too long for an answer: made by a job, in parts, of one moment, for who wanted them."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.desk.lists import files
from ledgerflow.desk.models import ListFile, Preference
from ledgerflow.web.pages import list_files
from tests.builders import a_transfer, posted
from tests.jobs import tick, tick_for
from tests.pages import JOURNALS, in_books, read, send, text_of
from tests.people import a_user, logged_in

JOB = "make_list_files"
FILES = "/admin/files/"


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_files, "MOST_ROWS", 3)
    monkeypatch.setattr(files, "BATCH_ROWS", 2)
    monkeypatch.setattr(files, "PART_CHARACTERS", 60)


def rows_of(content: bytes) -> list[list[str]]:
    return [line for line in csv.reader(content.decode().splitlines()) if not line[0].startswith("#")]


def wanted(client: Client, shop: Entity, **fields: str) -> ListFile:
    send(client, in_books(shop, FILES), **({"list": "journals_journal", "query": "kind=transfer"} | fields))
    return ListFile.objects.filter(entity=shop).latest("pk")


@pytest.mark.usefixtures("short")
def test_a_long_list_is_made_by_a_job_as_the_list_shows_it(shop: Entity) -> None:
    user = a_user(is_superuser=True)
    Preference.objects.create(user=user, numbers="de", days="dmy")
    client, page, mine = logged_in(user), in_books(shop, JOURNALS), in_books(shop, FILES)
    for number in range(4):
        posted(shop, a_transfer("1001-CASH", "4001-SALES", f"100{number}.50"))
    assert "You have no files." in read(client, mine)
    asked = "kind=transfer&from=2.3.&columns=number,total"
    answer = client.get(f"{page}csv/?{asked}&p=1", follow=True)
    assert answer.request["PATH_INFO"] == mine
    assert "more than 3 rows" in text_of(answer)
    assert ListFile.objects.filter(user=user).count() == 0  # nothing is made of a GET

    told = send(client, mine, list="journals_journal", query=asked)
    assert "beginning within a minute" in told
    assert "Kind: Transfer, From: 2.3." in told
    assert "Waits for its turn." in told
    assert client.get(mine)["Refresh"] == "5"
    file = ListFile.objects.get(user=user)
    assert client.get(f"{mine}{file.pk}/csv/").headers["Location"] == mine
    tick(JOB)
    posted(shop, a_transfer("1001-CASH", "4001-SALES", "1"))
    told = read(client, mine)
    assert "6 rows" in told
    assert "Refresh" not in client.get(mine)

    fetched: Any = client.get(f"{mine}{file.pk}/csv/")
    content = fetched.getvalue()
    assert fetched["Content-Length"] == str(len(content))
    assert fetched["Content-Disposition"] == f'attachment; filename="journals-{shop.code}.csv"'
    file.refresh_from_db()
    assert (file.rows, file.all_rows, file.octets, file.tries) == (6, 6, len(content), 1)
    assert file.parts.count() > 2
    assert rows_of(content) == [
        ["Number", "Amount"], ["6", "1003.50 EUR"], ["5", "1002.50 EUR"], ["4", "1001.50 EUR"], ["3", "1000.50 EUR"],
        ["2", "20.00 EUR"], ["1", "1234.50 EUR"],
    ]  # fmt: skip
    assert b"# From,2.3." in content

    ListFile.objects.filter(pk=file.pk).update(kept_until=clocks.now() - timedelta(seconds=1))
    tick(JOB)
    assert not ListFile.objects.filter(pk=file.pk).exists()
    assert client.get(f"{mine}{file.pk}/csv/").status_code == 404


@pytest.mark.usefixtures("short")
def test_a_file_that_was_not_finished_is_begun_anew(shop: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    client, run = logged_in(a_user(is_superuser=True)), files._run
    file = wanted(client, shop)

    def die_at_second(connection: Any, sql: str, values: dict[str, Any]) -> None:
        if values.get("number") == 2:
            raise KeyboardInterrupt
        run(connection, sql, values)

    monkeypatch.setattr(files, "_run", die_at_second)
    with pytest.raises(KeyboardInterrupt):
        tick_for(JOB, shop.pk)
    assert file.parts.count() == 2
    assert "0 of 2 rows" in read(client, in_books(shop, FILES))
    monkeypatch.setattr(files, "_run", run)
    tick_for(JOB, shop.pk)
    file.refresh_from_db()
    assert (file.tries, file.rows, file.failure) == (2, 2, "")
    content: Any = client.get(f"{in_books(shop, FILES)}{file.pk}/csv/")
    assert len(rows_of(content.getvalue())) == 3

    again = wanted(client, shop)
    ListFile.objects.filter(pk=again.pk).update(tries=files.TRIES)
    tick_for(JOB, shop.pk)
    assert "Not made: It was begun 3 times and came to no end." in read(client, in_books(shop, FILES))

    def deleted_meanwhile(connection: Any, sql: str, values: dict[str, Any]) -> None:
        connection.execute("DELETE FROM desk_listfile WHERE id = %(id)s", values)
        run(connection, sql, values)

    third = wanted(client, shop)
    monkeypatch.setattr(files, "_run", deleted_meanwhile)
    tick_for(JOB, shop.pk)
    assert not ListFile.objects.filter(pk=third.pk).exists()


@pytest.mark.usefixtures("short")
def test_a_file_is_for_who_wanted_it_and_sees_the_list(shop: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    user, other = a_user("journals.view_journal", "books.view_entity"), a_user(is_superuser=True)
    client, mine = logged_in(user), in_books(shop, FILES)
    file = wanted(client, shop)
    tick_for(JOB, shop.pk)
    address = f"{mine}{file.pk}/"
    assert client.get(f"{address}csv/").status_code == 200
    assert logged_in(other).get(f"{address}csv/").status_code == 404
    assert logged_in(other).post(f"{address}delete/").status_code == 404
    assert Client().get(f"{address}csv/").status_code == 302
    assert client.get(f"{address}delete/").status_code == 405

    later = wanted(client, shop)
    user.user_permissions.remove(Permission.objects.get(codename="view_journal"))
    assert client.get(f"{address}csv/").status_code == 403
    assert client.get(mine, {"list": "journals_journal"}).status_code == 403
    assert client.post(mine, {"list": "journals_journal"}).status_code == 403
    tick_for(JOB, shop.pk)
    later.refresh_from_db()
    assert (later.failure, later.made_at) == ("You may not see this list any more.", None)
    assert client.post(f"{address}delete/").status_code == 302
    assert not ListFile.objects.filter(pk=file.pk).exists()

    monkeypatch.setattr(files, "MOST_FILES", 1)
    client = logged_in(other)
    assert "the choices of kind" in send(client, mine, list="journals_journal", query="kind=nonsense")
    assert "beginning within" in send(client, mine, list="journals_journal", query="kind=transfer")
    assert "at most 1 files of one person" in send(client, mine, list="journals_journal", query="")
    assert "at most 2000 characters" in send(client, mine, list="journals_journal", query=f"q={'x%20' * 1200}")
    assert client.post(mine, {"list": "nothing"}).status_code == 404
