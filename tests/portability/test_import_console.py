import io
import signal

import pytest

from ledgerflow.files import watching as console

pytestmark = pytest.mark.pure


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_with_rate_and_time_left() -> None:
    out = Terminal()
    with console.watching(out, total_rows=2000, first_row=0) as watch:
        watch.advanced(1000, 1000)
    assert "1000/2000" in out.getvalue()
    assert "/s" in out.getvalue()


def test_elsewhere_there_are_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    with console.watching(out, total_rows=2000, first_row=500) as watch:
        watch.advanced(600, 100)
        assert out.getvalue() == ""  # not every batch
        monkeypatch.setattr(console, "PLAIN_LINE_SECONDS", 0)
        watch.advanced(1000, 400)
        watch.advanced(100, 100)  # funding begins at the first row again
    first, second = out.getvalue().splitlines()
    assert first.startswith("row 1,000 of 2,000, ")
    assert first.endswith(" s left")
    assert second.startswith("row 100 of 2,000, 0 rows/s")


def test_signals_ask_to_stop_and_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    out = io.StringIO()
    with console.watching(out, total_rows=1, first_row=0) as watch:
        assert not watch.should_stop()
        signal.raise_signal(signal.SIGTERM)
        assert watch.should_stop()
    assert signal.getsignal(signal.SIGTERM) == before
    assert "Stopping after this batch" in out.getvalue()
