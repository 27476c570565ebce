"""A process notices that it was told to stop, whoever has the handler of the signal."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from ledgerflow.core.stopping import StopRequest

pytestmark = pytest.mark.pure


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """The handlers are somebody else's, and the descriptor is given back."""
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
    handlers = [signal.signal(one, lambda *_: None) for one in signals]
    before = signal.set_wakeup_fd(-1)
    yield
    signal.set_wakeup_fd(before)
    for one, handler in zip(signals, handlers, strict=True):
        signal.signal(one, handler)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_stop_is_noticed_for_good(sent: signal.Signals) -> None:
    request = StopRequest()
    request.listen()
    before = request.has_come
    os.kill(os.getpid(), sent)
    assert (before, request.has_come, request.has_come) == (False, True, True)


def test_another_signal_is_none() -> None:
    request = StopRequest()
    request.listen()
    os.kill(os.getpid(), signal.SIGUSR1)
    assert not request.has_come


def test_who_listens_already_is_not_disturbed() -> None:
    first, second = StopRequest(), StopRequest()
    first.listen()
    second.listen()
    os.kill(os.getpid(), signal.SIGTERM)
    assert first.has_come
    assert not second.has_come
