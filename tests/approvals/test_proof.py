"""The proof names each proposal and decision that is not what its event says."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.proof import check_proposals
from ledgerflow.approvals.use_cases import decide
from tests.approving import a_proposal, an_opener
from tests.builders import an_entity


@pytest.fixture(scope="module")
def decided() -> Proposal:
    proposal = a_proposal(an_entity(), an_opener(), payload={"currency": "EUR", "lines": [1, "zwölf"]})
    bob = an_opener()
    decide(proposal.entity_id, proposal.id, "approved", person=bob, via=bob, note="fine")
    return proposal


@pytest.fixture
def forger(forger: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    forger.execute("SET TIME ZONE 'UTC'")
    return forger


def proven(connection: psycopg.Connection[Any], proposal: Proposal) -> list[tuple[str, str, str]]:
    found = list(check_proposals(connection, proposal.entity_id))
    assert all(expected != was for _, _, _, expected, was in found)
    return [fault[:3] for fault in found]


def test_honest_proposals_are_proven(forger: psycopg.Connection[Any], decided: Proposal) -> None:
    assert proven(forger, decided) == []


@pytest.mark.parametrize(
    "table, key, column, value",
    [
        ("approvals_proposal", "id", "kind", "other"),
        ("approvals_proposal", "id", "subject", "other"),
        ("approvals_proposal", "id", "payload", '{"currency":"USD"}'),
        ("approvals_proposal", "id", "reason", "other"),
        ("approvals_proposal", "id", "proposed_by", "user:7"),
        ("approvals_proposal", "id", "proposed_by_name", "other"),
        ("approvals_proposal", "id", "proposed_via", "key:other"),
        ("approvals_proposal", "id", "proposed_at", "2020-01-01T00:00:00Z"),
        ("approvals_proposal", "id", "expires_at", "2100-01-01T00:00:00Z"),
        ("approvals_proposaldecision", "proposal_id", "decision", "rejected"),
        ("approvals_proposaldecision", "proposal_id", "decided_by", "user:7"),
        ("approvals_proposaldecision", "proposal_id", "decided_by_name", "other"),
        ("approvals_proposaldecision", "proposal_id", "decided_via", "key:other"),
        ("approvals_proposaldecision", "proposal_id", "decided_at", "2020-01-01T00:00:00Z"),
        ("approvals_proposaldecision", "proposal_id", "note", ""),
    ],
    ids=lambda value: value if "_at" in value or value.isalpha() else None,
)
def test_a_rewritten_column_is_named(
    forger: psycopg.Connection[Any], decided: Proposal, table: str, key: str, column: str, value: str
) -> None:
    statement = sql.SQL("UPDATE {} SET {} = %s WHERE {} = %s").format(*map(sql.Identifier, (table, column, key)))
    forger.execute(statement, (value, decided.id))
    assert proven(forger, decided) == [(table, str(decided.id), column)]


def test_rows_that_are_gone_are_missed(forger: psycopg.Connection[Any], decided: Proposal) -> None:
    for table, key in (("approvals_proposaldecision", "proposal_id"), ("approvals_proposal", "id")):
        forger.execute(
            sql.SQL("DELETE FROM {} WHERE {} = %s").format(sql.Identifier(table), sql.Identifier(key)), (decided.id,)
        )
    key = str(decided.id)
    assert proven(forger, decided) == [("approvals_proposal", key, "row"), ("approvals_proposaldecision", key, "row")]


def test_rows_without_an_event_are_extra(forger: psycopg.Connection[Any], decided: Proposal) -> None:
    forged: UUID = uuid4()
    forger.execute(
        """INSERT INTO approvals_proposal SELECT %s, kind, subject, payload, reason, proposed_by, proposed_by_name,
           proposed_via, proposed_at,
           expires_at, 999, entity_id FROM approvals_proposal WHERE id = %s""",
        (forged, decided.id),
    )
    forger.execute(
        """INSERT INTO approvals_proposaldecision SELECT %s, decision, decided_by, decided_by_name, decided_via,
           decided_at, note,
           999
           FROM approvals_proposaldecision WHERE proposal_id = %s""",
        (forged, decided.id),
    )
    key = str(forged)
    assert proven(forger, decided) == [("approvals_proposal", key, "row"), ("approvals_proposaldecision", key, "row")]


def test_a_second_row_for_one_event_is_another_proposal(forger: psycopg.Connection[Any], decided: Proposal) -> None:
    forged = uuid4()
    forger.execute(
        """INSERT INTO approvals_proposal SELECT %s, kind, subject, payload, reason, proposed_by, proposed_by_name,
           proposed_via, proposed_at,
           expires_at, event_sequence, entity_id FROM approvals_proposal WHERE id = %s""",
        (forged, decided.id),
    )
    assert proven(forger, decided) == [("approvals_proposal", str(forged), "row")]


def test_an_event_that_tells_nothing_is_named(forger: psycopg.Connection[Any], decided: Proposal) -> None:
    for data in ("[]", "{}", "no JSON"):
        forger.execute(
            "UPDATE books_event SET data = %s WHERE entity_id = %s AND type = 'proposal.made'",
            (data, decided.entity_id),
        )
        event = ("books_event", str(decided.event_sequence), "data")
        assert proven(forger, decided) == [event, ("approvals_proposal", str(decided.id), "row")]


def test_an_approval_of_an_own_proposal_is_named(forger: psycopg.Connection[Any], decided: Proposal) -> None:
    """However well the events were forged along with the rows."""
    forger.execute(
        "UPDATE approvals_proposaldecision SET decided_by = %s WHERE proposal_id = %s",
        (decided.proposed_by, decided.id),
    )
    forger.execute(
        "UPDATE books_event SET data = replace(data, %s, %s) WHERE entity_id = %s AND type = 'proposal.approved'",
        (Proposal.objects.get(pk=decided.id).decision.decided_by, decided.proposed_by, decided.entity_id),
    )
    assert proven(forger, decided) == [("approvals_proposaldecision", str(decided.id), "decided_by")]
