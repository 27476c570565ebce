"""A bank that mangles references, through the database: what is matched is what the pure engine matches."""

from __future__ import annotations

from datetime import timedelta

from recon.matching.passes.engine import run
from recon.matching.passes.rules import DEFAULT_RULES
from recon.matching.proof import check_matches
from tests.attacks import connect
from tests.builders import an_entity
from tests.matches.banking import a_bank, ran, tied
from tests.matches.mangled import stored
from tests.matching.mangling import any_amount, bank_lines, our_items


def test_two_thousand_lines_match_as_in_memory() -> None:
    ours = our_items(2000, 1, any_amount)
    lines, truth = bank_lines(ours, 1)
    last = max(item.day for item in [*ours, *lines])
    bank = a_bank(an_entity(business_date=last + timedelta(days=1)))
    rows = stored(bank, ours, lines)
    expected = {
        (frozenset(rows.lines[id_] for id_ in match.bank), frozenset(rows.postings[id_] for id_ in match.books))
        for match in run(lines, ours, DEFAULT_RULES).matches
    }
    found = ran(bank)
    assert found.confirmed == len(expected) == len(found.outcome.matches)
    assert tied(bank) == expected
    kinds = {item: finding.kind for finding in found.outcome.exceptions for item in finding.items}
    assert {kinds[rows.lines[line]] for line in truth.off_by_a_cent} == {"amount"}
    assert {kinds[rows.postings[one]] for one in truth.missing} == {"missing_in_bank"}
    with connect() as connection:
        assert list(check_matches(connection, bank.entity_id)) == []
