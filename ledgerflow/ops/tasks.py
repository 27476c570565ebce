"""The two Celery tasks that run every scheduled job."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from ledgerflow.core.plugins import Job
from ledgerflow.ops import jobs


@shared_task(name=jobs.FAN_OUT, ignore_result=True, acks_late=True)  # type: ignore[untyped-decorator]
def fan_out(name: str) -> None:
    """Send one task for each entity that has something to do; of a job in sequence, the first."""
    job = jobs.job_named(name)
    if job is not None:
        entities = jobs.entities_of(job)
        for entity_id in entities[:1] if job.in_sequence else jobs.shuffled(entities):
            _send(job, entity_id)


@shared_task(name="ledgerflow.ops.tasks.run_job", ignore_result=True, acks_late=True)  # type: ignore[untyped-decorator]
def run_job(name: str, entity_id: str) -> None:
    """Do a job for one entity. What is left over goes to the end of the queue, so that entities take turns."""
    job, entity = jobs.job_named(name), UUID(entity_id)
    if job is None:
        return
    came = jobs.run(job, entity)
    if came is jobs.Came.LEFT_SOMETHING:
        _send(job, entity)
    elif came is jobs.Came.DONE and job.in_sequence:
        following = jobs.entity_after(job, entity)
        if following is not None:
            _send(job, following)


def _send(job: Job, entity_id: UUID) -> None:
    run_job.apply_async((job.name, str(entity_id)), expires=job.stale_after_seconds)
