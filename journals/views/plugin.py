"""What views of journals add to the whole."""

from __future__ import annotations

from pathlib import Path

from journals.views.applying import FACTS, apply
from ledgerflow.core.plugins import Plugin, ReadModel

PLUGIN = Plugin(
    room="views",
    read_models=(ReadModel("books", Path(__file__).with_name("tables.sql"), apply, FACTS, version=3),),
)
