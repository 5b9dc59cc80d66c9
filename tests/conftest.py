"""Settings for all tests."""

import gc

import pytest
from hypothesis import settings

# Machines are shared, and a slow moment is no defect; how fast things are is measured in bench/.
settings.register_profile("charter", deadline=None)
settings.load_profile("charter")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Thousands of tests stay for the whole run: the collector need not go through them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
