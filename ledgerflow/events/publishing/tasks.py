"""The Celery task behind a wake-up."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from ledgerflow.events.publishing import waking
from ledgerflow.events.publishing.publisher import publish


@shared_task(name=waking.TASK, ignore_result=True, acks_late=True)  # type: ignore[untyped-decorator]
def publish_entity(entity_id: str) -> None:
    """Publish an entity. What is left over goes to the end of the queue, so that entities take turns."""
    entity = UUID(entity_id)
    if publish(entity, despite_problem=False):
        waking.wake(entity)
