import csv
import io
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError

from accounts.models import Account, Currency
from journals.models import Journal
from journals.portability.models import ImportRun
from ledgerflow.books.models import Entity
from tests.approving import go_on_to
from tests.builders import a_journal, a_transfer, an_account, an_entity, posted
from tests.importing import (
    balances,
    counts,
    csv_file,
    import_accounts,
    import_history,
    import_in_part,
    rejects,
    run_command,
    run_of,
)

hledger_installed = pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed")

BOOKS = """
2026-01-05 salary
    assets:bank      1000.00 EUR
    income:job
2026-01-06 (c7) exchange ; at the station
    assets:cash         10 USD @ 0.9 EUR
    assets:bank
2026-01-07 round
    assets:bank          3 USD @@ 1.005 EUR
    income:gain     -1.00 EUR
"""


def hledger(*arguments: object) -> str:
    program = shutil.which("hledger") or "hledger"
    return subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def printed(journal: Path) -> Path:
    """The file that an import reads."""
    path = journal.with_suffix(".csv")
    path.write_text(hledger("-f", journal, "print", "--infer-equity", "-x", "-O", "csv"), encoding="utf-8")
    return path


def hledger_balances(journal: Path, *arguments: str) -> dict[tuple[str, str], Decimal]:
    """By account and commodity, from hledger's own report; nothing at zero."""
    rows = csv.reader(io.StringIO(hledger("-f", journal, "bal", "-O", "csv", "--no-total", "--flat", *arguments)))
    next(rows)
    found = {}
    for account, amounts in rows:
        for amount in filter(None, amounts.split(", ")):
            number, commodity = amount.split(" ")
            found[account, commodity.strip('"')] = Decimal(number)
    return {key: amount for key, amount in found.items() if amount}


def our_balances(entity: Entity) -> dict[tuple[str, str], Decimal]:
    """By hledger's account and commodity: a code that carries its currency in brackets loses it."""
    currencies = dict(Account.objects.filter(entity=entity).values_list("code", "currency"))
    return {
        (code.removesuffix(f" [{currencies[code]}]"), currencies[code]): amount
        for code, amount in balances(entity).items()
    }


@hledger_installed
def test_every_balance_of_the_sample_equals_hledger_s_own(data_folder: Path, tmp_path: Path) -> None:
    sample = data_folder / "plaintext" / "1ktxns-100accts.journal"
    copy = tmp_path / "sample.journal"
    copy.write_bytes(sample.read_bytes())
    entity = an_entity()
    import_history(entity, printed(copy), "--format", "hledger", "--open-accounts")
    assert counts(run_of(entity)) == {"posted": 1000}
    assert our_balances(entity) == hledger_balances(copy, "--infer-equity")
    own = {key: amount for key, amount in our_balances(entity).items() if not key[0].startswith("equity:conversion")}
    assert own == hledger_balances(copy)
    assert set(Currency.objects.filter(entity=entity, is_custom=True).values_list("code", "minor_units")) == {
        (letter, 2) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    }
    out = tmp_path / "out.journal"
    run_command("export_journals", "--entity", entity.code, "--format", "hledger", "--output", out)
    hledger("-f", out, "check", "--strict")
    assert sum(amount for (_, commodity), amount in hledger_balances(out).items() if commodity == "A") == 0
    exported = {account: amount for (account, _), amount in hledger_balances(out).items()}
    assert exported == balances(entity)


@pytest.fixture
def entity() -> Entity:
    return an_entity(business_date=date(2026, 3, 2))


@hledger_installed
def test_accounts_get_types_and_codes_and_what_does_not_balance_is_refused(entity: Entity, tmp_path: Path) -> None:
    journal = tmp_path / "books.journal"
    journal.write_text(BOOKS)
    file = printed(journal)
    import_in_part(entity, file, "--open-accounts")
    found = Account.objects.filter(entity=entity).values_list("code", "type", "currency")
    assert set(found) >= {
        ("assets:bank [EUR]", "asset", "EUR"), ("assets:bank [USD]", "asset", "USD"), ("assets:cash", "asset", "USD"),
        ("income:job", "income", "EUR"),
    }  # fmt: skip
    assert {(row["txnidx"], row["rejected_code"]) for row in rejects(file)} == {("3", "precision_exceeded")}
    assert counts(run_of(entity)) == {"posted": 2, "refused": 1}
    assert Journal.objects.get(entity=entity, external_reference="c7").metadata == {"comment": "at the station"}


def write(path: Path, *lines: tuple[str, str, str, str]) -> Path:
    """hledger's CSV from (transaction, account, amount, commodity), where hledger itself is not needed."""
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(
            ["txnidx", "date", "code", "description", "comment", "account", "amount", "commodity", "posting-comment"]
        )
        writer.writerows(
            [txn, "2026-01-05", "", "t", "", account, amount, unit, ""] for txn, account, amount, unit in lines
        )
    return path


def test_a_residual_goes_to_the_rounding_account_of_its_commodity(entity: Entity, tmp_path: Path) -> None:
    file = write(
        tmp_path / "x.csv",
        ("1", "a", "1.005", "X"), ("1", "b", "-1", "X"), ("2", "a", "2", "Y"), ("2", "b", "-1.99", "Y"),
        ("3", "a", "2", "Y"), ("3", "b", "-1", "Y"),
    )  # fmt: skip
    options = ("--open-accounts", "--default-type", "equity")
    import_in_part(entity, file, *options)
    assert counts(run_of(entity)) == {"refused": 3}
    import_in_part(entity, file, *options, "--rounding-account", "expenses:r", "--rounding-tolerance", "0.01")
    assert {code: amount for code, amount in balances(entity).items() if code.startswith("expenses")} == {
        "expenses:r [X]": Decimal("-0.005"), "expenses:r [Y]": Decimal("-0.01"),
    }  # fmt: skip
    assert [row["rejected_code"] for row in rejects(file)] == ["unbalanced", "unbalanced"]


def test_unknown_accounts_stay_unknown_unless_they_may_be_opened(entity: Entity, tmp_path: Path) -> None:
    file = write(
        tmp_path / "x.csv",
        ("1", "a", "1", "EUR"),
        ("1", "b/c", "-1", "EUR"),
        ("2", "(v)", "1", "EUR"),
        ("2", "a", "-1", "EUR"),
    )
    import_in_part(entity, file)
    assert [row["rejected_code"] for row in rejects(file)] == ["unknown_account"] * 2 + ["malformed"] * 2
    assert "Strip them before hledger prints: sed" in rejects(file)[-1]["reason"]
    with pytest.raises(CommandError, match=r"'b/c' cannot be opened.*--slash"):
        import_history(entity, file, "--format", "hledger", "--open-accounts")
    assert not ImportRun.objects.filter(entity=entity, finished_at=None, abandoned_at=None).exists()
    import_in_part(entity, file, "--open-accounts", "--slash", "-")
    assert balances(entity) == {"a": 1, "b-c": -1}


def test_a_first_import_that_is_refused_leaves_no_unfinished_run(entity: Entity, tmp_path: Path) -> None:
    strange = write(tmp_path / "x.csv", ("1", "a", "1", "$"), ("1", "b", "-1", "$"))
    with pytest.raises(CommandError, match="--commodities"):
        import_history(entity, strange, "--format", "hledger", "--open-accounts")
    chart = csv_file(tmp_path / "chart.csv", ("code", "currency", "opening"), ("c", "EUR", "5"))
    opening = ("--opening-account", "equity/x", "--create-opening-account", "equity", "--set")
    with pytest.raises(CommandError, match="cannot be opened"):
        import_accounts(entity, csv_file(tmp_path / "c.csv", ("code", "opening"), ("c", "5")), *opening, "currency=EUR")
    with pytest.raises(CommandError, match="cannot be written"):
        import_accounts(entity, chart, "--opening-account", "OPEN", "--rejected", tmp_path / "absent" / "r.csv")
    assert not ImportRun.objects.filter(entity=entity, abandoned_at=None).exists()
    import_history(entity, strange, "--format", "hledger", "--open-accounts", "--commodities", "$=USD")
    assert balances(entity) == {"a": 1, "b": -1}


FUND = """
2026-01-05 buy
    assets:fund   3.217 FUND @ 41.13 EUR
    assets:bank  -132.32 EUR
2026-01-06 hand over
    assets:fund  -1.000 FUND
    equity:owner
2026-01-07 lots
    assets:fund   2 FUND {40 EUR} @ 41.135 EUR
    assets:bank  -82.27 EUR
2026-01-08 out
    assets:fund  -2 FUND @ 41.135 EUR
    assets:bank   82.27 EUR
2026-01-09 halves
    assets:fund   1 FUND @ 1.005 EUR
    assets:fund   1 FUND @ 1.005 EUR
    assets:fund  -2 FUND @ 1.015 EUR
    assets:bank   0.02 EUR
"""


@hledger_installed
def test_prices_finer_than_the_currency_are_rounded_line_by_line_half_even(entity: Entity, tmp_path: Path) -> None:
    journal = tmp_path / "fund.journal"
    journal.write_text(FUND)
    file = printed(journal)
    import_in_part(entity, file, "--open-accounts")
    assert {row["rejected_code"] for row in rejects(file)} == {"precision_exceeded"}
    rounding = ("--rounding-account", "equity:rounding", "--rounding-tolerance", "0.01")
    import_history(entity, file, "--format", "hledger", "--open-accounts", *rounding)
    assert rejects(file) == []
    found = balances(entity)
    # 132.31521 is 132.32. Halves go to the even cent, 1.005 to 1.00, and what then is left to the rounding account.
    assert found == {
        "assets:fund": Decimal("2.217"), "equity:owner": Decimal("1.000"), "assets:bank": Decimal("-132.30"),
        "equity:conversion:EUR-FUND:EUR": Decimal("132.29"), "equity:conversion:EUR-FUND:FUND": Decimal("-3.217"),
        "equity:rounding": Decimal("0.01"),
    }  # fmt: skip
    of_hledger = hledger_balances(journal)
    assert of_hledger["assets:fund", "FUND"] == found["assets:fund"]
    assert abs(of_hledger["assets:bank", "EUR"] - found["assets:bank"]) < Decimal("0.01")


DATED = """
2026-01-08 a date of its own
    assets:bank    -5.00 EUR  ; date:2026-01-10
    expenses:food
2026-01-08 one that is the same, an update: none, and a secondary one
    assets:bank    -6.00 EUR  ; update: 2026, date:1/8, [2026/01/08=2026/01/09] [=2026-01-11] [x] [2026-13-01x]
    expenses:food
2026-12-31 in brackets, without a year
    assets:bank    -7.00 EUR  ; cleared [01-02]
    expenses:food
"""


@hledger_installed
def test_posting_dates_are_named_or_given_up(entity: Entity, tmp_path: Path) -> None:
    journal = tmp_path / "dated.journal"
    journal.write_text(DATED)
    file = printed(journal)
    import_in_part(entity, file, "--open-accounts", "--advance")
    assert [row["reason"] for row in rejects(file)][::2] == [
        f"assets:bank has the date {date} of its own, and all lines of a journal have one, {day}: take them at that date "
        "with --posting-dates transaction."
        for date, day in (("2026-01-10", "2026-01-08"), ("2026-01-02", "2026-12-31"))
    ]
    with pytest.raises(CommandError, match="go with --format hledger"):
        import_history(entity, file, "--posting-dates", "transaction")
    go_on_to(entity, date(2026, 12, 31))
    import_history(entity, file, "--format", "hledger", "--open-accounts", "--posting-dates", "transaction")
    assert our_balances(entity) == hledger_balances(journal)


def test_retrying_finds_the_accounts_that_are_there_by_now(entity: Entity, tmp_path: Path) -> None:
    file = write(tmp_path / "x.csv", ("1", "a", "1", "EUR"), ("1", "b", "-1", "EUR"))
    import_in_part(entity, file)
    an_account(entity, "a")
    an_account(entity, "b [EUR]")
    run_command("retry_rejected", file, "--entity", entity.code)
    assert balances(entity) == {"a": 1, "b [EUR]": -1}


# Export


def a_company() -> Entity:
    entity = an_entity(dimensions=["project"], name="A; company")
    for code, kind, currency in (("1000", "asset", "EUR"), ("* odd  code", "equity", "EUR"), ("_odd_code", "equity", "EUR"),
                                 ("*", "asset", "EUR"), ("_*", "asset", "EUR"),
                                 ("(v)", "income", "JPY"), ("¥", "asset", "JPY")):  # fmt: skip
        an_account(entity, code, kind, currency=currency)
    posted(
        entity,
        a_transfer("1000", "* odd  code", "12.30", description="* Rent; first\r\nmonth", external_reference="R-1"),
    )
    posted(entity, a_journal(("¥", "500"), ("(v)", "-500"), effective_date=date(2026, 2, 1), metadata={"a": 'x,"y"'}))
    posted(entity, a_journal(("1000", "1"), ("_odd_code", "-1"), description="last"))
    return entity


@hledger_installed
def test_hledger_accepts_what_is_exported_and_finds_our_balances(tmp_path: Path) -> None:
    entity, out = a_company(), tmp_path / "out.journal"
    run_command("export_journals", "--entity", entity.code, "--format", "hledger", "--output", out)
    hledger("-f", out, "check", "--strict")
    assert {account: amount for (account, _), amount in hledger_balances(out).items()} == {
        "1000": Decimal("13.30"), "_* odd_code": Decimal("-12.30"), "_odd_code": Decimal(-1), "¥": 500, "_(v)": -500,
    }  # fmt: skip
    assert "2026-03-02 (1) * Rent, first month\n" in out.read_text()
    assert "account _*_  ; type:A\n" in out.read_text()
    assert "account _(v)  ; type:R\n" in out.read_text()


def test_csv_goes_back_into_other_books_once(tmp_path: Path) -> None:
    entity, out = a_company(), tmp_path / "out.csv"
    run_command("export_journals", "--entity", entity.code, "--output", out)
    other = a_company_s_accounts(entity, tmp_path)
    import_history(other, out, "--group-by", "journal")
    assert balances(other) == balances(entity)
    told = Journal.objects.filter(entity=other).values_list(
        "description", "external_reference", "metadata", "effective_date"
    )
    assert set(map(str, told)) == set(
        map(
            str,
            Journal.objects.filter(entity=entity).values_list(
                "description", "external_reference", "metadata", "effective_date"
            ),
        )
    )
    part = tmp_path / "part.csv"
    run_command(
        "export_journals", "--entity", entity.code, "--from", "2026-03-01", "--to", "2026-03-31", "--output", part
    )
    import_history(other, part, "--group-by", "journal")
    assert counts(run_of(other, path=str(part))) == {"replayed": 2}


def a_company_s_accounts(entity: Entity, tmp_path: Path) -> Entity:
    other = an_entity(dimensions=["project"])
    path = tmp_path / "chart.csv"
    with path.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["code", "type", "currency"])
        rows.writerows(Account.objects.filter(entity=entity).values_list("code", "type", "currency"))
    import_accounts(other, path)
    return other


def test_empty_books_and_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    entity = an_entity()
    assert run_command("export_journals", "--entity", entity.code, "--format", "hledger").endswith("decimal-mark .\n")
    assert run_command("export_journals", "--entity", entity.code).startswith("journal,date,kind,")


def test_an_export_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    entity = an_entity()
    with pytest.raises(CommandError) as caught:
        run_command("export_journals", "--entity", entity.code, "--output", tmp_path / "absent" / "x.csv")
    assert caught.value.returncode == 2
    with pytest.raises(CommandError, match="not a date"):
        run_command("export_journals", "--entity", entity.code, "--from", "soon")
    assert list(tmp_path.iterdir()) == []
