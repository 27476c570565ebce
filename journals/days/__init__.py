"""Closing a day: cut-off, checks, revaluation, snapshot, proof, the close itself, and what begins the new day."""
