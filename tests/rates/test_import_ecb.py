"""Files of rates through the commands: what they say is in the books, again and again, and nothing of them is lost."""

from __future__ import annotations

import csv
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import connections

from fx.rates import importing
from fx.rates.ecb import read_ecb
from fx.rates.errors import RateTooOld
from fx.rates.files import RateFile
from fx.rates.finding import convert, rate_chain
from fx.rates.importing import import_rates
from fx.rates.models import Rate
from ledgerflow.books.connections import close_idle
from ledgerflow.books.models import Entity, Event
from ledgerflow.files.problems import Stopped
from ledgerflow.files.rejects import rejects_path
from ledgerflow.files.watching import Watch
from tests.attacks import connect
from tests.builders import an_entity
from tests.importing import run_command

DAYS = ("2008-09-1", "2008-10-0", "2008-11-0", "2008-12-0", "2018-01-3", "2018-02-0")


@pytest.fixture(scope="module")
def history(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real file cut down to a few weeks: Lehman, the Icelandic crown's last days, and its return."""
    source = data_folder / "ecb" / "eurofxref-hist.zip"
    if not source.is_file():
        pytest.skip(f"no {source}")
    with zipfile.ZipFile(source) as archive:
        header, *lines = archive.read("eurofxref-hist.csv").decode().splitlines(keepends=True)
    cut = tmp_path_factory.mktemp("ecb") / "eurofxref-hist.zip"
    with zipfile.ZipFile(cut, "w") as archive:
        archive.writestr("eurofxref-hist.csv", "".join([header, *(line for line in lines if line.startswith(DAYS))]))
    return cut


@pytest.fixture(scope="module")
def imported(history: Path) -> Entity:
    """Books with those weeks, jumps confirmed."""
    entity = an_entity()
    run_command("import_ecb", history, "--entity", entity.code, "--confirm-jumps")
    return entity


def counts(out: str) -> dict[str, int]:
    """The figures of a summary."""
    lines = [line.split() for line in out.splitlines()]
    names = ("days", "recorded", "unchanged", "refused")
    return {line[0]: int(line[1].replace(",", "")) for line in lines if line[0] in names}


def told(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_rate_of_the_file_is_in_the_books(history: Path, imported: Entity) -> None:
    said = {
        (found.quote.quote, found.quote.rate_date, found.quote.value) for found in read_ecb(history.read_bytes()).rates
    }
    kept = Rate.objects.filter(entity=imported, base="EUR", kind="spot", version=1, source="ECB")
    assert {(quote, on, value.normalize()) for quote, on, value in kept.values_list("quote", "rate_date", "value")} == {
        (quote, on, value.normalize()) for quote, on, value in said
    }
    assert len(said) > 900
    days = len({on for _, on, _ in said})
    assert Event.objects.filter(entity=imported, type="rate.recorded").count() == days


def test_dollars_to_yen_on_lehmans_monday_by_the_cross(imported: Entity) -> None:
    found = convert(imported.id, Decimal(1_000_000), "USD", "JPY", date(2008, 9, 15))
    assert str(found.converted) == "105907710"  # 1000000 / 1.4151 x 149.87 = 105907709.7...
    assert [(leg.operation, leg.quote, str(leg.value), leg.source) for leg in found.chain] == [
        ("divide", "USD", "1.4151", "ECB"), ("multiply", "JPY", "149.87", "ECB"),
    ]  # fmt: skip


def test_a_sunday_finds_friday_and_a_day_without_a_rate_is_refused_by_name(imported: Entity) -> None:
    assert [leg.rate_date for leg in rate_chain(imported.id, "USD", "JPY", date(2008, 9, 14))] == [
        date(2008, 9, 12)
    ] * 2
    assert rate_chain(imported.id, "EUR", "ISK", date(2008, 12, 9))[0].value == 290
    # N/A from the 10th on: within a week the last rate is used, then it is too old.
    assert rate_chain(imported.id, "EUR", "ISK", date(2008, 12, 16))[0].rate_date == date(2008, 12, 9)
    with pytest.raises(RateTooOld) as refused:
        rate_chain(imported.id, "EUR", "ISK", date(2008, 12, 17))
    assert refused.value.data["rate_date"] == "2008-12-09"
    assert rate_chain(imported.id, "EUR", "ISK", date(2018, 2, 1))[0].value == Decimal("125.01")


def test_a_second_run_changes_nothing(history: Path, imported: Entity) -> None:
    before = Event.objects.filter(entity=imported).count()
    again = counts(run_command("import_ecb", history, "--entity", imported.code))
    assert (again["recorded"], again["refused"]) == (0, 0)
    assert again["unchanged"] == Rate.objects.filter(entity=imported).count()
    assert Event.objects.filter(entity=imported).count() == before


def test_jumps_are_listed_and_recorded_once_confirmed(history: Path, tmp_path: Path) -> None:
    entity, rejected = an_entity(), tmp_path / "jumps.csv"
    command = ("import_ecb", history, "--entity", entity.code, "--rejected", rejected)
    first = counts(run_command(*command))
    rows = told(rejected)
    assert first["refused"] == len(rows) > 0
    assert {row["code"] for row in rows} == {"rate_jump"}
    assert rows[-1]["rate"].startswith("EUR,ISK,2008-10-06,spot,195")
    # The ten years of silence too: from 290 to 125.01 it is as far as a typing error would be.
    assert [row for row in rows if ",2018-" in row["rate"]]
    second = counts(run_command(*command, "--confirm-jumps"))
    assert (second["recorded"], second["unchanged"], second["refused"]) == (first["refused"], first["recorded"], 0)


def test_stopped_in_the_middle_it_goes_on(history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entity, file = an_entity(), read_ecb(history.read_bytes())
    monkeypatch.setattr(importing, "RATES_A_TRANSACTION", 300)
    seen: list[int] = []
    watch = Watch(lambda row, _: seen.append(row), lambda: len(seen) == 2)
    with pytest.raises(Stopped):
        import_rates(entity.id, file, source="ECB", actor="test", confirm_jump=True, watch=watch)
    there = Rate.objects.filter(entity=entity).count()
    assert 600 <= there == seen[-1] < len(file.rates)
    done = import_rates(entity.id, file, source="ECB", actor="test", confirm_jump=True)
    assert (done.unchanged, done.recorded) == (there, len(file.rates) - there)


def test_nothing_of_a_bad_file_is_lost(tmp_path: Path) -> None:
    entity, path = an_entity(), tmp_path / "hist.csv"
    path.write_text("Date,USD,JPY,\n2008-09-16,1.43,N/A,\nrubbish\n2008-09-15,1.42,-1,\n", encoding="utf-8")
    out = run_command("import_ecb", path, "--entity", entity.code, "--kind", "closing")
    assert counts(out) == {"days": 2, "recorded": 2, "unchanged": 0, "refused": 2}
    assert "line 3: 1 cells, and" not in out
    rows = told(rejects_path(path))
    assert [(row["line"], row["rate"], row["code"]) for row in rows] == [
        ("3", "rubbish", "malformed"), ("4", "2008-09-15 JPY -1", "malformed"),
    ]  # fmt: skip
    assert set(Rate.objects.filter(entity=entity).values_list("kind", flat=True)) == {"closing"}


def test_a_csv_file_of_several_sources(tmp_path: Path) -> None:
    entity, path = an_entity(), tmp_path / "rates.csv"
    path.write_text(
        "base,quote,date,kind,value,source\nEUR,USD,2026-03-02,spot,1.16,\nEUR,USD,2026-03-31,average,1.17,Treasury\n"
        "USD,EUR,2026-03-03,spot,0.86,\n",
        encoding="utf-8",
    )
    out = run_command("import_rates", path, "--entity", entity.code, "--source", "Reuters")
    assert counts(out) == {"days": 3, "recorded": 2, "unchanged": 0, "refused": 1}
    assert "line 4: These books keep this pair as EUR/USD" in out
    rows = Rate.objects.filter(entity=entity).order_by("rate_date").values_list("kind", "source", "actor")
    assert list(rows) == [("spot", "Reuters", "import"), ("average", "Treasury", "import")]


@pytest.mark.parametrize(
    "command, content, why",
    [
        ("import_ecb", b"no such thing", "This is no file of the ECB"),
        ("import_rates", b"a,b,c\n", "must name the columns"),
        ("import_rates", None, "No such file"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, command: str, content: bytes | None, why: str) -> None:
    path = tmp_path / "rates"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=why) as refused:
        run_command(command, path, "--entity", an_entity().code)
    assert refused.value.returncode == 2


def test_a_list_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    path = tmp_path / "hist.csv"
    path.write_text("Date,USD,\n2008-09-16,x,\n", encoding="utf-8")
    with pytest.raises(CommandError, match="Choose --rejected") as refused:
        run_command("import_ecb", path, "--entity", an_entity().code, "--rejected", tmp_path)
    assert refused.value.returncode == 2


def test_an_empty_file_of_rates_changes_nothing() -> None:
    entity = an_entity()
    assert import_rates(entity.id, RateFile([], []), source="x", actor="test").recorded == 0
    with pytest.raises(CommandError, match="no entity"):
        run_command("import_ecb", "x", "--entity", "no-such-books")


def test_books_that_are_busy_are_no_failure_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entity, path = an_entity(), tmp_path / "hist.csv"
    path.write_text("Date,USD,\n2008-09-16,1.43,\n", encoding="utf-8")
    close_idle()
    with monkeypatch.context() as patch:
        patch.setitem(connections["writer"].settings_dict, "OPTIONS", {"options": "-c lock_timeout=50"})
        with connect() as other:
            other.execute("SELECT FROM books_entity WHERE id = %s FOR UPDATE", (entity.id,))
            with pytest.raises(CommandError) as refused:
                run_command("import_ecb", path, "--entity", entity.code)
    close_idle()
    assert refused.value.returncode == 75
    assert counts(run_command("import_ecb", path, "--entity", entity.code))["recorded"] == 1


def test_a_file_that_says_two_things_about_a_rate_makes_no_versions_each_time(tmp_path: Path) -> None:
    entity, file = an_entity(), tmp_path / "twice.csv"
    file.write_text("Date,USD,\n2020-01-02,1.1193,\n2020-01-02,1.1194,\n2020-01-02,1.1193,\n")
    first, again = (counts(run_command("import_ecb", file, "--entity", entity.code)) for _ in range(2))
    assert first == {"days": 1, "recorded": 1, "unchanged": 1, "refused": 1}
    assert again == {"days": 1, "recorded": 0, "unchanged": 2, "refused": 1}
    assert [row["reason"] for row in told(rejects_path(file))] == ["Line 2 says 1.1193 already."]
    assert Rate.objects.get(entity=entity).value == Decimal("1.1193")
