"""Wrong passwords are counted by name and address, and no more of them are looked at than the bound says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test import Client

from ledgerflow.access import logins
from ledgerflow.access.models import LoginCount
from tests.people import a_user

PASSWORD, WRONG = "correct horse battery", "wrong"
LOGIN = "/admin/login/"


@pytest.fixture
def name() -> str:
    user = a_user(is_superuser=True, password=PASSWORD)
    return str(user.get_username())


@pytest.fixture
def address() -> str:
    """One that no other test comes from."""
    return f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"


def try_with(name: str, password: str, address: str) -> Any:
    return Client().post(LOGIN, {"username": name, "password": password, "next": "/admin/"}, REMOTE_ADDR=address)


def later() -> None:
    """A quarter of an hour later."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_logincount SET began_at = began_at - interval '16 minutes'")


def test_fifteen_wrong_passwords_in_a_row_are_not_looked_at(name: str, address: str) -> None:
    answers = [try_with(name, WRONG, address) for _ in range(15)]
    assert [one.status_code for one in answers] == [200] * 5 + [429] * 10
    assert b"Please enter the correct" in answers[4].content
    assert b"Too many tries to sign in. Try again in 15 minutes." in answers[5].content
    assert 1 <= int(answers[5].headers["Retry-After"]) <= 900
    assert try_with(name, PASSWORD, address).status_code == 429  # or guessing would go on


def test_a_quarter_of_an_hour_later_it_may_be_tried_again(name: str, address: str) -> None:
    for _ in range(6):
        try_with(name, WRONG, address)
    later()
    assert try_with(name, PASSWORD, address).status_code == 302


def test_somebody_else_s_tries_keep_nobody_out(name: str, address: str) -> None:
    for _ in range(6):
        try_with(name, WRONG, "203.0.113.7")
    assert try_with(name, PASSWORD, address).status_code == 302


def test_the_right_password_begins_anew(name: str, address: str) -> None:
    for _ in range(3):
        assert [try_with(name, WRONG, address).status_code for _ in range(4)] == [200] * 4
        assert try_with(name, PASSWORD, address).status_code == 302
    assert not LoginCount.objects.filter(tries__gt=12).exists()


def test_the_name_in_other_letters_is_the_same(name: str, address: str) -> None:
    for _ in range(5):
        try_with(name.upper(), WRONG, address)
    assert try_with(name, WRONG, address).status_code == 429


def test_tries_at_once_are_counted_one_by_one(name: str, address: str) -> None:
    def attempt(_: int) -> int:
        try:
            return logins.take_try(name, address)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as threads:
        waits = list(threads.map(attempt, range(24)))
    assert waits.count(0) == logins.MOST_TOGETHER


def test_an_address_that_tries_many_names_is_refused(address: str) -> None:
    waits = [logins.take_try(f"{number}-{address}", address) for number in range(logins.MOST_FROM_AN_ADDRESS + 1)]
    assert [wait > 0 for wait in waits] == [False] * logins.MOST_FROM_AN_ADDRESS + [True]
    neighbour = address.removesuffix("1") + "beef"  # the same customer
    assert logins.take_try("somebody", neighbour) > 0


def test_a_name_that_is_tried_from_everywhere_is_refused(name: str) -> None:
    waits = [logins.take_try(name, f"198.51.{n}.1") for n in range(logins.MOST_FOR_A_NAME + 1)]
    assert [wait > 0 for wait in waits] == [False] * logins.MOST_FOR_A_NAME + [True]
    later()


def test_what_is_over_is_forgotten(address: str) -> None:
    logins.take_try("somebody", address)
    later()
    old = LoginCount.objects.count()
    logins.take_try("somebody else", address)
    assert LoginCount.objects.count() <= max(old - 100, 0) + 3


@pytest.mark.parametrize("wrong", [{"username": ""}, {"password": ""}, {"username": "\x00"}, {"username": "x" * 500}])
def test_a_form_that_is_not_filled_in_is_no_fault(name: str, address: str, wrong: dict[str, str]) -> None:
    fields = {"username": name, "password": WRONG} | wrong
    assert Client().post(LOGIN, fields, REMOTE_ADDR=address).status_code in {200, 429}
