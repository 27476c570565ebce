"""Held answers end when their process is told to stop, and other tests tell it that."""

import pytest

from ledgerflow.core.stopping import NONE, stop_request


@pytest.fixture(autouse=True)
def _nobody_stops_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that a test of the launcher sent to this process is no request to stop the web server."""
    monkeypatch.setattr(stop_request, "_has_come", False)
    monkeypatch.setattr(stop_request, "_reader", NONE)
