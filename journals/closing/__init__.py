"""Closing a day: cut-off, checks, revaluation, snapshot, proof, the close itself, and what begins the new day."""

from journals.closing.reopening import propose_reopening
from journals.closing.running import cancel_close, close_day, close_through, closed_record, next_day

__all__ = ["cancel_close", "close_day", "close_through", "closed_record", "next_day", "propose_reopening"]
