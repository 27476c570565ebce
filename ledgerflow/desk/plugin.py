"""What the operator's desk adds to the whole."""

from __future__ import annotations

from ledgerflow.core.plugins import Plugin

PLUGIN = Plugin(room="desk")
