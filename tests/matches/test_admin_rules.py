"""The admin's page of rules: rows, a dry run of what they would change, profiles, and old versions."""

from __future__ import annotations

import pytest
from django.test import Client

from recon.matching.models import Match, MatchRules
from recon.matching.rule_sets import rules_of
from tests.matches.banking import a_line, a_posting
from tests.matches.desk import Desk
from tests.pages import text_of
from tests.people import a_member_of_staff

EDIT = "matchrules/edit/?account=BANK"


@pytest.fixture
def desk(operator: Client) -> Desk:
    return Desk(operator)


def a_rule(place: int, **given: str) -> dict[str, str]:
    """A row of the form, filled in."""
    rule = {
        "priority": str(10 * place + 10), "code": f"rule_{place}", "pass_": "reference", "tolerance": "0",
        "tolerance_percent": "0", "window_days_before": "7", "window_days_after": "30", "threshold": "95",
        "is_automatic": "on",
    }  # fmt: skip
    return {f"form-{place}-{name}": value for name, value in (rule | given).items()}


def rows(*some: dict[str, str]) -> dict[str, str]:
    typed = {name: value for row in some for name, value in row.items()}
    return {"form-TOTAL_FORMS": str(len(some)), "form-INITIAL_FORMS": "0", **typed}


def test_rules_are_saved_as_versions(desk: Desk) -> None:
    assert "The default is in force" in desk.page(EDIT)
    typed = rows(a_rule(0), a_rule(1, priority="5", pass_="loose_reference", tolerance="0.01", threshold="90"))
    assert "at version 1" in desk.send(EDIT, **typed, save="x")
    rules = rules_of(desk.entity.id, desk.bank.id).rules
    assert [(rule.code, str(rule.tolerance)) for rule in rules] == [("rule_1", "0.01"), ("rule_0", "0")]
    again = desk.sent(EDIT, **typed, save="x", version="0")
    assert "The rules are at version 1 now." in again, "sent twice"
    assert "at version 2" in desk.send(EDIT, **rows(a_rule(0), a_rule(1, DELETE="on")), save="x")
    assert len(rules_of(desk.entity.id, desk.bank.id).rules) == 1
    old = MatchRules.objects.get(bank_account_id=desk.bank.id, version=1)
    assert "loose reference 0.01" in text_of(desk.client.get(desk.at(f"matchrules/{old.pk}/change/")))
    assert 'value="rule_1"' in desk.page(f"{EDIT}&version=1")
    assert 'value="rule_1"' not in desk.page(f"{EDIT}&version=99999999999999999999")
    assert "version 2" in desk.page("matchrules/")


def test_rules_of_all_are_taken_by_a_bank_account_without_its_own(desk: Desk) -> None:
    assert "at version 1" in desk.send("matchrules/edit/", **rows(a_rule(0)), save="x")
    assert "saving gives this one rules of its own" in desk.page(EDIT)
    assert "at version 1" in desk.send(EDIT, **rows(a_rule(1), a_rule(0)), save="x")
    assert rules_of(desk.entity.id, None).version == 1


def test_a_dry_run_shows_what_would_change(desk: Desk) -> None:
    a_line(desk.bank, "12.31", "INV-7701")
    a_posting(desk.bank, "12.30", "INV-7701")
    a_line(desk.bank, "1050.00", "INV-7702")
    a_posting(desk.bank, "1050.00", "INV-7702")
    loose = a_rule(0, pass_="loose_reference", tolerance="0.01", threshold="90")
    page = desk.sent(EDIT, **rows(loose), version="0", **{"try": "x", "try_on": "BANK"})
    assert "Matched by these rules only: 1" in page
    assert "0.01" in page
    page = desk.sent(EDIT, **rows(a_rule(0, pass_="subset")), version="0", **{"try": "x", "try_on": "BANK"})
    assert "Matched by the rules in force only: 1" in page
    assert "1,050.00" in page
    page = desk.sent(EDIT, **rows(a_rule(0)), version="0", **{"try": "x", "try_on": "BANK"})
    assert "Both match the same" in page
    assert not Match.objects.filter(bank_account_id=desk.bank.id).exists()
    assert not MatchRules.objects.filter(entity=desk.entity).exists()


def test_nonsense_is_refused(desk: Desk) -> None:
    for given in (
        {"code": "No Code"}, {"threshold": "101"}, {"window_days_after": "100000"}, {"pass_": "guess"},
        {"tolerance": "-1"}, {"tolerance_percent": "101"}, {"priority": "x"},
    ):  # fmt: skip
        refused = desk.sent(EDIT, **rows(a_rule(0, **given)), version="0", save="x")
        assert "Nothing was written" in refused, given
    assert "Nothing was written" in desk.sent(EDIT, **rows({}), version="0", save="x")
    assert not MatchRules.objects.filter(entity=desk.entity).exists()


def test_more_rows_keep_what_was_typed(desk: Desk) -> None:
    page = desk.sent(EDIT, **rows(a_rule(0)), version="0", more="x")
    assert 'value="rule_0"' in page
    assert 'name="form-3-code"' in page


def test_only_who_may_set_rules_is_let_in(desk: Desk) -> None:
    viewer = a_member_of_staff("matching.view_matchrules", "matching.change_match")
    body = viewer.get(desk.at("matchrules/")).content.decode()
    assert "Edit the rules" not in body
    assert viewer.get(desk.at(EDIT)).status_code == 403
    assert viewer.post(desk.at(EDIT), {"profile": "default", "version": "0"}).status_code == 403


def test_the_form_means_the_books_that_it_was_opened_in(desk: Desk) -> None:
    page = desk.page(EDIT)
    assert f'action="?entity={desk.entity.code}&amp;account=BANK"' in page
    assert f'action="?entity={desk.entity.code}&amp;account=BANK"' in desk.page("match/by-hand/?account=BANK")
