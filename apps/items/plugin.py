"""What items add to the whole."""

from __future__ import annotations

from pathlib import Path

from apps.items.applying import FACTS, apply
from apps.items.commands import KINDS
from apps.items.proof import check_items
from ledgerflow.core.plugins import Plugin, ReadModel, Verifier

PLUGIN = Plugin(
    room="items",
    events=FACTS,
    command_kinds=KINDS,
    verifiers=(Verifier("items", check_items, facts=FACTS),),
    read_models=(ReadModel("items", Path(__file__).with_name("tables.sql"), apply, FACTS),),
)
