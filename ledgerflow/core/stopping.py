"""Whether this process has been told to stop: for work in threads, which no signal reaches. Pure.

At SIGTERM the web server takes no new requests and waits for the answers that are under way, and it has the handler of
the signal for itself. An answer that would go on for minutes has to know. Python writes the number of each signal that
has a handler, whoever's it is, to one descriptor.
"""

from __future__ import annotations

import os
import signal

SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})
NONE = -1


class StopRequest:
    """SIGTERM or SIGINT, once it has come."""

    def __init__(self) -> None:
        self._reader = NONE
        self._has_come = False

    def listen(self) -> None:
        """From now on notice the signals; only the main thread may call this. Who listens already is not disturbed."""
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        if before == NONE:
            self._reader = reader
            return
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)

    @property
    def has_come(self) -> bool:
        if self._reader != NONE and not self._has_come:
            try:
                numbers = os.read(self._reader, 4096)
            except BlockingIOError:
                return self._has_come  # another thread may just have read it
            if not SIGNALS.isdisjoint(numbers):
                self._has_come = True
        return self._has_come


stop_request = StopRequest()
