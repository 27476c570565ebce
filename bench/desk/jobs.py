"""Jobs of an operator, from Home, by keyboard alone: how many keys they take, and how many pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from tests.devtools import Browser

MOST_TABS = 20
WAIT_SECONDS = 15
ANSWERED = """performance.getEntriesByType("resource").some(one =>
    new URL(one.name).searchParams.get("q") === {text!r} && one.responseEnd > 0)"""
FOCUS_GIVEN = "!document.querySelector('[autofocus]') || document.activeElement !== document.body"
FOCUSED = "document.activeElement !== null && document.activeElement.matches({selector!r})"


class JobFailedError(Exception):
    """The desk does not let the job be done in this way."""


class Hands:
    """A person with a keyboard and nothing else. Counts the keys, but not those of texts that anybody has to write."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.keys = 0
        self.pages = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.browser.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        self.press(*text)

    def wait_for(self, selector: str) -> None:
        """What a script draws."""
        self.until(f"document.querySelector({selector!r}) !== null", f"nothing matches {selector}")

    def send(self) -> None:
        """Ctrl and Enter, which are one key."""
        self.browser.press("Enter", control=True, loads=True)
        self.keys += 1
        self.pages += 1

    def find(self, text: str, hit: str) -> None:
        """The search box, and the first of what it finds, once the answer to the whole text is shown."""
        self.press("/")
        self.type(text)
        self.until(ANSWERED.format(text=text), f"no answer to {text!r}")
        self.expect(hit, "#lf-palette-hits [aria-selected]")
        self.open()

    def until(self, condition: str, message: str) -> None:
        """Until this is true on the page."""
        until = time.monotonic() + WAIT_SECONDS
        while not self.browser.run(condition):
            if time.monotonic() > until:
                raise JobFailedError(message)

    def write(self, text: str) -> None:
        """A reason or another text, which counts as nothing."""
        for key in text:
            self.browser.press(key)

    def tab_to(self, name: str) -> None:
        """Tab by Tab to the next field of this name: between are as many as the books have dimensions."""
        for _ in range(MOST_TABS):
            self.press("Tab")
            if self.browser.run("document.activeElement.name") == name:
                return
        message = f"{MOST_TABS} Tabs do not lead to {name}"
        raise JobFailedError(message)

    def open(self, key: str = "Enter") -> None:
        """A key that leads to another page, whose first field has the focus from its first picture on."""
        self.browser.press(key, loads=True)
        self.until(FOCUS_GIVEN, "the first field does not get the focus")
        self.keys += 1
        self.pages += 1

    def expect_focus(self, selector: str) -> None:
        """That whoever types now types into it."""
        if not self.browser.run(FOCUSED.format(selector=selector)):
            message = f"the focus is not on {selector}"
            raise JobFailedError(message)

    def expect(self, words: str, selector: str = "body") -> None:
        said = f"[...document.querySelectorAll({selector!r})].some(one => one.innerText.includes({words!r}))"
        self.until(said, f"nothing at {selector} says {words!r}")


class Job(NamedTuple):
    name: str
    bar_keys: int
    bar_pages: int
    steps: Callable[[Hands], None]


class Done(NamedTuple):
    name: str
    keys: int
    pages: int
    bar_keys: int
    bar_pages: int
    fault: str

    @property
    def is_met(self) -> bool:
        return not self.fault and self.keys <= self.bar_keys and self.pages <= self.bar_pages


def find_by_amount(hands: Hands) -> None:
    hands.find("1234.56", "Payment without a reference")
    hands.expect("Payment without a reference")


def find_by_reference(hands: Hands) -> None:
    hands.find("miete-2", "Rent of the hall")
    hands.expect("Rent of the hall")


def register_as_of(hands: Hands) -> None:
    """Thirty days before the business date; the field of the date has the focus."""
    hands.find("1200", "1200")
    hands.type("-30")
    hands.open()
    hands.expect("Closing")
    if "as_of=2" not in str(hands.browser.run("location.search + document.body.innerHTML")):
        message = "the register is not as of a date"
        raise JobFailedError(message)


def post_four_lines(hands: Hands) -> None:
    """Accounts, amounts and words are texts that anybody has to write."""
    hands.open("n")
    hands.wait_for("#lines [name=account]")
    hands.write("Rent of the hall")
    hands.press("Enter")
    for account, side, amount in (("6310", "debit", "4800"), ("1400", "debit", "912"), ("1020", "credit", "700")):
        hands.write(account)
        hands.tab_to(side)
        hands.write(amount)
        hands.press("Enter")
    hands.write("3300")
    hands.tab_to("debit")
    hands.press("=")
    hands.expect("Balanced")
    hands.send()
    hands.expect("is posted")


def reverse_what_is_shown(hands: Hands) -> None:
    """The journal is on the screen already: how it got there is another job."""
    hands.find("1234.56", "Payment without a reference")
    hands.keys = hands.pages = 0
    hands.open("r")
    hands.write("Paid twice")
    hands.send()
    hands.expect("is reversed by")


def place_a_hold(hands: Hands) -> None:
    """The account's code and the amount are counted: they are short."""
    hands.open("h")
    hands.type("1020")
    hands.press("Tab")
    hands.type("100")
    hands.open()
    hands.expect("Release")


def release_a_hold(hands: Hands) -> None:
    """The hold is on the screen already: it is the one that was placed."""
    place_a_hold(hands)
    hands.keys = hands.pages = 0
    hands.open("r")
    hands.write("Not needed any more")
    hands.open()
    hands.expect("eleased")


def close_a_blocked_day(hands: Hands) -> None:
    hands.press("g")
    hands.open("c")
    hands.expect("uspense")
    hands.expect_focus("[name=accept]")
    hands.write("Is being looked into")
    hands.open()
    hands.expect("is closed")


def print_a_statement(hands: Hands) -> None:
    hands.find("acc s", "Account statement")
    hands.expect_focus("[name=account]")
    hands.type("1200")
    hands.open()
    hands.expect("Receivables from customers")
    hands.browser.run("window.print = () => { window.isPrinted = true }")  # no printer is at hand
    hands.press("p")
    if not hands.browser.run("window.isPrinted") or not hands.browser.printed().startswith(b"%PDF"):
        message = "the page is not printed"
        raise JobFailedError(message)


def export_a_trial_balance(hands: Hands) -> None:
    hands.press("g")
    hands.open("r")
    hands.browser.run("document.addEventListener('click', event => { window.led = event.target.closest('a')?.href })")
    hands.press("c")
    text = str(hands.browser.run("window.led && fetch(window.led).then(answer => answer.text())"))
    if "1200" not in text:
        message = f"the file has no account 1200: {text[:100]}"
        raise JobFailedError(message)


JOBS = (
    Job("find a payment by amount", 12, 2, find_by_amount),
    Job("find a payment by reference, part of it, any case", 12, 2, find_by_reference),
    Job("an account's register as of a date", 14, 2, register_as_of),
    Job("a manual journal of 4 lines, texts not counted", 25, 2, post_four_lines),
    Job("reverse a journal that is shown", 3, 2, reverse_what_is_shown),
    Job("place a hold", 10, 2, place_a_hold),
    Job("release a hold", 3, 2, release_a_hold),
    Job("close a day with a blocker accepted", 4, 2, close_a_blocked_day),
    Job("print a statement", 14, 2, print_a_statement),
    Job("export a trial balance", 4, 1, export_a_trial_balance),
)


def do(job: Job, browser: Browser, home: str) -> Done:
    """One job, begun at Home."""
    hands, fault = Hands(browser), ""
    browser.go(home)
    try:
        job.steps(hands)
    except (JobFailedError, OSError) as error:
        fault = str(error)
    except Exception as error:  # noqa: BLE001 - of the page: a fault of this job, and the others go on
        fault = f"{type(error).__name__}: {error}"[:300]
    return Done(job.name, hands.keys, hands.pages, job.bar_keys, job.bar_pages, fault)
