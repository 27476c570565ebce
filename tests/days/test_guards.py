"""A closed day stays closed, a period that is not open takes no adjustments."""

from datetime import timedelta

import psycopg
import pytest

from accounts.opening import open_account
from accounts.specs import AccountSpec
from tests.attacks import TODAY, TOMORROW, YESTERDAY, Attack, Books, connect, refused_by
from tests.builders import a_transfer, posted

pytestmark = pytest.mark.every_server

# One guard down, to see the one behind it.
WITHOUT_ORDER = "ALTER TABLE days_daycutoff DISABLE TRIGGER day_cut_off_order"
WITHOUT_STATUS_ORDER = "ALTER TABLE periods_periodstatus DISABLE TRIGGER period_status_order"


def test_a_closed_day_takes_no_journal(attack: Attack) -> None:
    attack.close(TODAY)
    for day in (TODAY, YESTERDAY):
        with refused_by("journal_day_open"), attack.connection.transaction():
            attack.journal(day=day)


def test_a_day_after_the_last_closed_one_takes_journals(attack: Attack) -> None:
    attack.close(YESTERDAY)
    attack.journal(day=TODAY)


def test_a_reopened_day_takes_journals_again(attack: Attack) -> None:
    number = attack.close(TODAY)
    attack.cut_off_record(number + 1, "reopen", TODAY, YESTERDAY)
    with refused_by("journal_day_open"), attack.connection.transaction():
        attack.journal(day=YESTERDAY)
    attack.journal(day=TODAY)


def test_reopening_the_first_closed_day_leaves_none_closed(attack: Attack) -> None:
    number = attack.close(YESTERDAY)
    attack.cut_off_record(number + 1, "reopen", YESTERDAY, None)
    attack.journal(day=YESTERDAY - timedelta(days=300))


def test_nothing_slips_into_a_day_while_it_closes() -> None:
    """A plain INSERT that comes while a close is on its way waits for it, and then finds the day closed."""
    books = Books()
    # The close is forged by a superuser, whom nobody asks at COMMIT what justifies it.
    forging = connect(options="-c session_replication_role=replica")
    with forging as closing, connect(options="-c lock_timeout=50ms") as posting:
        Attack(closing, books).close(TODAY)
        late = Attack(posting, books)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            late.journal(day=TODAY)
        posting.rollback()
        closing.commit()
        with refused_by("journal_day_open"):
            late.journal(day=TODAY)


def test_a_close_waits_for_what_is_being_posted() -> None:
    books = Books()
    with connect() as posting, connect(options="-c lock_timeout=50ms") as closing:
        Attack(posting, books).journal(day=TODAY)
        close = Attack(closing, books)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            close.close(TODAY)
        closing.rollback()
        posting.commit()
        close.close(TODAY)
        closing.rollback()


@pytest.mark.parametrize(
    "number, action, day, through",
    [
        (4, "cut_off", TODAY, YESTERDAY),
        (2, "cut_off", TODAY, YESTERDAY),
        (3, "cut_off", TODAY, None),
        (3, "cut_off", YESTERDAY, YESTERDAY - timedelta(days=1)),
        (3, "close", TODAY, TODAY),
        (3, "close", YESTERDAY, YESTERDAY),
        (3, "cancel", TODAY, YESTERDAY),
        (3, "reopen", TODAY, YESTERDAY),
    ],
    ids=["gap", "taken", "forgets", "backwards", "no cut-off", "closed already", "nothing to cancel", "not closed"],
)
def test_cut_offs_follow_from_each_other(
    attack: Attack, number: int, action: str, day: object, through: object
) -> None:
    attack.close(YESTERDAY)
    attack.move_on(TOMORROW)
    with refused_by("day_cut_off_in_order"):
        attack.cut_off_record(number, action, day, through)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "action, day", [("cut_off", TOMORROW), ("close", YESTERDAY), ("cancel", YESTERDAY), ("reopen", YESTERDAY)]
)
def test_one_day_closes_at_a_time(attack: Attack, action: str, day: object) -> None:
    attack.close(YESTERDAY)
    attack.move_on(TOMORROW + timedelta(days=1))
    attack.cut_off_record(3, "cut_off", TODAY, YESTERDAY)
    through = day if action == "close" else YESTERDAY - timedelta(days=1) if action == "reopen" else YESTERDAY
    changes = {"ordinary_through": YESTERDAY} if action == "cancel" else {}
    with refused_by("day_cut_off_in_order"):
        attack.cut_off_record(4, action, day, through, **changes)  # type: ignore[arg-type]


def test_into_a_day_that_is_closing_only_the_close_itself_posts(attack: Attack) -> None:
    attack.move_on(TOMORROW)
    attack.cut_off_record(1, "cut_off", TODAY, None)
    with refused_by("journal_day_not_closing"), attack.connection.transaction():
        attack.journal(day=TODAY)
    attack.journal(day=TODAY, kind="fx_revaluation")


def test_into_a_closed_day_not_even_the_close_itself_posts(attack: Attack) -> None:
    attack.close(TODAY)
    with refused_by("journal_day_open"):
        attack.journal(day=TODAY, kind="fx_revaluation")


def test_a_cancelled_close_opens_the_day_again(attack: Attack) -> None:
    attack.close(YESTERDAY)
    attack.move_on(TOMORROW)
    attack.cut_off_record(3, "cut_off", TODAY, YESTERDAY)
    attack.cut_off_record(4, "cancel", TODAY, YESTERDAY)
    attack.journal(day=TODAY)


def test_the_business_date_itself_is_never_cut_off(attack: Attack) -> None:
    with refused_by("day_cut_off_before_business_date"):
        attack.cut_off_record(1, "cut_off", TODAY, None)


@pytest.mark.parametrize(
    "changes", [{"reason": ""}, {"approved_by": ""}, {"approved_by": "attacker"}], ids=["no reason", "one", "the same"]
)
def test_a_day_is_reopened_by_two_people_with_a_reason(attack: Attack, changes: dict[str, str]) -> None:
    number = attack.close(TODAY)
    with refused_by("day_cut_off_reopened_by_two"):
        attack.cut_off_record(number + 1, "reopen", TODAY, YESTERDAY, **changes)


def test_a_day_of_a_closed_period_is_not_reopened(attack: Attack) -> None:
    period = attack.period(TODAY)
    number = attack.close(TODAY)
    attack.status(period, 1, "closed")
    with refused_by("day_of_closed_period"):
        attack.cut_off_record(number + 1, "reopen", TODAY, YESTERDAY)


def test_the_first_cannot_be_a_reopening(attack: Attack) -> None:
    with refused_by("day_cut_off_in_order"):
        attack.cut_off_record(1, "reopen", TODAY, None)


@pytest.mark.parametrize(
    "action, day, through",
    [
        ("close", TODAY, YESTERDAY),
        ("close", TODAY, None),
        ("cut_off", TODAY, TODAY),
        ("reopen", YESTERDAY, YESTERDAY),
        ("shut", YESTERDAY, None),
    ],
)
def test_a_close_says_what_is_closed(attack: Attack, action: str, day: object, through: object) -> None:
    attack.run(WITHOUT_ORDER)
    with refused_by("day_cut_off_consistent"):
        attack.cut_off_record(2, action, day, through)  # type: ignore[arg-type]


def test_a_close_has_a_number_of_its_own(attack: Attack) -> None:
    attack.run(WITHOUT_ORDER)
    attack.cut_off_record(1, "close", YESTERDAY, YESTERDAY)
    with refused_by("day_cut_off_number_unique"):
        attack.cut_off_record(1, "close", TODAY, TODAY)


def test_days_close_only_in_books_that_exist(attack: Attack) -> None:
    stranger = "00000000-0000-0000-0000-000000000001"
    with refused_by("entity_exists"), attack.connection.transaction():
        attack.cut_off_record(1, "cut_off", TODAY, None, entity_id=stranger)
    attack.run(WITHOUT_ORDER)
    attack.cut_off_record(1, "close", TODAY, TODAY, entity_id=stranger)
    with refused_by("days_daycutoff_entity_id_8fd1b974_fk_books_entity_id"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")


def test_no_day_closes_while_opening_balances_are_incomplete() -> None:
    books = Books()
    spec = AccountSpec(code="opening", name="Opening", currency="EUR", type="equity", role="opening_equity")
    open_account(books.entity.id, spec, actor="test")
    posted(books.entity, a_transfer("cash", "opening", "70.00"))
    with connect() as connection, refused_by("opening_equity_is_zero"):
        Attack(connection, books).close(TODAY)
    posted(books.entity, a_transfer("opening", "capital", "70.00"))
    with connect() as connection:
        Attack(connection, books).close(TODAY)
        connection.rollback()


@pytest.mark.parametrize("layer", ["adjustment", "closing"])
def test_an_adjustment_needs_a_period_that_ends_that_day(attack: Attack, layer: str) -> None:
    attack.period(YESTERDAY)
    with refused_by("journal_period_open"):
        attack.journal(day=TODAY, layer=layer)


@pytest.mark.parametrize("layer", ["adjustment", "closing"])
def test_an_adjustment_goes_into_a_closed_day_of_an_open_period(attack: Attack, layer: str) -> None:
    attack.period(TODAY, kind="year")
    attack.close(TODAY)
    attack.journal(day=TODAY, layer=layer)


def test_a_closed_period_takes_no_adjustment_until_two_people_open_it(attack: Attack) -> None:
    period = attack.period(TODAY)
    attack.close(TODAY)
    attack.status(period, 1, "closed")
    with refused_by("journal_period_open"), attack.connection.transaction():
        attack.journal(day=TODAY, layer="adjustment")
    for alone in ({"reason": "r"}, {"reason": "r", "approved_by": "attacker"}, {"approved_by": "accomplice"}):
        with refused_by("period_reopened_by_two"), attack.connection.transaction():
            attack.status(period, 2, "open", **alone)
    attack.status(period, 2, "open", reason="a late invoice", approved_by="accomplice")
    attack.journal(day=TODAY, layer="adjustment")


def test_a_locked_period_is_the_rule_of_the_application_alone(attack: Attack) -> None:
    attack.status(attack.period(TODAY), 1, "locked")
    attack.journal(day=TODAY, layer="adjustment")


def test_a_period_closes_after_its_days(attack: Attack) -> None:
    period = attack.period(TODAY)
    attack.close(YESTERDAY)
    with refused_by("period_days_closed"):
        attack.status(period, 1, "closed")


@pytest.mark.parametrize("number, status", [(2, "locked"), (1, "open")], ids=["gap", "no change"])
def test_statuses_of_a_period_follow_from_each_other(attack: Attack, number: int, status: str) -> None:
    period = attack.period(TODAY)
    with refused_by("period_status_in_order"):
        attack.status(period, number, status)


def test_a_status_is_one_that_is_known(attack: Attack) -> None:
    with refused_by("period_status_known"):
        attack.status(attack.period(TODAY), 1, "shut")


def test_every_period_that_ends_on_the_day_must_be_open(attack: Attack) -> None:
    attack.period(TODAY)
    attack.close(TODAY)
    attack.status(attack.period(TODAY, kind="year"), 1, "closed")
    with refused_by("journal_period_open"):
        attack.journal(day=TODAY, layer="adjustment")


def test_a_period_of_other_books_does_not_help(attack: Attack) -> None:
    attack.period(TODAY, entity_id=Books().id)
    with refused_by("journal_period_open"):
        attack.journal(day=TODAY, layer="adjustment")


def test_periods_and_their_statuses_are_in_order(attack: Attack) -> None:
    period = attack.period(TODAY)
    with refused_by("period_end_unique"), attack.connection.transaction():
        attack.period(TODAY)
    with refused_by("period_dates_in_order"), attack.connection.transaction():
        attack.period(YESTERDAY, starts_on=TOMORROW)
    attack.run(WITHOUT_STATUS_ORDER)
    attack.status(period, 1, "locked")
    with refused_by("period_status_number_unique"), attack.connection.transaction():
        attack.status(period, 1, "open")


def test_periods_belong_to_books_and_statuses_to_periods(attack: Attack, books: Books) -> None:
    for guard in ("period_overlap_guard", "period_follows_guard"):
        attack.run(f"ALTER TABLE periods_period DISABLE TRIGGER {guard}")
    attack.period(TODAY, entity_id="00000000-0000-0000-0000-000000000001")
    with refused_by("periods_period_entity_id_caecac6d_fk_books_entity_id"), attack.connection.transaction():
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")
    attack.connection.rollback()
    attack.status(books.id, 1, "open")
    with refused_by("periods_periodstatus_period_id_f3c3c609_fk_periods_period_id"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("table", ["days_daycutoff", "periods_period", "periods_periodstatus"])
def test_each_row_has_its_own_id(attack: Attack, table: str) -> None:
    attack.run(WITHOUT_ORDER)
    attack.run(WITHOUT_STATUS_ORDER)
    attack.status(attack.period(TODAY), 1, "locked")
    attack.cut_off_record(1, "close", TODAY, TODAY)
    names = {"days_daycutoff_pkey", "periods_period_pkey", "periods_periodstatus_pkey"}
    assert f"{table}_pkey" in names
    with refused_by(f"{table}_pkey"):
        attack.run(f"INSERT INTO {table} SELECT * FROM {table}")
