"""Who hears that something was recorded in some books, once it is committed.

A listener may be slow or broken, and the answer to the caller must not be: it only notes the entity and returns, and
what it raises goes into the log.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import structlog

log = structlog.get_logger(__name__)

Listener = Callable[[UUID], None]
listeners: list[Listener] = []


def tell(entity_id: UUID) -> None:
    """Call each listener. Raises nothing."""
    for listener in listeners:
        try:
            listener(entity_id)
        except Exception:
            log.exception("listener_failed", entity=str(entity_id))
