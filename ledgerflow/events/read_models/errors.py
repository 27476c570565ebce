"""What reading a read model can be refused with, and what stops its builder."""

from __future__ import annotations

from ledgerflow.core.errors import TryAgain


class ReadModelBehind(TryAgain):
    """`position` is the last event of these books that the read model knows of."""

    code = "read_model_behind"
    template = (
        "The read model knows of event {position} so far, and not of event {min_sequence}: try again in a moment."
    )


class ReadModelAbsent(TryAgain):
    code = "read_model_absent"
    template = "There is no read model here yet: its builder has not made it."


class ReadModelsOutdatedError(Exception):
    """The tables are not those that the code makes rows for."""


class RebuildRefusedError(Exception):
    """A rebuild cannot be begun, or cannot come to its end; what is live was not touched."""


class HistoryShortError(RebuildRefusedError):
    """The source does not have the events that were asked for."""
