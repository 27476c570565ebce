"""Matches by plain SQL: they say what their lines and postings say, add up, come with their event, and never change."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from recon.matching.passes.rules import REFERENCE
from recon.matching.rows import Bank
from recon.matching.rule_sets import set_rules
from recon.matching.use_cases import reject_suggestion, unmatch
from tests.attacks import Attack, connect, refused_by
from tests.matches.banking import a_bank, a_line, a_posting, by_hand, ran, suggested

pytestmark = pytest.mark.every_server

MOMENT = "2026-03-02T12:00:00Z"
COMMIT = "SET CONSTRAINTS ALL IMMEDIATE"
# The same row again, other in what else has to be unique.
COPY_OF = """
    INSERT INTO {table}
    SELECT (jsonb_populate_record(x, '{{"number": 999, "version": 999, "is_active": false}}')).*
    FROM {table} x WHERE entity_id = %s LIMIT 1
"""
STRANGER = UUID("0190a000-0000-7000-8000-000000000000")


class Scene:
    """A bank account with a match, one that was taken back, a free line and posting, rules, a rejection, a suggestion."""

    def __init__(self) -> None:
        self.bank: Bank = a_bank()
        self.matched = a_line(self.bank, "10.00"), a_posting(self.bank, "10.00")
        self.match = by_hand(self.bank, [self.matched[0]], [self.matched[1]]).match.match.id
        old = by_hand(self.bank, [a_line(self.bank, "20.00")], [a_posting(self.bank, "20.00")]).match.match
        self.old = old.id
        unmatch(self.bank.entity_id, old.id, key="u", actor="t")
        self.line, self.version = a_line(self.bank, "5.00"), a_posting(self.bank, "5.00")
        a_line(self.bank, "12.30", "INV-7701")
        for _ in range(3):
            a_posting(self.bank, "12.30", "INV-7701")
        ran(self.bank)
        reject_suggestion(self.bank.entity_id, suggested(self.bank)[0].id, reason="r", key="r", actor="t")
        set_rules(self.bank.entity_id, self.bank.id, [REFERENCE], actor="t")
        self.free = a_line(self.bank, "7.00"), a_posting(self.bank, "7.00")
        self.other = a_bank()

    @property
    def id(self) -> UUID:
        return self.bank.entity_id

    last_sequence = 0


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


@pytest.fixture
def forge(scene: Scene) -> Iterator[Attack]:
    with connect() as connection:
        attack = Attack(connection, scene)  # type: ignore[arg-type]  # only its id is asked for
        attack.catch_up()
        yield attack
        connection.rollback()


def a_match(forge: Attack, scene: Scene, *, told: bool = True, **changes: Any) -> UUID:
    """A match with its event, but for `changes`, without items."""
    forge.catch_up()
    row = {
        "id": uuid4(), "entity_id": scene.id, "bank_account_id": scene.bank.id, "number": 1000, "status": "confirmed",
        "rule": "manual", "residual": Decimal(0), "explanation": "x", "event_sequence": scene.last_sequence + 1,
        "changed_sequence": scene.last_sequence + 1, "recorded_at": MOMENT, "actor": "attacker",
    } | changes  # fmt: skip
    if told:
        forge.event(type="match.confirmed", subject=str(row["id"]))
    forge.insert("matching_match", **row)
    return UUID(str(row["id"]))


def items(forge: Attack, scene: Scene, match: UUID, *each: dict[str, Any]) -> None:
    """The items of the free line and the free posting, with changes for each, in one statement."""
    line: dict[str, Any] = {"side": "bank", "line_id": scene.free[0], "account_id": None, "account_version": None}
    ours: dict[str, Any] = {
        "side": "books",
        "line_id": None,
        "account_id": scene.bank.account_id,
        "account_version": scene.free[1],
    }
    shared = {
        "match_id": match, "bank_account_id": scene.bank.id, "entity_id": scene.id, "day": "2026-02-01",
        "amount": Decimal("7.00"), "is_active": True,
    }  # fmt: skip
    rows = [
        {"id": uuid4()} | shared | own | change for own, change in zip((line, ours), each or ({}, {}), strict=False)
    ]
    names = ", ".join(rows[0])
    values = ", ".join("(" + ", ".join(["%s"] * len(rows[0])) + ")" for _ in rows)
    forge.run(
        f"INSERT INTO matching_matchitem ({names}) VALUES {values}", *[value for row in rows for value in row.values()]
    )


def without_keys(forge: Attack) -> None:
    """With these out of the way, the guard is the one that answers."""
    for name in ("match", "line", "posting"):
        forge.run(f"ALTER TABLE matching_matchitem DROP CONSTRAINT match_item_of_its_{name}")


def test_a_match_that_fits_goes_in(forge: Attack, scene: Scene) -> None:
    """So that what is refused below is refused for its one change."""
    items(forge, scene, a_match(forge, scene))
    forge.run(COMMIT)


# What a match says


def test_a_match_has_its_event(forge: Attack, scene: Scene) -> None:
    with refused_by("match_has_event"):
        a_match(forge, scene, told=False)


@pytest.mark.parametrize("changes", [({}, {"amount": Decimal(7)}), ({},)])
def test_a_match_adds_up(forge: Attack, scene: Scene, changes: tuple[dict[str, Any], ...]) -> None:
    """By another residual, or without one of its sides."""
    whole = len(changes) > 1
    items(forge, scene, a_match(forge, scene, residual=Decimal(1 if whole else 7)), *changes)
    with refused_by("match_adds_up"):
        forge.run(COMMIT)


def test_a_match_has_items(forge: Attack, scene: Scene) -> None:
    a_match(forge, scene)
    with refused_by("match_adds_up"):
        forge.run(COMMIT)


def test_a_match_begins_as_confirmed(forge: Attack, scene: Scene) -> None:
    a_match(forge, scene, status="unmatched")
    with refused_by("match_begins_confirmed"):
        forge.run(COMMIT)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal("8.00")},
        {"day": "2026-02-02"},
        {"line_id": STRANGER},
    ],
)
def test_an_item_says_what_its_line_says(forge: Attack, scene: Scene, changes: dict[str, Any]) -> None:
    without_keys(forge)
    match = a_match(forge, scene)
    with refused_by("match_item_says_its_line"):
        items(forge, scene, match, changes, {})


@pytest.mark.parametrize(
    "changes", [{"amount": Decimal("8.00")}, {"day": "2026-02-02"}, {"account_version": 99}, {"account_id": "other"}]
)
def test_an_item_says_what_its_posting_says(forge: Attack, scene: Scene, changes: dict[str, Any]) -> None:
    if "account_id" in changes:
        changes = {"account_id": scene.other.account_id}
    without_keys(forge)
    match = a_match(forge, scene)
    with refused_by("match_item_says_its_posting"):
        items(forge, scene, match, {}, changes)


@pytest.mark.parametrize("change", [{"is_active": False}, {"entity_id": STRANGER}, {"bank_account_id": STRANGER}])
def test_items_come_with_their_match(forge: Attack, scene: Scene, change: dict[str, Any]) -> None:
    if "entity_id" in change:
        change = {"entity_id": scene.other.entity_id}
    without_keys(forge)
    match = a_match(forge, scene)
    with refused_by("match_item_with_its_match"):
        items(forge, scene, match, change, change)


def test_no_items_come_later(forge: Attack, scene: Scene) -> None:
    with refused_by("match_item_with_its_match"):
        items(forge, scene, scene.match)


@pytest.mark.parametrize(
    "place, constraint", [(0, "match_line_once"), (1, "match_posting_once")], ids=["line", "posting"]
)
def test_an_item_is_in_one_match_that_stands(forge: Attack, scene: Scene, place: int, constraint: str) -> None:
    match = a_match(forge, scene)
    changes: list[dict[str, Any]] = [{}, {}]
    name = ("line_id", "account_version")[place]
    changes[place] = {name: scene.matched[place], "amount": Decimal("10.00")}
    with refused_by(constraint):
        items(forge, scene, match, *changes)


@pytest.mark.parametrize("change", [{"line_id": None}, {"side": "books"}, {"side": "other"}])
def test_an_item_is_a_line_or_a_posting(forge: Attack, scene: Scene, change: dict[str, Any]) -> None:
    match = a_match(forge, scene)
    with refused_by("match_item_is_line_or_posting"):
        items(forge, scene, match, change, {})


@pytest.mark.parametrize(
    "changes, constraint",
    [
        ({"number": 1}, "match_number_unique"),
        ({"score": 101}, "match_score_sane"),
        ({"status": "maybe"}, "match_status_known"),
    ],
)
def test_what_a_match_can_hold(forge: Attack, scene: Scene, changes: dict[str, Any], constraint: str) -> None:
    with refused_by(constraint):
        a_match(forge, scene, **changes)


# What of it changes


def test_a_match_ends_by_its_event(forge: Attack, scene: Scene) -> None:
    sequence = scene.last_sequence + 1
    forge.run(
        "UPDATE matching_match SET status = 'unmatched', changed_sequence = %s WHERE id = %s", sequence, scene.match
    )
    forge.run("UPDATE matching_matchitem SET is_active = false WHERE match_id = %s", scene.match)
    with refused_by("match_end_has_event"):
        forge.run(COMMIT)


def test_the_items_of_a_match_end_with_it(forge: Attack, scene: Scene) -> None:
    forge.event(type="match.unmatched", subject=str(scene.match))
    sequence = scene.last_sequence + 1
    forge.run(
        "UPDATE matching_match SET status = 'unmatched', changed_sequence = %s WHERE id = %s", sequence, scene.match
    )
    with refused_by("match_items_end_with_it"):
        forge.run(COMMIT)


@pytest.mark.parametrize(
    "change",
    ["residual = 1", "status = 'unmatched'", "changed_sequence = changed_sequence + 1", "number = 77", "rule = 'x'"],
)
def test_a_match_is_only_taken_back(forge: Attack, scene: Scene, change: str) -> None:
    with refused_by("match_is_only_taken_back"):
        forge.run(f"UPDATE matching_match SET {change} WHERE id = %s", scene.match)


def test_what_was_taken_back_stays_so(forge: Attack, scene: Scene) -> None:
    with refused_by("match_is_only_taken_back"):
        forge.run(
            "UPDATE matching_match SET status = 'confirmed', changed_sequence = 99999 WHERE id = %s", scene.old
        )  # fmt: skip
    forge.connection.rollback()
    with refused_by("match_item_only_ends"):
        forge.run("UPDATE matching_matchitem SET is_active = true WHERE match_id = %s", scene.old)


@pytest.mark.parametrize("change", ["amount = 1", "day = '2026-02-02'", "is_active = false"])
def test_an_item_only_ends_with_its_match(forge: Attack, scene: Scene, change: str) -> None:
    with refused_by("match_item_only_ends"):
        forge.run(f"UPDATE matching_matchitem SET {change} WHERE match_id = %s", scene.match)


@pytest.mark.parametrize(
    "table, constraint",
    [
        ("matchitem", "match_item_is_kept"),
        ("match", "match_is_kept"),
        ("matchrules", "history_is_immutable"),
        ("matchrejection", "history_is_immutable"),
    ],
)
def test_nothing_is_deleted(forge: Attack, scene: Scene, table: str, constraint: str) -> None:
    """Rules by "match_rules_immutable", rejections by "match_rejection_immutable"."""
    with refused_by(constraint):
        forge.run(f"DELETE FROM matching_{table} WHERE entity_id = %s", scene.id)


# Lines that are in a match


@pytest.mark.parametrize("change", ["is_undone = true", "is_split = true"])
def test_a_matched_line_is_locked(forge: Attack, scene: Scene, change: str) -> None:
    with refused_by("matched_line_is_locked"):
        forge.run(
            f"UPDATE statements_statementline SET {change}, changed_sequence = changed_sequence + 1 WHERE id = %s",
            scene.matched[0],
        )


# Rules and rejections


def test_rules_have_their_event(forge: Attack, scene: Scene) -> None:
    forge.insert("matching_matchrules", **rules(scene))
    with refused_by("match_rules_has_event"):
        forge.run(COMMIT)


def rules(scene: Scene, **changes: Any) -> dict[str, Any]:
    return {
        "id": uuid4(), "entity_id": scene.id, "bank_account_id": scene.bank.id, "version": 9, "rules": "[]",
        "event_sequence": 1, "recorded_at": MOMENT, "actor": "x",
    } | changes  # fmt: skip


def test_rules_have_one_of_each_version(forge: Attack, scene: Scene) -> None:
    with refused_by("match_rules_version_unique"):
        forge.insert("matching_matchrules", **rules(scene, version=1))


def test_a_rejection_has_its_event(forge: Attack, scene: Scene) -> None:
    forge.insert("matching_matchrejection", **rejection(scene))
    with refused_by("match_rejection_has_event"):
        forge.run(COMMIT)


def rejection(scene: Scene, **changes: Any) -> dict[str, Any]:
    return {
        "id": uuid4(), "entity_id": scene.id, "bank_account_id": scene.bank.id, "lines": "[]", "postings": "[]",
        "reason": "", "event_sequence": 1, "recorded_at": MOMENT, "actor": "x",
    } | changes  # fmt: skip


# Whose they are


def test_all_are_of_a_bank_account_of_their_books(forge: Attack, scene: Scene) -> None:
    strange: dict[str, Any] = {"bank_account_id": scene.other.id}
    for constraint, insert in (
        ("match_of_its_bank_account", lambda: a_match(forge, scene, **strange)),
        ("match_rules_of_bank_account", lambda: forge.insert("matching_matchrules", **rules(scene, **strange))),
        (
            "match_rejection_of_bank_account",
            lambda: forge.insert("matching_matchrejection", **rejection(scene, **strange)),
        ),
        ("match_suggestion_of_bank_account", lambda: forge.insert("matching_matchsuggestion", **suggestion(scene))),
    ):
        with refused_by(constraint):
            insert()
        forge.connection.rollback()


def suggestion(scene: Scene) -> dict[str, Any]:
    return {
        "id": uuid4(), "entity_id": scene.id, "bank_account_id": scene.other.id, "place": 0, "lines": "[]",
        "postings": "[]", "rule": "r", "score": 1, "parts": "{}", "residual": 0, "explanation": "", "reason": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    "constraint, parent",
    [
        ("match_item_of_its_match", "match_id"),
        ("match_item_of_its_line", "line_id"),
        ("match_item_of_its_posting", "account_version"),
    ],
)
def test_an_item_refers_to_what_is_there(forge: Attack, scene: Scene, constraint: str, parent: str) -> None:
    """With the guard out of the way, which would be first."""
    for trigger in ("match_item_guard", "match_item_change_guard"):
        forge.run(f"ALTER TABLE matching_matchitem DISABLE TRIGGER {trigger}")
    match = a_match(forge, scene)
    change: dict[str, Any] = {parent: 99 if parent == "account_version" else uuid4()}
    with refused_by(constraint):
        items(forge, scene, match, *(({}, change) if parent == "account_version" else (change, {})))


@pytest.mark.parametrize(
    "table, constraint",
    [
        ("matching_match", "matching_match_pkey"),
        ("matching_matchitem", "matching_matchitem_pkey"),
        ("matching_matchrules", "matching_matchrules_pkey"),
        ("matching_matchrejection", "matching_matchrejection_pkey"),
        ("matching_matchsuggestion", "matching_matchsuggestion_pkey"),
    ],
)
def test_ids_are_unique(forge: Attack, scene: Scene, table: str, constraint: str) -> None:
    with refused_by(constraint):
        forge.run(COPY_OF.format(table=table), scene.id)


def test_a_match_is_of_one_bank_account(forge: Attack, scene: Scene) -> None:
    """The target of the key of items; its id alone is unique already."""
    forge.run("ALTER TABLE matching_match DROP CONSTRAINT matching_match_pkey CASCADE")
    with refused_by("match_of_bank_account"):
        forge.run(COPY_OF.format(table="matching_match"), scene.id)
