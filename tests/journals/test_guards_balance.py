"""Journals balance, carry their own lines, go on in number, whoever writes them."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.attacks import TODAY, TOMORROW, YESTERDAY, Attack, Books, connect, refused_by

pytestmark = pytest.mark.every_server


def test_a_whole_journal_by_sql_is_taken(attack: Attack) -> None:
    """Or else every refusal below might have another reason than the one it names."""
    attack.journal()
    attack.run("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_balanced_pair_cannot_be_added_to_an_old_journal(attack: Attack, books: Books) -> None:
    old = attack.value("SELECT id FROM journals_journal WHERE entity_id = %s", books.id)
    with refused_by("posting_into_existing_journal"):
        attack.line(old, 3, books.cash, "5.00")


def test_a_pair_cannot_be_added_to_a_journal_of_the_same_transaction(attack: Attack, books: Books) -> None:
    journal = attack.journal()
    with refused_by("posting_into_existing_journal"):
        attack.line(journal, 3, books.cash, "1.00")


def test_a_journal_has_lines(attack: Attack) -> None:
    with refused_by("journal_has_lines"):
        attack.head(uuid4())


def test_lines_have_a_journal(attack: Attack) -> None:
    attack.pair()
    with refused_by("posting_of_journal"):
        attack.connection.commit()


def test_a_line_cannot_name_another_entitys_account(attack: Attack, books: Books) -> None:
    stranger = Books()
    with refused_by("posting_account"):
        attack.line(uuid4(), 1, stranger.cash, "5.00")


def test_a_line_cannot_carry_another_entity(attack: Attack, books: Books) -> None:
    stranger = Books()
    journal = uuid4()
    attack.line(journal, 1, books.cash, "5.00")
    attack.line(journal, 2, stranger.capital, "-5.00", entity_id=stranger.id)
    with refused_by("journal_lines_agree"):
        attack.head(journal)


def test_a_line_is_in_the_currency_of_its_account(attack: Attack, books: Books) -> None:
    with refused_by("posting_account"):
        attack.line(uuid4(), 1, books.dollars, "5.00", currency="EUR")


def test_a_header_takes_no_postings(attack: Attack, books: Books) -> None:
    with refused_by("posting_account"):
        attack.line(uuid4(), 1, books.assets, "5.00")


def test_an_account_with_postings_cannot_become_a_header(attack: Attack, books: Books) -> None:
    with refused_by("posting_account"):
        attack.run("UPDATE accounts_account SET is_header = true WHERE id = %s", books.cash)


@pytest.mark.parametrize(
    "changes", [{"effective_date": YESTERDAY}, {"event_sequence": 1}], ids=["another date", "another event"]
)
def test_a_line_agrees_with_its_journal(attack: Attack, changes: dict[str, Any]) -> None:
    journal = attack.pair(**changes)
    with refused_by("journal_lines_agree"):
        attack.head(journal)


def test_one_line_of_many_dated_otherwise_is_found(attack: Attack, books: Books) -> None:
    journal = uuid4()
    attack.line(journal, 1, books.cash, "5.00")
    attack.line(journal, 2, books.capital, "-5.00", effective_date=YESTERDAY)
    with refused_by("journal_lines_agree"):
        attack.head(journal)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "0", "1e45", "-1e45"])
def test_an_amount_is_a_number_other_than_zero(attack: Attack, books: Books, amount: str) -> None:
    with refused_by("posting_amount_sane"):
        attack.line(uuid4(), 1, books.cash, amount)


def test_a_journal_balances(attack: Attack, books: Books) -> None:
    journal = uuid4()
    attack.line(journal, 1, books.cash, "5.00")
    attack.line(journal, 2, books.capital, "-4.99")
    with refused_by("journal_balances"):
        attack.head(journal)


def test_a_journal_balances_in_every_currency(attack: Attack, books: Books) -> None:
    journal = uuid4()
    attack.line(journal, 1, books.cash, "5.00")
    attack.line(journal, 2, books.dollars, "-5.00", currency="USD")
    with refused_by("journal_balances"):
        attack.head(journal)


def test_an_unbalanced_journal_does_not_hide_among_balanced_ones(attack: Attack, books: Books) -> None:
    good, bad = attack.pair(), uuid4()
    attack.line(bad, 3, books.cash, "1.00")
    with refused_by("journal_balances"):
        attack.run(
            """INSERT INTO journals_journal
                   (id, entity_id, number, event_sequence, kind, layer, effective_date, recorded_at, description,
                    external_reference, actor)
               SELECT id, %s, 1 + row_number() OVER (), %s, 'manual', 'ordinary', %s, now(), '', '', ''
               FROM unnest(%s::uuid[]) AS id""",
            books.id,
            books.last_sequence + 1,
            TODAY,
            [good, bad],
        )


@pytest.mark.parametrize("number", [1, 0, 3, -1], ids=["taken", "below one", "gap", "negative"])
def test_journal_numbers_go_on_without_a_gap(attack: Attack, number: int) -> None:
    with refused_by("journal_number_unique" if number == 1 else "journal_gap_free"):
        attack.journal(number=number)


def test_a_journal_of_an_entity_that_does_not_exist(attack: Attack) -> None:
    with refused_by("entity_exists"):
        attack.head(uuid4(), entity_id=uuid4())


def test_the_layers_are_known(attack: Attack) -> None:
    with refused_by("journal_layer_known"):
        attack.journal(layer="secret")


def test_nothing_is_dated_after_the_business_date(attack: Attack) -> None:
    with refused_by("journal_not_in_future"):
        attack.journal(day=TOMORROW)


def test_a_journal_is_reversed_once(attack: Attack, books: Books) -> None:
    old = attack.value("SELECT id FROM journals_journal WHERE entity_id = %s", books.id)
    attack.journal(reverses_id=old)
    journal = uuid4()
    attack.line(journal, 3, books.cash, "5.00")
    attack.line(journal, 4, books.capital, "-5.00")
    with refused_by("journal_reversed_once"):
        attack.head(journal, number=3, reverses_id=old)


def test_a_journal_cannot_reverse_itself(attack: Attack) -> None:
    journal = attack.pair()
    with refused_by("journal_not_its_own_reversal"):
        attack.head(journal, reverses_id=journal)


def test_a_reversed_journal_exists(attack: Attack) -> None:
    attack.journal(reverses_id=uuid4())
    with refused_by("reversal_of_journal"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_version_of_an_account_is_used_once(attack: Attack, books: Books) -> None:
    with refused_by("posting_account_version_unique"):
        attack.line(uuid4(), 1, books.cash, "5.00", account_version=1)


def test_a_journal_has_one_row_and_a_line_one_place(attack: Attack, books: Books) -> None:
    journal = uuid4()
    attack.line(journal, 1, books.cash, "5.00")
    with refused_by("journals_posting_pkey"), attack.connection.transaction():
        attack.line(journal, 1, books.cash, "5.00", account_version=77)
    attack.line(journal, 2, books.capital, "-5.00")
    attack.head(journal)
    with refused_by("journals_journal_pkey"):
        attack.head(journal, number=3)


def test_a_plain_insert_waits_for_the_writer(books: Books, attack: Attack) -> None:
    """The guards take the entity's lock: what is written by hand queues behind the writer like everybody."""
    with connect(options="-c lock_timeout=50ms") as other:
        attack.run("SELECT FROM books_entity WHERE id = %s FOR NO KEY UPDATE", books.id)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            Attack(other, books).pair()
        other.rollback()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            Attack(other, books).event()
        other.rollback()
