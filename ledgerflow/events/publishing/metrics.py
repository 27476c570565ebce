"""What a monitor reads of publishing: counters of this process, and a collector of what all processes share."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ledgerflow.events.publishing.models import SINKS, BreakerState
from ledgerflow.events.publishing.reading import breaker_of, lags

published = Counter("ledgerflow_sink_published_events", "Events that a sink has acknowledged to this process", ["sink"])
failures = Counter("ledgerflow_sink_failures", "Batches that a sink did not acknowledge to this process", ["sink"])


class SinkCollector(Collector):
    """Asks the database when it is asked: lag and breaker are the same from every process that has the books."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        lag = _gauge("lag_events", "Events not acknowledged yet, of all books")
        behind = _gauge("lagging_entities", "Books with such events")
        stopped = _gauge("stopped_entities", "Books that stand still by a problem of their own")
        state = _gauge("breaker", "1 for the state that it is in", "state")
        for sink in SINKS:
            found = lags(sink)
            lag.add_metric([sink], sum(one.lag for one in found))
            behind.add_metric([sink], sum(one.lag > 0 for one in found))
            stopped.add_metric([sink], sum(bool(one.problem) for one in found))
            current = breaker_of(sink).state
            for one in BreakerState.values:
                state.add_metric([sink, one], int(one == current))
        yield from (lag, behind, stopped, state)


def _gauge(name: str, sentence: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ledgerflow_sink_{name}", sentence, labels=["sink", *labels])
