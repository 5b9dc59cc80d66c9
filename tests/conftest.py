"""Settings for all tests."""

import gc

import pytest
from hypothesis import settings

# Machines are shared, and a slow moment is no defect; how fast things are is measured in bench/.
settings.register_profile("charter", deadline=None)
settings.load_profile("charter")


LONG = (
    "browser/test_accessibility.py::test_axe_finds_nothing[coordinator",
    "browser/test_accessibility.py::test_axe_finds_nothing[contributor",
    "browser/test_accessibility.py::test_axe_finds_nothing_in_the_dark",
    "browser/test_accessibility.py::test_axe_finds_nothing_where_others_see_more",
    "browser/test_walk_plan.py",
    "browser/test_walk_without_scripts.py",
    "integration/application/test_demo.py",
    "integration/application/test_durability.py::test_no_acknowledged_answer_is_lost_when_processes_are_killed",
    "integration/application/test_durability.py::test_a_database_that_goes_down",
    "integration/test_chart_pictures.py",
    "integration/test_stress_packs.py",
    "unit/action_plans/test_against_brute_force.py",
)
"""What takes long and seldom fails: for `make test-all`, so that every change is tested within a quarter of an hour."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.removeprefix("tests/").startswith(LONG):
            item.add_marker("long")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Thousands of tests stay for the whole run: the collector need not go through them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
