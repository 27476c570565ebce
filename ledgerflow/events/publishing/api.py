"""The endpoint of sinks: how far events are published."""

from __future__ import annotations

from ledgerflow.access.scopes import READ
from ledgerflow.core.clocks import as_text
from ledgerflow.events.publishing import bodies
from ledgerflow.events.publishing.models import SINKS
from ledgerflow.events.publishing.reading import breaker_of, lags
from ledgerflow.web.endpoints import Call, Endpoints

sinks = Endpoints("events")


@sinks.get(scope=READ, answer=bodies.SinkList)
def sink_list(call: Call[None]) -> bodies.SinkList:
    """How far the events of these books are published, for each sink."""
    return bodies.SinkList([_response(call, sink) for sink in SINKS])


def _response(call: Call[None], sink: str) -> bodies.SinkResponse:
    (found,) = lags(sink, call.entity_id)
    return bodies.SinkResponse(
        sink=sink,
        sequence=found.sequence,
        head=found.head,
        lag=found.lag,
        published_at=as_text(found.published_at) if found.published_at else None,
        problem=found.problem,
        # Its last error names hosts of whoever runs this, which is nothing for the books of others.
        breaker=breaker_of(sink).state,  # type: ignore[arg-type]  # a CHECK holds that it is one of them
    )
