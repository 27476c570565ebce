"""Whatever a superuser changes in any column of any row, the proof names the table that he changed.

The cases are made from the models: a new table or a new column is covered by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import cycle

import pytest
from django.contrib.auth import get_user_model
from django.db.models import UUIDField

from journals.proof.orphans import orphans_of, references_of
from ledgerflow.books.faults import Fault
from ledgerflow.books.models import Entity
from ledgerflow.core.plugins import registry
from tests.attacks import connect
from tests.builders import an_account, an_entity
from tests.forging import Forger, own_models
from tests.whole_books import whole_books

# What no event tells of, and why that is no fault.
UNPROVEN = {
    "portability_importrun": "It is how far a file has come; what was posted of it is proven as journals.",
    "portability_importbatch": "It tells which journals an import posted; they are proven as journals.",
    "portability_importupload": "It is what somebody says of a file that he uploaded; what was posted of it is proven as journals.",
    "portability_importrefusal": "It is what a file could not bring into the books, kept so that it can be tried again.",
    "books_entity.calendar_version": "It rises with each change of the calendar, and only that it changes counts.",
    "ledger_roles_membershipstep": "Who may do what is no part of the books; it is a history that no statement changes.",
    "content_piece": "It is what an application keeps of its own; what was paid for it is proven as a journal.",
    "content_access": "The same.",
    "credits_watch": "It is how far was looked for balances that fell; what was told of them is a row of its own.",
    "commands_command.number": "It orders what was to be done, and that is over.",
    "commands_command.received_at": "What was done is known by its events.",
    "commands_command.tries": "It counts failures of a command that waits.",
    "commands_command.due_at": "The same.",
    "days_daycutoff.id": "Nothing refers to it: a record is known by its number.",
    "periods_periodstatus.id": "Nothing refers to it: a status is known by its period and number.",
    "matching_matchsuggestion": "It is what the last run left to people, and the next one makes it anew.",
    "rates_pair.id": "Nothing refers to it: a pair is known by its currencies.",
    "series_numberseries.id": "Nothing refers to it: a series is known by its code.",
    "attachments_attachment.id": "Nothing refers to it: an attachment is known by its journal and its content.",
    "taxes_taxrate.id": "Nothing refers to it: a version is known by its code and number.",
    "schedules_recurringrun.id": "Nothing refers to it: a run is known by its event.",
    "consuming_position": "It is how far a consumer has come; its own transactions compare it with the hash chain.",
    "consuming_offset": "It is how far a consumer has read on Kafka; reading again does no harm.",
    "consuming_deadletter": "It is work that waits; who decided about it is proven in tests/consuming/test_dead_letters.py.",
    "publishing_sinkposition": "It is how far a sink has come; the publisher compares it with the hash chain.",
    "desk_preparedfigures": "They are what a check of Home found at its last look, and the next one makes them anew.",
    "by_hand_accountuse": "It counts which accounts somebody uses, to offer them first.",
    "by_hand_journaldraft": "It is what somebody has typed and not posted.",
    "by_hand_draftfile": "The same.",
    "desk_savedview": "It is what somebody wants a list to show, and says nothing of anybody's books.",
    "desk_chosencolumns": "They are the columns that somebody wants to see.",
    "desk_tourstate": "It is how far somebody has come on the tour.",
    "desk_listfile": "It is what somebody wants of the books, and is removed after a day.",
    "desk_listfilepart": "It is a copy of what the books say, and is removed after a day.",
    "desk_preference": "It is how somebody wants pages to be written, and says nothing of anybody's books.",
    "desk_seennews": "It is until when somebody has read his news, and says nothing of anybody's books.",
    "proof_proofrun": "It is what a proof has found itself, and another proof is worth more than the word of one.",
    "publishing_sinkbreaker": "It says whether a sink takes anything just now.",
    "checkpoints_copyposition": "It is how far the copies have come; that a copy is gone is found by its file.",
    "checkpoints_checkpoint.id": "Nothing refers to it: a checkpoint is known by its number and its size.",
    "access_logincount": "It counts tries to sign in for a quarter of an hour, and says nothing of anybody's books.",
    "webhooks_webhookqueue": "It is how far the consumer of webhooks has come, and who is sending just now.",
    "webhooks_webhookdelivery": "It is what waits to be sent or was, and is forgotten after a while.",
    "webhooks_webhookattempt": "It is how sending went, and is forgotten after a while.",
    "access_apikey.last_used_at": "It is a note for people, renewed without an event.",
}
MODELS = {table: model for table, model in own_models().items() if table not in UNPROVEN}


@pytest.fixture(scope="module")
def forger() -> Iterator[Forger]:
    entity, other = whole_books(), an_entity()
    for code in entity.accounts.values_list("code", flat=True):
        an_account(other, code)
    with connect() as connection:
        yield Forger(connection, entity.id, other.id)
        connection.rollback()


def test_whatever_is_changed_is_found(forger: Forger) -> None:
    """One test for all tables: making the books takes longer than changing some of their columns."""
    assert [str(fault) for fault in forger.faults()] == []
    for table, model in MODELS.items():
        columns = [one for one in forger.columns(table) if f"{table}.{one.name}" not in UNPROVEN]
        changes = [change for column in columns for change in forger.changes(model, column)]
        copies = [] if model is Entity else forger.copies(model)  # a copy is another set of books, without a beginning
        found, looked_at = missed(forger, table, (*changes, *forger.deletions(model), *copies))
        assert found == [], table
        assert looked_at > len(columns), f"{table} has no rows in these books"


def test_what_refers_to_nothing_is_found(forger: Forger) -> None:
    """Rows of a parent that is in no books are in the proof of none."""
    for table, model in own_models().items():
        for column, parent in references_of(model):
            if parent is get_user_model() or not isinstance(parent._meta.pk, UUIDField):
                continue  # no part of the books, whose keys are all UUIDs
            with forger.connection.transaction(force_rollback=True):
                one = f"SELECT ctid FROM {table} WHERE {column} IS NOT NULL LIMIT 1"
                sql = f"UPDATE {table} SET {column} = gen_random_uuid() WHERE ctid = ({one})"
                changed = forger.connection.execute(sql.encode()).rowcount
                assert not changed or names(orphans_of(forger.connection, model, column, parent), table, column)


def names(faults: Iterable[Fault], table: str, column: str) -> bool:
    return {(fault.table, fault.what) for fault in faults} == {(table, column)}


FIRST_OF_EACH = """
    SELECT DISTINCT ON (type) sequence, type FROM books_event WHERE entity_id = %(entity)s ORDER BY type, sequence
"""
NO_FACTS = ("[]", '{"', "null", '{"id": 7, "day": "x", "account": null, "max_age_days": "x"}', "[" * 100_000)


def test_an_event_that_is_no_declared_fact_is_named(forger: Forger) -> None:
    """And no proof stumbles over it: an event of nearly each type with data of another shape, one of no known type."""
    firsts = forger.connection.execute(FIRST_OF_EACH, forger.params).fetchall()
    assert len(firsts) > len(registry.events) * 0.8
    unnamed = []
    for (sequence, type_), data in zip(firsts, cycle(NO_FACTS)):
        faults = after(forger, sequence, f"data = '{data}'")
        named = any((fault.table, fault.key, fault.what) == ("books_event", str(sequence), "data") for fault in faults)
        if not named or any(fault.table == "verifier" for fault in faults):
            unnamed.append((type_, data[:20], [str(one) for one in faults if one.table == "verifier"]))
    assert unnamed == []
    faults = after(forger, 3, "type = 'hold.lost'")
    assert Fault("books_event", "3", "type", "one that a room declares", "hold.lost") in faults


def after(forger: Forger, sequence: int, change: str) -> list[Fault]:
    sql = f"UPDATE books_event SET {change} WHERE entity_id = %(entity)s AND sequence = {sequence}"
    return forger.found_after(sql, "books_event") or []


def missed(forger: Forger, table: str, changes: Iterable[str]) -> tuple[list[str], int]:
    """The changes after which no finding names the table, and how many could be carried out."""
    found, looked_at = [], 0
    for change in changes:
        faults = forger.found_after(change, table)
        if faults is None:
            continue
        looked_at += 1
        tables = {fault.table for fault in faults}
        # Of the last event of all, only the rows that followed from it can tell that it is gone.
        if "verifier" in tables or (table not in tables and not (table == "books_event" and tables)):
            found.append(f"{change}: {[str(fault) for fault in faults[:2]]}")
    return found, looked_at
