"""What browsers report, and whose pages have the policy."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from structlog.testing import capture_logs

from ledgerflow.web.policy import reports
from ledgerflow.web.policy.content import NAME, policy, under_policy
from reports.admin import report_page

REPORT = {
    "csp-report": {"document-uri": "http://x/admin/", "effective-directive": "script-src-elem", "blocked-uri": "inline"}
}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> reports.Violations:
    violations = reports.Violations()
    monkeypatch.setattr(reports, "violations", violations)
    return violations


def sent(body: bytes | dict[str, Any]) -> int:
    data = body if isinstance(body, bytes) else json.dumps(body)
    answer = Client(enforce_csrf_checks=True).post("/policy-reports", data, content_type="application/csp-report")
    assert (answer.content, answer.cookies) == (b"", {})
    return answer.status_code


def test_a_report_is_logged_and_counted(counted: reports.Violations) -> None:
    with capture_logs() as lines:
        assert sent(REPORT) == 204
    assert [(line["event"], line["directive"], line["page"], line["seen"]) for line in lines] == [
        ("policy_violation", "script-src-elem", "http://x/admin/", 1)
    ]
    assert counted.counts == {"script-src-elem": 1}


def test_of_many_reports_the_first_are_logged_and_all_are_counted(counted: reports.Violations) -> None:
    with capture_logs() as lines:
        for number in range(reports.LOGGED_A_MINUTE + 5):
            sent({"csp-report": {"effective-directive": f"word-{number}", "document-uri": "x" * 9_000}})
    assert len(lines) <= 2 * reports.LOGGED_A_MINUTE  # the minute may end meanwhile
    assert {len(line["page"]) for line in lines} == {reports.MOST_CHARACTERS}
    assert counted.counts == {reports.OTHER: reports.LOGGED_A_MINUTE + 5}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"[]", b'{"csp-report": 1}', b"[" * 9_000, b'{"csp-report": {}}' + b" " * 20_000],
    ids=["nothing", "half", "no text", "a list", "no object", "deep", "large"],
)
def test_what_is_no_report_is_nothing(counted: reports.Violations, body: bytes) -> None:
    assert sent(body) == 204
    assert Client().get("/policy-reports").status_code == 204
    for length in ("x", "\u0665", "9" * 5_000):
        assert Client().post("/policy-reports", REPORT, "application/json", CONTENT_LENGTH=length).status_code == 204
    assert counted.counts == {}


def test_pages_of_another_project_are_left_alone() -> None:
    def page(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    request = RequestFactory().get("/")
    assert NAME not in under_policy(page)(request)  # of tests, which are no room of ours
    page.__module__ = "ledgerflow.desk.site"
    assert under_policy(page)(request)[NAME] == under_policy(partial(page))(request)[NAME] == policy()
    assert under_policy(UserAdmin.changelist_view) is UserAdmin.changelist_view
    assert under_policy(report_page) is not report_page
