"""What refusals and kept sentences say on a page: in its language, and with figures as who is looking writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from fx.rates.errors import RateJump, RateMissing
from journals.days.errors import CloseBlocked, StepFailed
from journals.errors import AlreadyReversed, DayClosed, ExpiryNotInUtc, FutureDate, HoldExpired, InsufficientFunds
from journals.portability.errors import SettingsLineTooLong
from ledgerflow.approvals.reading import WAITS
from ledgerflow.core.errors import LedgerError, Malformed
from ledgerflow.core.locales.current import Conventions, written_as
from ledgerflow.core.locales.days import DAY_FORMATS
from ledgerflow.core.locales.numbers import FORMATS
from ledgerflow.core.phrases import phrase
from ledgerflow.core.sentences import refusal_text, said_again

pytestmark = pytest.mark.pure

GERMAN = Conventions(FORMATS["de"], DAY_FORMATS["dmy"], ZoneInfo("Europe/Berlin"))
STANDS = phrase("{account} stood at {amount} {currency} in this test, because {message}")


@pytest.mark.parametrize(
    "refused, said",
    [
        (AlreadyReversed(), "Diese Buchung wurde schon storniert."),
        (
            InsufficientFunds(account="1020", available="1234567.5", min_balance=Decimal("-0.05")),
            "1020 hat 1.234.567,5 über seiner Grenze von \u22120,05 verfügbar.",
        ),
        (FutureDate(day="2026-12-01", business_date="not a day"), "01.12.2026 liegt nach dem Geschäftstag, not a day."),
        (FutureDate(day="2026-99-01", business_date=date(2026, 3, 31)), "2026-99-01 liegt nach dem Geschäftstag, 31.03.2026."),
        (HoldExpired(expires_at="2026-03-31T10:00:00Z"), "Diese Reservierung ist abgelaufen: 31.03.2026 12:00:00 CEST."),
        (
            RateJump(
                pair="EUR/USD", rate_date="2026-03-31", percent="899.9", previous="1.1602", previous_date="2026-03-30",
                max_jump_percent="10",
            ),
            "EUR/USD vom 31.03.2026 weicht um 899,9 % von 1,1602 vom 30.03.2026 ab, und die Grenze ist 10 %. Bestätigen Sie den Sprung, wenn er stimmt.",
        ),
        (CloseBlocked(day="2026-03-31", checks="suspense, nameless"), "31.03.2026 schließt nicht: Zwischenkonten, nameless."),
        (DayClosed(day="2026-03-31", state="closing"), "31.03.2026 ist im Abschluss."),
        (SettingsLineTooLong(most=1048576), "Eine Zeile einer Datei der Einrichtung hat höchstens 1.048.576 Bytes."),
        (
            StepFailed(day="2026-03-31", step="fx", reason="There is no spot rate of EUR/USD on or before 2026-03-31."),
            "31.03.2026 schließt nicht: der Schritt fx konnte nicht ausgeführt werden: Es gibt keinen Kurs (Kassa) von EUR/USD am 31.03.2026 oder davor.",
        ),
        (Malformed("There is no such proposal."), "Diesen Antrag gibt es nicht."),
        (FutureDate("Of days that are not given."), "Of days that are not given."),
        (Malformed("What msgspec says."), "What msgspec says."),
        (RateMissing("", kind="spot", pair="EUR/USD", on="2026-03-31"), "Es gibt keinen Kurs (Kassa) von EUR/USD am 31.03.2026 oder davor."),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, LedgerError) else "",
)  # fmt: skip
def test_a_refusal_is_said_in_the_language_of_the_page(refused: LedgerError, said: str) -> None:
    before = refused.message
    with override("de"), written_as(GERMAN):
        assert refusal_text(refused) == said
    assert refused.message == before


def test_what_was_typed_stays_as_it_was() -> None:
    refused: Any = type("TypedInATest", (Malformed,), {"template": "There is no such {text!r} of {number!r}: {text}."})
    with override("de"), written_as(GERMAN):
        assert refusal_text(refused(text="2026-03-31", number=7)) == "There is no such „2026-03-31“ of 7: 2026-03-31."


def test_what_is_kept_in_english_is_said_again() -> None:
    kept = STANDS.format(account="1590", amount="-1234.56", currency="EUR", message=ExpiryNotInUtc().message)
    with written_as(GERMAN):
        assert said_again(kept).startswith("1590 stood at \u22121.234,56 EUR in this test, because A hold"[:50])
    with override("de"), written_as(GERMAN):
        assert said_again(kept).endswith("because Wann eine Reservierung abläuft, wird in UTC angegeben.")
        assert said_again(WAITS.format(kind="day.reopen", subject="2026-03-31")) == (
            "Ein Antrag wartet auf Freigabe: Geschlossenen Tag wieder öffnen 31.03.2026."
        )
        assert said_again("") == ""
        assert said_again("Nobody has said this.") == "Nobody has said this."
