"""The work of a day in a browser that runs no script: post, reverse, close, approve; and the help of a page."""

from __future__ import annotations

from datetime import date

import pytest

from journals.days.closing.running import closed_record
from journals.days.reopening import propose_reopening
from journals.models import Journal
from tests.approving import a_person
from tests.browser.serving import PASSWORD, log_in
from tests.builders import an_account, an_entity
from tests.devtools import CHROMIUM, Browser
from tests.pages import in_books, page_of
from tests.people import a_user

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="needs chromium on the PATH (Debian: apt-get install chromium)"
)
DAY = date(2026, 3, 2)
SEND = "#content form .default"


def test_a_day_is_worked_through(server: str) -> None:
    hall = an_entity()
    an_account(hall, "1000")
    an_account(hall, "6310", "expense")
    with Browser() as browser:
        browser._ask("Emulation.setScriptExecutionDisabled", value=True)
        log_in(browser, server, a_user(is_superuser=True, password=PASSWORD).username)

        browser.go(server + in_books(hall, "/admin/journals/journal/add/"))
        browser.type("[name=description]", "Rent")
        for row, (code, side) in enumerate((("6310", "debit"), ("1000", "credit")), start=1):
            browser.type(f"#lines tbody tr:nth-child({row}) [name=account]", code)
            browser.type(f"#lines tbody tr:nth-child({row}) [name={side}]", "4,800.00")
        browser.click("#post")
        journal = Journal.objects.get(entity=hall)
        assert f"Journal {journal.number} is posted." in browser.text(".messagelist")

        browser.click(".lf-help summary", loads=False)
        assert "A journal is never changed" in browser.text(".lf-help")
        browser.go(f"{server}{page_of(journal).removesuffix('change/')}reverse/")
        browser.type("[name=description]", "Posted twice")
        browser.click(SEND)
        assert list(hall.journals.order_by("number").values_list("kind", flat=True)) == ["manual", "reversal"]

        browser.go(server + in_books(hall, "/admin/days/dayclose/close/"))
        browser.click(SEND)
        assert closed_record(hall.pk, DAY) is not None

        other = a_person("days.reopen_day")
        proposal = propose_reopening(hall.pk, DAY, reason="A late invoice", person=other, via=other)
        browser.go(f"{server}{page_of(proposal).removesuffix('change/')}approve/")
        browser.click(SEND)
        assert closed_record(hall.pk, DAY) is None
