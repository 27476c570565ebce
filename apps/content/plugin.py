"""What the example application adds to the whole: nothing to the books that credits do not add already."""

from __future__ import annotations

from ledgerflow.core.plugins import Plugin

PLUGIN = Plugin(room="content")
