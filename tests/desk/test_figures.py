"""Figures on pages: red where they stand against their account's side, quiet where they are zero, rates at the point."""

from __future__ import annotations

import re
from decimal import Decimal

from ledgerflow.web.pages.amounts import rate_element
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.pages import ACCOUNTS, in_books, page_of
from tests.people import a_user, logged_in

MINUS = "\N{MINUS SIGN}"


def test_what_stands_against_its_side_is_red_and_signed_everywhere_and_nothing_else_is() -> None:
    entity = an_entity()
    cash = an_account(entity, "CASH")
    for code, side in (("LOAN", "liability"), ("EMPTY", "asset")):
        an_account(entity, code, side)
    posted(entity, a_transfer("LOAN", "CASH", "5.00"))
    posted(entity, a_transfer("CASH", "LOAN", "2.00"))
    client = logged_in(a_user(is_superuser=True))
    (journal,) = entity.journals.filter(number=1)
    red = re.compile(r'<data [^>]*class="lf-against"[^>]*>([^<]*)<')
    shown = {
        address: red.findall(client.get(address).content.decode())
        for address in (
            in_books(entity, ACCOUNTS), page_of(cash), f"{page_of(cash).removesuffix('change/')}register/", page_of(journal),
        )
    }  # fmt: skip
    accounts, account, register, lines = shown.values()
    assert accounts == [MINUS + "3.00"] * 4  # balance and available of both, the loan in debit, the cash in credit
    assert account[:1] == [MINUS + "3.00"]
    assert MINUS + "5.00" in register
    assert lines == [MINUS + "5.00", MINUS + "5.00"]
    page = client.get(in_books(entity, ACCOUNTS)).content.decode()
    assert re.findall(r'class="lf-zero">([^<]*)<', page) == ["0.00"] * 5
    report = client.get(in_books(entity, "/admin/reports/statement/"), {"account": "CASH"}).content.decode()
    assert re.findall(r'class="lf-amount lf-against">\s*([^<\s]*)', report) == [
        MINUS + "5.00",
        MINUS + "3.00",
        MINUS + "3.00",
    ]


def test_rates_stand_at_the_point_and_say_no_more_than_they_are() -> None:
    assert rate_element(Decimal("1.1602")) == '<data value="1.1602" class="lf-pad-4">1.1602</data>'
    assert 'class="lf-pad-8 lf-no-point">150<' in rate_element(Decimal(150))
    assert 'class="lf-pad-0">' in rate_element(Decimal("0.0060123456"))
