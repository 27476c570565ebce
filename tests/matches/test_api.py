"""Matching by the API: rules, runs, suggestions, matches by hand, differences, lines that are split."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ledgerflow.books.models import Entity
from recon.matching.passes.rules import DEFAULT_RULES
from recon.matching.rows import Bank
from tests.builders import an_entity
from tests.client import ApiClient, Reply
from tests.matches.banking import a_bank, a_line, a_posting, ran, suggested, tied


class Desk:
    """A bank account and who works on it."""

    def __init__(self) -> None:
        self.entity: Entity = an_entity()
        self.bank: Bank = a_bank(self.entity)
        self.client = ApiClient(self.entity)

    def get(self, path: str) -> Any:
        reply = self.client.get(f"/api/recon/{path}")
        assert reply.status == 200, reply.json
        return reply.json

    def post(self, path: str, body: Any = None, **given: Any) -> Reply:
        return self.client.post(f"/api/recon/{path}", body or {}, **given)

    def made(self, path: str, body: Any = None) -> Any:
        reply = self.post(path, body)
        assert reply.status in {200, 201}, reply.json
        return reply.json


@pytest.fixture
def desk() -> Desk:
    return Desk()


def put(desk: Desk, path: str, body: Any, **headers: str) -> Reply:
    return desk.client.send("PUT", path, body, **headers)


def test_a_run_confirms_and_the_list_tells_why(desk: Desk) -> None:
    line, version = a_line(desk.bank, "12.30", "INV-7701"), a_posting(desk.bank, "12.30", "INV-7701")
    told = desk.made("bank-accounts/BANK/match-runs?dry_run=true")
    assert (told["dry_run"], told["confirmed"], told["found"], tied(desk.bank)) == (True, 0, 1, set())
    assert told["matches"][0]["lines"] == [str(line)]
    told = desk.made("bank-accounts/BANK/match-runs")
    assert (told["confirmed"], told["rules_version"], told["suggested"]) == (1, 0, 0)
    (match,) = desk.get("bank-accounts/BANK/matches")["results"]
    assert match["parts"] == {"reference": 50, "amount": 30, "date": 10, "counterparty": 9}
    assert match["items"] == [
        {"side": "bank", "line": str(line), "posting": None, "day": "2026-02-01", "amount": "12.30"},
        {"side": "books", "line": None, "posting": version, "day": "2026-02-01", "amount": "12.30"},
    ]
    assert desk.get(f"matches/{match['id']}") == match
    assert desk.get("bank-accounts/BANK/matches?status=unmatched")["results"] == []


def test_a_dry_run_tries_other_rules(desk: Desk) -> None:
    a_line(desk.bank, "12.31", "INV-7701")
    a_posting(desk.bank, "12.30", "INV-7701")
    told = desk.made("bank-accounts/BANK/match-runs?dry_run=true", {"profile": "reference_then_cent"})
    assert [(one["rule"], one["residual"]) for one in told["matches"]] == [("reference_within_a_cent", "0.01")]
    refused = desk.post("bank-accounts/BANK/match-runs", {"profile": "reference_then_cent"})
    assert (refused.status, refused.pointers) == (400, ["/profile"])
    both = {"profile": "default", "rules": [{"code": "a", "priority": 1, "pass": "amount"}]}
    assert desk.post("bank-accounts/BANK/match-runs?dry_run=true", both).status == 400


def test_rules_are_read_and_set(desk: Desk) -> None:
    told = desk.get("bank-accounts/BANK/match-rules")
    assert (told["revision"], told["account"], [one["code"] for one in told["rules"]]) == (
        0, None, [rule.code for rule in DEFAULT_RULES],
    )  # fmt: skip
    path = "/api/recon/bank-accounts/BANK/match-rules"
    done = put(desk, path, {"profile": "reference_then_cent"}, if_match='"0"')
    assert (done.status, done.json["revision"], done.json["account"]) == (200, 1, "BANK")
    assert done.headers["ETag"] == '"1"'
    assert put(desk, path, {"profile": "default"}, if_match='"0"').status == 412
    rules = [{"code": "only", "priority": 1, "pass": "amount", "tolerance": "0.05", "threshold": 80}]
    done = put(desk, "/api/recon/match-rules", {"rules": rules}, if_match="*")
    assert (done.json["account"], done.json["rules"][0]["tolerance"]) == (None, "0.05")
    assert desk.get("bank-accounts/BANK/match-rules")["revision"] == 1
    wrongs: list[Any] = [{}, {"rules": rules, "profile": "default"}, {"rules": rules * 2}, {"rules": []}]
    for wrong in wrongs:
        assert put(desk, path, wrong, if_match="*").status == 400


def test_suggestions_are_confirmed_and_rejected(desk: Desk) -> None:
    for reference in ("INV-7701", "INV-8801"):
        a_line(desk.bank, "12.30", reference)
        for _ in range(2):
            a_posting(desk.bank, "12.30", reference)
    ran(desk.bank)
    told = desk.get("bank-accounts/BANK/suggestions")["results"]
    assert len(told) == 4
    done = desk.made(f"suggestions/{told[0]['id']}/confirm")
    assert done["rule"] == told[0]["rule"]
    rest = desk.get("bank-accounts/BANK/suggestions")["results"]
    assert len(rest) == 2
    done = desk.made(f"suggestions/{rest[0]['id']}/reject", {"reason": "another customer"})
    assert (done["lines"], done["reason"]) == (rest[0]["lines"], "another customer")
    assert len(suggested(desk.bank)) == 1
    assert desk.post(f"suggestions/{told[0]['id']}/confirm").status == 404


def test_a_match_by_hand_and_back(desk: Desk) -> None:
    lines = [str(a_line(desk.bank, amount)) for amount in ("10.00", "5.00")]
    version = a_posting(desk.bank, "15.00")
    refused = desk.post("bank-accounts/BANK/matches", {"lines": lines[:1], "postings": [version]})
    assert (refused.status, refused.json["code"], refused.json["data"]["difference"]) == (422, "match_differs", "-5")
    body = {"lines": lines, "postings": [version], "explanation": "two instalments"}
    first = desk.post("bank-accounts/BANK/matches", body, key="k")
    again = desk.post("bank-accounts/BANK/matches", body, key="k")
    assert (first.status, again.status, again.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json == again.json
    assert desk.post("bank-accounts/BANK/matches", body).json["code"] == "item_taken"
    assert desk.get("bank-accounts/BANK/unmatched-lines")["results"] == []
    done = desk.made(f"matches/{first.json['id']}/unmatch", {"reason": "not theirs"})
    assert done["status"] == "unmatched"
    assert [one["id"] for one in desk.get("bank-accounts/BANK/unmatched-lines")["results"]] == lines
    (posting,) = desk.get("bank-accounts/BANK/unmatched-postings")["results"]
    assert (posting["version"], posting["amount"]) == (version, "15.00")
    assert desk.get("bank-accounts/BANK/unmatched-postings?from=2026-02-02")["results"] == []
    assert desk.post(f"matches/{first.json['id']}/unmatch").json["code"] == "already_unmatched"


def test_a_line_is_split_and_its_fee_is_posted(desk: Desk) -> None:
    """A payout of 97.00 is 100.00 of sales and a fee of 3.00."""
    line, version = a_line(desk.bank, "97.00"), a_posting(desk.bank, "100.00")
    body = {"parts": [{"amount": "100.00"}, {"amount": "-3.00", "text": "fee"}]}
    first = desk.post(f"lines/{line}/split", body, key="s")
    assert (first.status, desk.post(f"lines/{line}/split", body, key="s").json) == (201, first.json)
    sale, fee = (part["id"] for part in first.json["parts"])
    assert {one["id"] for one in desk.get("bank-accounts/BANK/unmatched-lines")["results"]} == {sale, fee}
    match = desk.made("bank-accounts/BANK/matches", {"lines": [sale], "postings": [version]})
    refused = desk.post(f"lines/{line}/join")
    assert (refused.status, refused.json["code"]) == (409, "line_matched")
    given = {"lines": [fee], "template": "fee", "counter_account": "SALES"}
    posted = desk.made("bank-accounts/BANK/differences", given)
    assert (posted["rule"], posted["residual"], len(posted["items"])) == ("posted", "0.00", 2)
    assert posted["journal"] is not None
    for one in (match, posted):
        desk.made(f"matches/{one['id']}/unmatch")
    joined = desk.made(f"lines/{line}/join")
    assert (joined["line"]["status"], joined["parts"]) == ("open", [])


def test_what_is_sent_again_is_answered_as_it_was_first(desk: Desk) -> None:
    """Also when the match was taken back since, and the line joined."""
    line, version = a_line(desk.bank, "12.30"), a_posting(desk.bank, "12.30")
    other = a_line(desk.bank, "97.00")
    split = {"parts": [{"amount": "100.00"}, {"amount": "-3.00"}]}
    matched = {"lines": [str(line)], "postings": [version]}
    path = f"lines/{other}/split"
    first = [
        desk.post(where, body, key=where[:4]).json
        for where, body in (("bank-accounts/BANK/matches", matched), (path, split))
    ]
    desk.made(f"matches/{first[0]['id']}/unmatch")
    joined = desk.post(f"lines/{other}/join", key="join").json
    desk.made(path, split)
    assert desk.post("bank-accounts/BANK/matches", matched, key="bank").json == first[0]
    assert desk.post(path, split, key="line").json == first[1]
    assert desk.post(f"lines/{other}/join", key="join").json == joined


def test_a_matched_line_is_not_split(desk: Desk) -> None:
    line = a_line(desk.bank, "10.00", "INV-7701")
    a_posting(desk.bank, "10.00", "INV-7701")
    ran(desk.bank)
    refused = desk.post(f"lines/{line}/split", {"parts": [{"amount": "4.00"}, {"amount": "6.00"}]})
    assert (refused.status, refused.json["code"]) == (409, "line_matched")


def test_a_residual_is_posted(desk: Desk) -> None:
    put(desk, "/api/recon/match-rules", {"profile": "reference_then_cent"}, if_match="*")
    a_line(desk.bank, "12.31", "INV-7701")
    a_posting(desk.bank, "12.30", "INV-7701")
    desk.made("bank-accounts/BANK/match-runs")
    (match,) = desk.get("bank-accounts/BANK/matches")["results"]
    assert match["residual"] == "0.01"
    refused = desk.post(f"matches/{match['id']}/residual", {"template": "rounding"})
    assert (refused.code, refused.pointers) == ("difference_account_missing", ["/counter_account"])
    done = desk.made(f"matches/{match['id']}/residual", {"template": "rounding", "counter_account": "SALES"})
    assert Decimal(done["residual"]) == 0
    assert [one["status"] for one in desk.get("bank-accounts/BANK/matches")["results"]] == ["confirmed", "unmatched"]


@pytest.mark.parametrize("method, path", [("get", "matches"), ("post", "match-runs"), ("get", "unmatched-lines")])
def test_an_account_that_is_no_bank_account(desk: Desk, method: str, path: str) -> None:
    for code in ("SALES", "NOWHERE"):
        assert getattr(desk.client, method)(f"/api/recon/bank-accounts/{code}/{path}").status == 404


def test_others_books_are_not_reached(desk: Desk) -> None:
    line = a_line(desk.bank, "10.00", "INV-7701")
    a_posting(desk.bank, "10.00", "INV-7701")
    ran(desk.bank)
    (match,) = desk.get("bank-accounts/BANK/matches")["results"]
    stranger = ApiClient(an_entity())
    assert stranger.get(f"/api/recon/matches/{match['id']}").status == 404
    assert stranger.post(f"/api/recon/matches/{match['id']}/unmatch", {}).status == 404
    assert stranger.post(f"/api/recon/lines/{line}/join", {}).status == 404


def test_a_key_that_only_reads_matches_nothing(desk: Desk) -> None:
    reader = ApiClient(desk.entity, "read")
    assert reader.get("/api/recon/bank-accounts/BANK/matches").status == 200
    assert reader.post("/api/recon/bank-accounts/BANK/match-runs", {}).status == 403
    assert reader.post("/api/recon/bank-accounts/BANK/matches", {}).status == 403
