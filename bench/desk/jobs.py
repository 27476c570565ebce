"""Jobs of an operator, from Home, by keyboard alone: how many keys they take, and how many pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from tests.devtools import Browser

MOST_TABS = 200
WAIT_SECONDS = 15
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
        until = time.monotonic() + WAIT_SECONDS
        while not self.browser.texts(selector):
            if time.monotonic() > until:
                message = f"nothing matches {selector}"
                raise JobFailedError(message)

    def send(self) -> None:
        """Ctrl and Enter, which are one key."""
        self.browser.press("Enter", control=True, loads=True)
        self.keys += 1
        self.pages += 1

    def find(self, text: str, hit: str) -> None:
        """The search box, and the first of what it finds, once it has found it."""
        self.press("/")
        self.type(text)
        self.expect(hit, "#lf-palette-hits")
        self.open()

    def write(self, text: str) -> None:
        """A reason or another text, which counts as nothing."""
        for key in text:
            self.browser.press(key)

    def tab_to(self, selector: str) -> None:
        """Tab by Tab until what matches has the focus."""
        asked = FOCUSED.format(selector=selector)
        for _ in range(MOST_TABS):
            if self.browser.run(asked):
                return
            self.press("Tab")
        message = f"{MOST_TABS} Tabs do not lead to {selector}"
        raise JobFailedError(message)

    def open(self, key: str = "Enter") -> None:
        """A key that leads to another page."""
        self.browser.press(key, loads=True)
        self.keys += 1
        self.pages += 1

    def follow(self, selector: str) -> None:
        self.tab_to(selector)
        self.open()

    def expect(self, words: str, selector: str = "body") -> None:
        until = time.monotonic() + WAIT_SECONDS
        while words not in self.browser.text(selector):
            if time.monotonic() > until:
                message = f"nothing says {words!r}"
                raise JobFailedError(message)


class Job(NamedTuple):
    """`steps` None: nobody has written them yet."""

    name: str
    bar_keys: int
    bar_pages: int
    steps: Callable[[Hands], None] | None = None


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


def post_four_lines(hands: Hands) -> None:
    """Accounts, amounts and words are texts that anybody has to write."""
    hands.open("n")
    hands.wait_for("#lines [name=account]")
    hands.write("Rent of the hall")
    hands.press("Enter")
    for account, tabs, amount in (("6310", 2, "4800"), ("1400", 2, "912"), ("1020", 3, "700")):
        hands.write(account)
        hands.press(*["Tab"] * tabs)
        hands.write(amount)
        hands.press("Enter")
    hands.write("3300")
    hands.press("Tab", "Tab", "=")
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


def release_a_hold(hands: Hands) -> None:
    """The hold is on the screen already."""
    hands.follow("a[href$='/holds/hold/']")
    hands.follow("#result_list tbody a, table[data-keys=list] tbody a")
    hands.keys = hands.pages = 0
    hands.open("r")
    hands.write("Not needed any more")
    hands.open()
    hands.expect("eleased")


def close_a_blocked_day(hands: Hands) -> None:
    hands.press("g")
    hands.open("d")
    hands.follow("a[href*='/dayclose/close/']")
    hands.expect("uspense")
    hands.tab_to("[name=accept]")
    hands.write("Is being looked into")
    hands.tab_to("form input[type=submit]")
    hands.open()
    hands.expect("closed")


def print_a_statement(hands: Hands) -> None:
    hands.press("g")
    hands.open("r")
    hands.follow("a[href*='/reports/statement/']")
    hands.tab_to("[name=account]")
    hands.type("1200")
    hands.open()
    hands.expect("Receivables from customers")
    if not hands.browser.printed().startswith(b"%PDF"):
        message = "the browser prints nothing"
        raise JobFailedError(message)


def export_a_trial_balance(hands: Hands) -> None:
    hands.press("g")
    hands.open("r")
    hands.tab_to("a[href*='format=csv']")
    read = "fetch(document.activeElement.href).then(answer => answer.text())"
    text = str(hands.browser.run(read))
    hands.press("Enter")
    if "1200" not in text:
        message = "the file has no account 1200"
        raise JobFailedError(message)


JOBS = (
    Job("find a payment by amount", 12, 2, find_by_amount),
    Job("find a payment by reference, part of it, any case", 12, 2, find_by_reference),
    Job("an account's register as of a date", 14, 2),
    Job("a manual journal of 4 lines, texts not counted", 25, 2, post_four_lines),
    Job("reverse a journal that is shown", 3, 2, reverse_what_is_shown),
    Job("place a hold", 10, 2),
    Job("release a hold", 3, 2, release_a_hold),
    Job("close a day with a blocker accepted", 4, 2, close_a_blocked_day),
    Job("print a statement", 14, 2, print_a_statement),
    Job("export a trial balance", 4, 1, export_a_trial_balance),
)


def do(job: Job, browser: Browser, home: str) -> Done:
    """One job, begun at Home."""
    hands, fault = Hands(browser), ""
    if job.steps is None:
        return Done(job.name, 0, 0, job.bar_keys, job.bar_pages, "nobody has written its steps yet")
    browser.go(home)
    try:
        job.steps(hands)
    except (JobFailedError, OSError) as error:
        fault = str(error)
    except Exception as error:  # noqa: BLE001 - of the page: a fault of this job, and the others go on
        fault = f"{type(error).__name__}: {error}"[:300]
    return Done(job.name, hands.keys, hands.pages, job.bar_keys, job.bar_pages, fault)
