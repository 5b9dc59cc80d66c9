"""Figures for Prometheus: requests by page, and what waits. Nothing of the pages for staff codes is counted.

All processes of `charter run` count together, in files of the folder that PROMETHEUS_MULTIPROC_DIR names.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from charter.services.health import Figures
from charter.web.request_log import is_silent

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds."""


class Counters:
    """What one application counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "charter_requests", "Requests answered.", ("endpoint", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "charter_request_seconds", "Seconds to an answer.", ("endpoint",), buckets=BUCKETS, registry=self.registry
        )


def register_metrics(app: Flask) -> None:
    """Count from now on."""
    counters = Counters()
    app.extensions["charter.metrics"] = counters

    def count(response: Response) -> Response:
        if not is_silent():
            endpoint = request.endpoint or "none"
            method = request.method if request.method in ("GET", "HEAD", "POST") else "other"
            counters.requests.labels(endpoint, method, str(response.status_code)).inc()
            counters.seconds.labels(endpoint).observe(time.perf_counter() - g.get("began", time.perf_counter()))
        return response

    app.after_request(count)


def as_text(counters: Counters, found: Figures) -> tuple[bytes, str]:
    """Everything in the text format, and its media type."""
    registry = CollectorRegistry()
    registry.register(_Stored(found))
    text: bytes = generate_latest(registry)
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return text + generate_latest(together), CONTENT_TYPE_PLAIN_0_0_4
    return text + generate_latest(counters.registry), CONTENT_TYPE_PLAIN_0_0_4


class _Stored(Collector):
    """What is in the database at this moment."""

    def __init__(self, found: Figures) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        found = self._found
        jobs = GaugeMetricFamily("charter_jobs", "Jobs by state.", labels=["state"])
        for state, number in found.jobs.items():
            jobs.add_metric([state], number)
        yield jobs
        yield GaugeMetricFamily("charter_mail_waiting", "Mail that is to leave.", value=found.mail_waiting)
        yield GaugeMetricFamily("charter_mail_given_up", "Mail that could not be sent.", value=found.mail_given_up)
        for name, age, text in (
            ("charter_worker_age_seconds", found.worker_age, "Since a worker gave a sign of life."),
            ("charter_backup_age_seconds", found.backup_age, "Since the last backup was made."),
        ):
            if age is not None:
                yield GaugeMetricFamily(name, text, value=age)
