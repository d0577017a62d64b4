"""What a server counts, in the form of Prometheus."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_LATEST

TIMES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds
SIZES = (1, 2, 4, 8, 16, 32, 64)  # requests

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """Counters of one application; with several processes those of all are told (PROMETHEUS_MULTIPROC_DIR)."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        own = {"namespace": "frugal", "registry": self._registry}
        labels = ("bundle", "part", "status")
        self.requests = Counter("requests", "Requests for a part that were answered", labels, **own)
        self.seconds = Histogram(
            "request_seconds", "From a request's head to its answer", ("bundle", "part"), buckets=TIMES, **own
        )
        self.batches = Histogram("batch_size", "Requests that ran as one", ("bundle", "part"), buckets=SIZES, **own)
        self.bytes = Counter("body_bytes", "Bytes of bodies", ("bundle", "part", "way"), **own)
        self.inside = Gauge("requests_inside", "Requests being answered", multiprocess_mode="livesum", **own)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        every = CollectorRegistry()
        multiprocess.MultiProcessCollector(every)
        return generate_latest(every)
