"""How much of what could be published a draft publishes. For coordinators only: it holds exact numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from charter.services.release_drafts import Material
from scoring.benchmarks import Draft, Figures
from scoring.benchmarks.model import STANDARD


def yield_of(draft: Draft, material: Material) -> dict[str, Any]:
    """As it is stored with a release.

    `submitted`, `taken`, `waiting`, `instead`: numbers of members. `groups`: of each declared group the members taken
    and how many metrics are published. `metrics`: by name in how many groups. A metric counts as published where at
    least its median is.
    """
    columns = material.columns
    published = {group.id: group.metrics for group in draft.release.groups}
    taken = np.array([version in draft.record.taken for version in columns.versions], bool)
    groups = [
        {
            "id": group.id,
            "members": int(columns.members[place, taken].sum()),
            "published": _count(published.get(group.id, {})),
        }
        for place, group in enumerate(material.declaration.groups)
    ]
    metrics = {
        name: sum(each.get(name, Figures()) != Figures() for each in published.values()) for name in columns.metrics
    }
    return {
        "submitted": len(columns.versions),
        "taken": int(taken.sum()),
        "waiting": len(draft.record.waiting),
        "instead": material.instead,
        "groups": groups,
        "metrics": metrics,
        "standards": [name.removeprefix(STANDARD) for name in columns.metrics if name.startswith(STANDARD)],
        "cells": len(groups) * len(metrics),
        "published": sum(metrics.values()),
    }


def _count(metrics: Mapping[str, Figures]) -> int:
    return sum(figures != Figures() for figures in metrics.values())
