"""A journal of four lines by keyboard alone, in a real browser against the real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from journals.models import Journal
from ledgerflow.books.models import Entity
from tests.browser.serving import PASSWORD, log_in
from tests.builders import an_account, an_entity
from tests.devtools import CHROMIUM, Browser
from tests.people import a_user

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="needs chromium on the PATH (Debian: apt-get install chromium)"
)
MOST_KEYS = 25


class Keyboard:
    """Presses keys and counts them; texts and amounts are not counted."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.pressed = 0

    def press(self, *keys: str, control: bool = False, loads: bool = False) -> None:
        for key in keys:
            self.pressed += 1
            self.browser.press(key, control=control, loads=loads)

    def type(self, text: str) -> None:
        self.browser._ask("Input.insertText", text=text)


@pytest.fixture
def hall() -> Entity:
    entity = an_entity(name="Hall & Söhne")
    an_account(entity, "1000", name="Cash")
    an_account(entity, "1400", name="Input VAT 19 %")
    an_account(entity, "3300", "liability", name="Payables to suppliers")
    an_account(entity, "6310", "expense", name="Rent")
    an_account(entity, "6320", "expense", name="Rent of machines")
    return entity


@pytest.fixture(scope="module")
def desk(server: str) -> Iterator[Browser]:
    user = a_user(is_superuser=True, password=PASSWORD)
    with Browser() as browser:
        log_in(browser, server, user.username)
        yield browser


def open_editor(browser: Browser, address: str) -> Keyboard:
    """The editor, once the first field has the focus."""
    browser.go(address)
    browser.wait_until("document.activeElement.name === 'description'")
    return Keyboard(browser)


def test_four_lines_are_posted_and_reversed_by_keyboard_alone(server: str, desk: Browser, hall: Entity) -> None:
    desk.go(f"{server}/admin/e/{hall.code}/")
    keys = Keyboard(desk)
    keys.press("n", loads=True)
    desk.wait_until("document.activeElement.name === 'description'")
    keys.type("Rent of the hall")
    keys.press("Enter")
    keys.type("rent")  # by a part of its name: the first one that is offered
    desk.wait_until("document.querySelectorAll('.lf-offered [role=option]').length === 2")
    assert desk.style(".lf-offered", "position") == "absolute"
    keys.press("Tab", "Tab")
    keys.type("4,800.00")
    keys.press("Enter")
    keys.type("1400")
    keys.press("Tab", "Tab")
    keys.type("4800*0.19")
    keys.press("Enter")
    keys.type("1000")
    keys.press("Tab", "Tab", "Tab")
    keys.type("700")
    keys.press("Enter")
    keys.type("payables")
    keys.press("Tab", "Tab", "=")
    desk.wait_until("document.querySelector('#totals').innerText.includes('Balanced')")
    amounts = "[...document.querySelectorAll('#lines [name=debit], #lines [name=credit]')].map(one => one.value)"
    assert desk.run(amounts) == ["4,800.00", "", "912.00", "", "", "700", "", "5,012.00"]
    assert desk.texts("#lines .lf-after")[3] == "5,012.00 EUR"
    assert desk.text("#state") == "Kept as a draft"
    keys.press("Enter", control=True, loads=True)
    assert "Journal 1 is posted." in desk.text(".messagelist")
    assert keys.pressed <= MOST_KEYS
    journal = Journal.objects.get(entity=hall)
    assert journal.description == "Rent of the hall"
    assert not desk.run("document.querySelector('#proof').open")

    keys = Keyboard(desk)
    keys.press("r", loads=True)
    keys.type("Paid twice")
    keys.press("Enter", control=True, loads=True)
    assert "Journal 1 is reversed by journal 2." in desk.text(".messagelist")
    assert keys.pressed <= 3
    assert journal.reversals.get().description == "Paid twice"


def test_lines_are_copied_dropped_and_not_sent_unbalanced(server: str, desk: Browser, hall: Entity) -> None:
    keys = open_editor(desk, f"{server}/admin/e/{hall.code}/journals/journal/add/")
    keys.press("Enter")
    keys.type("6310")
    keys.press("Tab", "Tab")
    keys.type("5")
    keys.press("Enter")
    keys.press("d", control=True)
    accounts = "[...document.querySelectorAll('#lines [name=account]')].map(one => one.value)"
    assert desk.run(accounts) == ["6310", "6310", "", ""]
    keys.press("Enter", control=True)
    desk.wait_until("document.querySelector('#refusals').innerText.includes('does not balance')")
    assert not Journal.objects.filter(entity=hall).exists()
    keys.press("Backspace", control=True)
    assert len(desk.run(accounts)) == 3
    keys.type("3300")
    desk.go(f"{server}/admin/?entity={hall.code}")  # left without saving
    desk.go(f"{server}/admin/journals/journal/add/?entity={hall.code}")
    assert desk.text(".lf-drafts summary") == "1 draft of yours"


DROP = """(() => {
    const dropped = new DataTransfer();
    dropped.items.add(new File(["%PDF-1.7"], "rent.pdf"));
    const event = new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true });
    document.querySelector("[data-drop] label").dispatchEvent(event);
})()"""


def test_a_file_that_is_dropped_goes_with_the_journal(server: str, desk: Browser, hall: Entity) -> None:
    keys = open_editor(desk, f"{server}/admin/e/{hall.code}/journals/journal/add/")
    keys.type("Rent")
    desk.run(DROP)
    desk._wait_for_load()
    assert desk.texts(".lf-attached li") == ["rent.pdf 8 bytes Remove"]
    desk.wait_until("document.activeElement.name === 'description'")
    keys.press("Enter")
    for code in ("6310", "1000"):
        keys.type(code)
        keys.press("Tab", "Tab")
        if code == "1000":
            keys.press("Tab")
        keys.type("7")
        keys.press("Enter")
    keys.press("Enter", control=True, loads=True)
    assert "Journal 1 is posted." in desk.text(".messagelist")
    assert "rent.pdf" in desk.text("#attachments table")
    desk.run(DROP.replace("%PDF-1.7", "<a/>").replace("rent.pdf", "rent.xml"))
    desk._wait_for_load()
    assert "1 file is attached." in desk.text(".messagelist")
    journal = Journal.objects.get(entity=hall)
    assert [one.name for one in journal.attachments.order_by("number")] == ["rent.pdf", "rent.xml"]
