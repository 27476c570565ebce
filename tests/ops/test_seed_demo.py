"""`seed_demo`: demo books, an operator and a key, safe to run again after anything."""

import json
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.changing import change_account, freeze_account
from fx.deals.models import Settlement
from fx.rates.models import Rate
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from fx.revaluation.models import RevaluationLine, ValuationPair
from journals import demo
from journals.days.closing.running import close_day
from journals.days.policies import day_policy, set_day_policy
from journals.holds.models import Hold
from journals.management.commands import seed_demo
from journals.models import Journal
from journals.periods.models import Period
from journals.proof.ledger import verify_books
from journals.schedules.models import RecurringJournal
from ledgerflow.access.keys import revoke_key
from ledgerflow.access.models import ApiKey
from ledgerflow.books.models import Entity, Event
from ledgerflow.core import clocks
from ledgerflow.core.plugins import registry
from tests.builders import balance_of

Seed = Callable[[], dict[str, str]]
KEYS = 2  # one that may do everything for the admin, one that reads for nobody
JOURNALS = len(demo.JOURNALS) + 1 + 2  # the taxi's fare, and both halves of the dollars bought


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    return tmp_path / "home" / "credentials.json"


@pytest.fixture
def seed(credentials: Path, monkeypatch: pytest.MonkeyPatch) -> Seed:
    """Runs the command for books and an admin of this test's own."""
    monkeypatch.setattr(demo, "CODE", f"demo-{uuid4().hex[:10]}")
    monkeypatch.setattr(seed_demo, "ADMIN", f"admin-{uuid4().hex[:10]}")

    def run() -> dict[str, str]:
        call_command("seed_demo", url="http://localhost:8000/", credentials=credentials, stdout=StringIO())
        found: dict[str, str] = json.loads(credentials.read_bytes())
        return found

    return run


def books() -> Entity:
    return Entity.objects.get(code=demo.CODE)


def log_in(found: dict[str, str]) -> bool:
    return Client().login(username=found["admin_user"], password=found["admin_password"])


def test_everything_is_there_after_the_first_run(seed: Seed, credentials: Path) -> None:
    found = seed()
    assert list(found) == ["url", "admin_user", "admin_password", "api_key", "read_key", "entity"]
    assert (found["url"], found["entity"]) == ("http://localhost:8000", demo.CODE)
    assert stat.S_IMODE(credentials.stat().st_mode) == 0o600
    assert [path.name for path in credentials.parent.iterdir()] == ["credentials.json"]
    assert log_in(found)
    assert books().business_date == demo.today_in("Europe/Berlin")
    assert Journal.objects.filter(entity=books()).count() == JOURNALS
    assert balance_of(books(), "2002-BOB") > 0
    assert verify_books(books().pk) == []


def test_the_day_of_the_demo_closes(seed: Seed) -> None:
    """2,000.00 EUR at 1.1685 are 2,337.00 USD, at the closing rate 1.1712 worth 1,995.39 EUR: 4.61 less."""
    seed()
    policy, _ = day_policy(books().pk)
    assert policy.cut_off_minutes == 1440
    record = close_day(books().pk, books().business_date, actor="test")
    assert record.status == "closed"
    line = RevaluationLine.objects.get(run__entity=books())
    assert (line.account.code, line.posted_loss) == ("1011-BANK-USD", Decimal("4.61"))
    assert balance_of(books(), "1012-BANK-USD-VALUE") == Decimal("-4.61")
    assert verify_books(books().pk) == []
    assert seed()["entity"] == demo.CODE


def test_demo_books_of_an_earlier_release_are_completed(seed: Seed) -> None:
    with pytest.MonkeyPatch.context() as patch:
        bare = {plugin.room: replace(plugin, demo=None) for plugin in registry.plugins}
        patch.setattr(registry, "_plugins", bare)
        patch.setattr(demo, "_calendar", lambda _entity: None)
        patch.setattr(demo, "_rent", lambda _entity: None)
        seed()
    for code in ("1001-CASH", "1010-BANK"):
        change_account(books().pk, code, {"role": ""}, actor="test")
    change_account(books().pk, "3001-CAPITAL", {"role": "retained_earnings"}, actor="test")
    change_account(books().pk, "3100-RETAINED", {"role": ""}, actor="test")
    seed()
    assert sorted(books().accounts.filter(role="cash").values_list("code", flat=True)) == [
        "1001-CASH", "1010-BANK", "1011-BANK-USD",
    ]  # fmt: skip
    assert counts() == {Journal: JOURNALS, Period: 13, RecurringJournal: 1, Hold: 2, Rate: 8, Settlement: 1}
    assert books().accounts.get(role="retained_earnings").code == "3001-CAPITAL"
    assert ValuationPair.objects.get(entity=books()).valuation.code == "1012-BANK-USD-VALUE"


def counts() -> dict[type, int]:
    models = (Journal, Period, RecurringJournal, Hold, Rate, Settlement)
    return {model: model._default_manager.filter(entity=books()).count() for model in models}


def told(credentials: Path) -> str:
    out = StringIO()
    call_command("seed_demo", url="http://localhost:8000", credentials=credentials, stdout=out)
    return out.getvalue()


def test_secrets_are_told_when_they_are_made_and_then_where_they_are(seed: Seed, credentials: Path) -> None:
    first = told(credentials)
    found = seed()
    assert found["admin_password"] in first
    assert found["api_key"] in first
    again = told(credentials)
    assert found["admin_password"] not in again
    assert found["api_key"] not in again
    assert str(credentials) in again
    credentials.unlink()
    assert seed()["api_key"] != found["api_key"]


def test_what_readme_asks_of_fresh_demo_books_has_an_answer(seed: Seed) -> None:
    found = seed()
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    (asked,) = re.findall(r'"\$URL(/api/journals\?[^"]*)"', readme)
    url = asked.replace("$(date -u +%Y-%m-01)", f"{clocks.now():%Y-%m}-01")
    answer = Client().get(url, headers={"authorization": f"Bearer {found['api_key']}"})
    assert answer.status_code == 200
    assert answer.json()["results"] != []


def test_the_summary_has_a_first_transfer_that_works(seed: Seed, credentials: Path) -> None:
    text = told(credentials)
    body = json.loads(text[text.index("-d '") + 4 : text.rindex("'")])
    key = json.loads(credentials.read_bytes())["api_key"]
    assert f"Bearer {key}" in text
    headers = {"authorization": f"Bearer {key}", "idempotency-key": "hello-1"}
    answer = Client().post("/api/transfers", body, content_type="application/json", headers=headers)
    assert answer.status_code == 201, answer.content


def test_a_second_run_changes_nothing(seed: Seed) -> None:
    first = seed()
    events = Event.objects.filter(entity=books()).count()
    assert seed() == first
    assert Event.objects.filter(entity=books()).count() == events
    assert ApiKey.objects.filter(entity=books()).count() == KEYS


def test_the_business_date_follows_today(seed: Seed) -> None:
    now = clocks.now()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clocks, "now", lambda: now - timedelta(days=3))
        seed()
    seed()
    entity = books()
    assert entity.business_date == demo.today_in("Europe/Berlin")
    assert Journal.objects.filter(entity=entity).count() == JOURNALS
    assert verify_books(entity.pk) == []


@pytest.mark.parametrize("damage", ["lost", "empty", "cut", "other", "binary"])
def test_lost_credentials_are_replaced_and_the_old_key_revoked(seed: Seed, credentials: Path, damage: str) -> None:
    old = seed()
    if damage == "lost":
        credentials.unlink()
    else:
        credentials.write_bytes({"empty": b"", "cut": b'{"url": "ht', "other": b"[1]", "binary": b"\xff\x00"}[damage])
    new = seed()
    assert new["admin_password"] != old["admin_password"]
    assert log_in(new)
    assert not log_in(old)
    first, second = ApiKey.objects.filter(entity=books(), name=seed_demo.KEY_NAME).order_by("created_at")
    assert first.revoked_at is not None
    assert second.revoked_at is None
    assert new["api_key"].startswith(second.prefix)


def test_a_password_that_was_changed_is_left_alone(seed: Seed) -> None:
    found = seed()
    user = User.objects.get(username=found["admin_user"])
    user.set_password("something of my own")
    user.save()
    assert seed() == found
    assert Client().login(username=user.username, password="something of my own")


def test_the_key_acts_for_the_admin(seed: Seed) -> None:
    found = seed()
    key = ApiKey.objects.get(entity=books(), name=seed_demo.KEY_NAME, revoked_at=None)
    assert (key.person_name, key.created_by) == (found["admin_user"], demo.ACTOR)


def test_a_revoked_key_is_replaced(seed: Seed) -> None:
    found = seed()
    for key in ApiKey.objects.filter(entity=books(), revoked_at=None):
        revoke_key(key, actor="test")
    assert seed()["api_key"] != found["api_key"]
    assert seed()["admin_password"] == found["admin_password"]


def test_credentials_of_a_database_that_is_gone_are_used_again(seed: Seed, credentials: Path) -> None:
    credentials.parent.mkdir()
    credentials.write_text(json.dumps({"admin_password": "from the last database", "api_key": "lf_x"}))
    found = seed()
    assert found["admin_password"] == "from the last database"
    assert log_in(found)
    assert found["api_key"] != "lf_x"


STEPS = [
    "journals.demo.found_books",
    "journals.demo.open_accounts",
    "journals.demo.post_many",
    "journals.demo.place_hold",
    "journals.demo.capture_hold",
    "journals.demo.make_fiscal_year",
    "journals.demo.set_day_policy",
    "journals.demo.create_recurring",
    "fx.revaluation.demo.record_rates",
    "fx.revaluation.demo.open_missing",
    "fx.revaluation.demo.pair_valuation",
    "fx.revaluation.demo.settle",
    "journals.management.commands.seed_demo.admin_password",
    "journals.management.commands.seed_demo.api_key",
    "journals.management.commands.seed_demo.revoke_key",
    "journals.management.commands.seed_demo.write_credentials",
    "pathlib.Path.replace",
]


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_ends_in_the_middle_is_completed_by_the_next(seed: Seed, credentials: Path, step: str) -> None:
    if "revoke" in step:
        seed()
        credentials.unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step, stopped)
        with pytest.raises(KeyboardInterrupt):
            seed()
    found = seed()
    assert log_in(found)
    assert Journal.objects.filter(entity=books()).count() == JOURNALS
    assert ApiKey.objects.filter(entity=books(), revoked_at=None).count() == KEYS
    assert [path.name for path in credentials.parent.iterdir()] == ["credentials.json"]
    assert counts() == {Journal: JOURNALS, Period: 13, RecurringJournal: 1, Hold: 2, Rate: 8, Settlement: 1}
    assert verify_books(books().pk) == []


def stopped(*_args: object, **_kwargs: object) -> None:
    raise KeyboardInterrupt


def test_what_people_did_to_the_demo_books_stays(seed: Seed) -> None:
    seed()
    freeze_account(books().pk, "2001-ALICE", outflow=True, inflow=True, actor="test")
    seed()
    freezing = books().accounts.get(code="2001-ALICE")
    set_day_policy(books().pk, {"cut_off_minutes": None}, actor="test")
    day = books().business_date
    dearer = Quote("EUR", "USD", day, "spot", Decimal("1.2"))
    record_rates(books().pk, [dearer], source="Reuters", actor="test")
    seed()
    assert freezing.outflow_frozen
    assert day_policy(books().pk)[0].cut_off_minutes is None
    newest = Rate.objects.filter(entity=books(), quote="USD", rate_date=day).order_by("-version").first()
    assert newest is not None
    assert (newest.source, newest.value) == ("Reuters", Decimal("1.2"))


def test_a_file_that_cannot_be_written_is_a_clear_message(seed: Seed, credentials: Path) -> None:
    credentials.parent.write_text("a file where the folder should be")
    with pytest.raises(CommandError, match="The credentials cannot be written to"):
        seed()


def test_books_that_are_busy_are_a_clear_message(seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    seed()
    monkeypatch.setattr(demo, "CODE", "not a code")
    with pytest.raises(CommandError, match="A code is 1 to 64"):
        seed()


def test_two_that_create_the_books_at_once_agree(seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    seed()
    found = books()
    queries = Entity.objects.filter
    monkeypatch.setattr(
        Entity.objects, "filter", lambda **given: queries(code="") if "code" in given else queries(**given)
    )
    assert demo._entity("Europe/Berlin") == found
