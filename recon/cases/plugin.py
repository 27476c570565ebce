"""What exceptions of reconciliation add to the whole."""

from __future__ import annotations

from ledgerflow.core.plugins import Plugin

PLUGIN = Plugin(room="cases")
