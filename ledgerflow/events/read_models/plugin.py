"""What read models add to the whole."""

from __future__ import annotations

from ledgerflow.core.plugins import Consumer, Plugin
from ledgerflow.events.read_models.applying import apply, prepare
from ledgerflow.events.read_models.schemas import CONSUMER

PLUGIN = Plugin(
    room="read_models",
    consumers=(Consumer(CONSUMER, apply, on_failure="stop", database="read_models", prepare=prepare),),
)
