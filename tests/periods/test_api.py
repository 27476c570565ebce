"""The fiscal calendar over HTTP: periods, the year end, layers and late journals, accruals, recurring journals."""

from __future__ import annotations

from typing import Any

import pytest

from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity, Event
from ledgerflow.core import canonical
from tests.approving import a_person
from tests.calendars import YEAR_END, books_on, close, close_months, period, year
from tests.client import ApiClient, Reply

SALE = {"debit_account": "cash", "credit_account": "sales", "amount": "10.00"}
LINES = [
    {"account": "rent", "side": "debit", "amount": "5.00"},
    {"account": "cash", "side": "credit", "amount": "5.00"},
]
NEW_YEAR = "2027-01-01"


@pytest.fixture
def books() -> Entity:
    return books_on(YEAR_END)


@pytest.fixture
def client(books: Entity) -> ApiClient:
    return ApiClient(books, person=a_person("periods.reopen_period"))


@pytest.fixture
def next_day(books: Entity) -> Entity:
    """The same after its first close: the business date is the new year's first."""
    close(books, YEAR_END)
    return books


def of(which: Any) -> str:
    return f"/api/periods/{which.id}"


# Periods


def test_a_fiscal_year_is_made_and_listed(books: Entity, client: ApiClient) -> None:
    made = client.post("/api/periods", {"starts_on": NEW_YEAR})
    assert (made.status, len(made.json["periods"])) == (201, 13)
    assert made.json["periods"][0] | {"id": ""} == {
        "id": "", "kind": "month", "name": "FY2027 P01", "starts_on": "2027-01-01", "ends_on": "2027-01-31", "status": "open",
    }  # fmt: skip
    years = client.get("/api/periods", {"kind": "year"}).json["results"]
    assert [one["ends_on"] for one in years] == ["2026-12-31", "2027-12-31"]
    first = client.get("/api/periods", {"limit": "20"}).json
    second = client.get(first["next"].removeprefix("http://testserver"))
    assert [len(page) for page in (first["results"], second.json["results"])] == [20, 6]
    assert client.get(f"/api/periods/{made.json['periods'][0]['id']}").json == made.json["periods"][0]


def test_what_is_no_year_is_refused_by_name(client: ApiClient) -> None:
    assert client.post("/api/periods", {"starts_on": "2026-07-01"}).code == "periods_overlap"
    assert client.post("/api/periods", {"starts_on": "2028-01-01"}).code == "periods_gap"
    for wrong, pointer in (({"ends_on": "2026-12-31"}, "/ends_on"), ({"starts_on": "9999-12-31"}, "/starts_on"),
                           ({"weeks": {"weekday": 8, "month": 12}}, "/weeks/weekday"), ({"name": " "}, "/name"),
                           ({"weeks": {"weekday": 7, "month": 1, "pattern": "5-5-3"}}, "/weeks/pattern")):  # fmt: skip
        refused = client.post("/api/periods", {"starts_on": NEW_YEAR} | wrong)
        assert (refused.status, refused.pointers) == (400, [pointer])
    refused = client.post("/api/periods", {"starts_on": NEW_YEAR, "name": "FY2026"})
    assert (refused.code, refused.pointers) == ("period_name_taken", ["/name"])
    assert client.get("/api/periods", {"kind": "week"}).pointers == ["/kind"]
    assert client.get("/api/periods", {"status": "shut"}).pointers == ["/status"]


def test_lock_unlock_and_close(books: Entity, client: ApiClient) -> None:
    december = period(books, YEAR_END)
    assert client.post(f"{of(december)}/lock", {"reason": "audit"}).json["status"] == "locked"
    assert [one["id"] for one in client.get("/api/periods", {"status": "locked"}).json["results"]] == [str(december.id)]
    assert client.post("/api/transfers", SALE).code == "period_locked"
    assert client.post("/api/transfers", SALE | {"override_lock": "allowed"}).status == 201
    assert client.post(f"{of(december)}/unlock").json["status"] == "open"
    assert client.post(f"{of(december)}/close").code == "period_days_open"
    close(books, YEAR_END)
    assert client.post(f"{of(december)}/close").json["status"] == "closed"
    assert client.post(f"{of(december)}/unlock").code == "period_closed"
    assert client.post(f"{of(year(books))}/close").code == "year_end_needed"


def test_reopening_is_proposed_and_approved_by_another(next_day: Entity, client: ApiClient) -> None:
    december = period(next_day, YEAR_END)
    assert client.post(f"{of(december)}/reopen", {"reason": "late"}).code == "period_not_closed"
    client.post(f"{of(december)}/close")
    proposed = client.post(f"{of(december)}/reopen", {"reason": "late"})
    assert (proposed.status, proposed.json["status"]) == (201, "pending")
    assert client.post(f"{proposed.headers['Location']}/approve").code == "approval_needs_another_person"
    other = ApiClient(next_day, person=a_person("periods.reopen_period"))
    assert other.post(f"{proposed.headers['Location']}/approve").json["executed"]
    assert client.get(of(december)).json["status"] == "open"


def test_the_year_end_is_previewed_then_done_once(next_day: Entity, client: ApiClient) -> None:
    client.post("/api/journals", {"lines": LINES, "layer": "adjustment", "effective_date": str(YEAR_END)})
    path = f"{of(year(next_day))}/year-end"
    events = Event.objects.filter(entity=next_day).count()
    shown = client.post(path, {"dry_run": True}).json
    assert (shown["status"], shown["journals"], len(shown["obstacles"])) == ("would_post", [], 1)
    assert shown["lines"] == [
        {"account": "rent", "currency": "EUR", "side": "credit", "amount": "5.00"},
        {"account": "profits", "currency": "EUR", "side": "debit", "amount": "5.00"},
    ]
    assert Event.objects.filter(entity=next_day).count() == events
    assert client.post(path).code == "periods_open"
    close_months(next_day)
    assert client.post(path, key="").code == "idempotency_key_missing"
    done = client.post(path, key="k")
    assert (done.status, done.json["status"], done.json["lines"]) == (200, "posted", shown["lines"])
    again = client.post(path, key="k")
    assert (again.json["status"], again.headers["Idempotent-Replayed"]) == ("replayed", "true")
    assert again.json["journals"] == done.json["journals"]
    assert client.get(of(year(next_day))).json["status"] == "closed"


# Layers, late journals, overriding a lock


def fact(reply: Reply) -> dict[str, Any]:
    assert reply.status == 201, reply.json
    journal: dict[str, Any] = reply.json["journal"]
    return journal


def test_an_adjustment_goes_into_a_closed_day(next_day: Entity, client: ApiClient) -> None:
    asked = {"lines": LINES, "layer": "adjustment", "effective_date": str(YEAR_END)}
    posted = fact(client.post("/api/journals", asked))
    assert (posted["layer"], posted["effective_date"]) == ("adjustment", str(YEAR_END))
    back = fact(client.post(f"/api/journals/{posted['id']}/reverse"))
    assert (back["layer"], back["effective_date"]) == ("adjustment", str(YEAR_END))
    other = fact(client.post("/api/journals", asked))
    back = fact(client.post(f"/api/journals/{other['id']}/reverse", {"layer": "ordinary"}))
    assert (back["layer"], back["effective_date"]) == ("ordinary", NEW_YEAR)


@pytest.mark.parametrize("layer", ["closing", "memo", None])
def test_requests_post_no_closing_entries(client: ApiClient, layer: str | None) -> None:
    refused = client.post("/api/journals", {"lines": LINES, "layer": layer, "effective_date": str(YEAR_END)})
    assert (refused.code, refused.pointers) == ("malformed", ["/layer"])


def test_a_transfer_has_no_layer(client: ApiClient) -> None:
    assert client.post("/api/transfers", SALE | {"layer": "adjustment"}).code == "malformed"


@pytest.mark.parametrize("path", ["/api/transfers", "/api/journals"])
def test_a_late_journal_rolls_forward_when_it_says_so(next_day: Entity, client: ApiClient, path: str) -> None:
    asked: dict[str, Any] = SALE if path == "/api/transfers" else {"lines": LINES}
    asked = asked | {"effective_date": "2026-12-30"}
    assert client.post(path, asked).code == "day_closed"
    posted = fact(client.post(path, asked | {"late": "roll_forward"}))
    assert (posted["effective_date"], posted["original_date"]) == (NEW_YEAR, "2026-12-30")
    assert client.post(path, asked | {"late": "never"}).pointers == ["/late"]


def test_items_of_a_batch_may_be_late_and_override(next_day: Entity, client: ApiClient) -> None:
    late = {"effective_date": "2026-12-30", "late": "roll_forward"}
    items = [SALE | late | {"idempotency_key": "1"}, {"lines": LINES, "idempotency_key": "2"} | late,
             SALE | {"idempotency_key": "3", "override_lock": "allowed"}]  # fmt: skip
    answer = client.post("/api/journals/batch", {"mode": "each", "items": items}).json
    assert [one["journal"].get("original_date") for one in answer["results"]] == ["2026-12-30", "2026-12-30", None]
    unfit = ApiClient(next_day, "post")
    (refused,) = unfit.post("/api/journals/batch", {"mode": "each", "items": items[2:]}).json["results"]
    assert (refused["error"]["code"], refused["error"]["errors"][0]["pointer"]) == (
        "permission_missing", "/items/0/override_lock",
    )  # fmt: skip


@pytest.mark.parametrize("twin", ["late", "override_lock"])
def test_a_member_named_twice_is_seen_among_the_new_ones(client: ApiClient, twin: str) -> None:
    """The short look at a transfer counts quotes: what it does not expect is looked at closely."""
    body = canonical.encode(SALE | {"late": "roll_forward", "override_lock": "x"})
    assert client.send("POST", "/api/transfers", body, idempotency_key="k").status == 201
    twice = body[:-1] + b',"%b":"roll_forward"}' % twin.encode()
    refused = client.send("POST", "/api/transfers", twice, idempotency_key="other")
    assert (refused.code, refused.pointers) == ("malformed", [f"/{twin}"])


@pytest.mark.parametrize("more", [{}, {"late": "refuse"}, {"late": "roll_forward"}, {"override_lock": "x"}], ids=str)
def test_the_short_look_is_enough_for_plain_transfers(more: dict[str, str]) -> None:
    from journals.api.items import TRANSFER
    from ledgerflow.core.json_bodies import decode_json

    text = canonical.encode(SALE | {"effective_date": "2026-12-30"} | more)
    assert decode_json(text, TRANSFER).is_plain(text, texts=0) == (more != {"late": "refuse"})


def test_overriding_a_lock_needs_its_scope(books: Entity) -> None:
    unfit = ApiClient(books, "post")
    for path, asked in (
        ("/api/transfers", SALE),
        ("/api/journals", {"lines": LINES}),
        ("/api/accruals", {"lines": LINES}),
    ):
        assert unfit.post(path, asked | {"override_lock": "please"}).code == "permission_missing"
    posted = fact(ApiClient(books).post("/api/transfers", SALE))
    assert unfit.post(f"/api/journals/{posted['id']}/reverse", {"override_lock": "x"}).code == "permission_missing"


# Accruals


def test_an_accrual_says_when_it_reverses_itself(books: Entity, client: ApiClient) -> None:
    posted = client.post("/api/accruals", {"lines": LINES}, key="k")
    assert (posted.status, posted.json["reverse_on"], posted.json["journal"]["kind"]) == (201, NEW_YEAR, "accrual")
    again = client.post("/api/accruals", {"lines": LINES}, key="k")
    assert (again.json["status"], again.headers["Idempotent-Replayed"]) == ("replayed", "true")
    assert client.post("/api/accruals", {"lines": LINES, "reverse_on": "2026-12-31"}).pointers == ["/reverse_on"]
    (listed,) = client.get("/api/accruals", {"status": "pending"}).json["results"]
    assert (listed["journal"], listed["reverse_on"], listed["reversed_by"]) == (
        posted.json["journal"]["id"], NEW_YEAR, None,
    )  # fmt: skip
    close(books, YEAR_END)
    (listed,) = client.get("/api/accruals", {"status": "reversed"}).json["results"]
    assert listed["reversed_by"] == str(Journal.objects.get(entity=books, kind="reversal").pk)
    assert client.get("/api/accruals", {"status": "pending"}).json["results"] == []
    assert client.get("/api/accruals", {"status": "done"}).pointers == ["/status"]


# Recurring journals


RENT = {"name": "Rent", "lines": LINES, "frequency": "monthly", "day": 31, "starts_on": "2026-12-01"}


def test_a_recurring_journal_is_made_and_runs(books: Entity, client: ApiClient) -> None:
    made = client.post("/api/recurring-journals", RENT)
    assert (made.status, made.json["next_due"], made.json["status"], made.json["runs"]) == (
        201, "2026-12-31", "active", [],
    )  # fmt: skip
    assert made.json["lines"] == [line | {"amount": "5"} for line in LINES]
    close(books, YEAR_END)
    shown = client.get(f"/api/recurring-journals/{made.json['id']}").json
    (run,) = shown["runs"]
    assert (run["due_on"], run["outcome"], shown["next_due"]) == ("2026-12-31", "posted", "2027-01-31")
    journal = client.get(f"/api/journals/{run['journal']}").json["journal"]
    assert (journal["effective_date"], journal["original_date"]) == (NEW_YEAR, "2026-12-31")
    assert [one["id"] for one in client.get("/api/recurring-journals").json["results"]] == [made.json["id"]]


def test_a_recurring_journal_is_made_once_however_often_it_is_sent(books: Entity, client: ApiClient) -> None:
    path = "/api/recurring-journals"
    made = client.post(path, RENT, key="k")
    again = client.post(path, RENT | {"lines": [line | {"amount": "5.0"} for line in LINES]}, key="k")
    assert (again.status, again.json["id"], again.headers["Idempotent-Replayed"]) == (201, made.json["id"], "true")
    assert client.post(path, RENT | {"name": "Other"}, key="k").code == "idempotency_key_reused"
    assert client.post(path, RENT, key="").code == "idempotency_key_missing"
    assert len(client.get(path).json["results"]) == 1
    assert verify_books(books.id) == []


def test_it_is_paused_resumed_and_ended(client: ApiClient) -> None:
    path = f"/api/recurring-journals/{client.post('/api/recurring-journals', RENT).json['id']}"
    statuses = [client.post(f"{path}/{action}").json["status"] for action in ("pause", "resume", "end")]
    assert statuses == ["paused", "active", "ended"]
    assert client.post(f"{path}/resume").code == "recurring_ended"


@pytest.mark.parametrize(
    "wrong, pointer",
    [({"day": 32}, "/day"), ({"frequency": "weekly"}, "/day"), ({"month": 2}, "/month"), ({"name": "  "}, "/name"),
     ({"ends_on": "2026-12-30"}, "/ends_on"), ({"lines": LINES[:1]}, "/lines"),
     ({"lines": [LINES[0], LINES[1] | {"amount": "0"}]}, "/lines/1/amount"),
     ({"lines": [LINES[0], LINES[1] | {"account": "none"}]}, "/lines/1/account")],
    ids=["day", "weekday", "month", "name", "no date", "one line", "amount", "account"],
)  # fmt: skip
def test_what_cannot_recur_is_refused(client: ApiClient, wrong: dict[str, Any], pointer: str) -> None:
    assert client.post("/api/recurring-journals", RENT | wrong).pointers == [pointer]
    assert client.get("/api/recurring-journals").json["results"] == []
