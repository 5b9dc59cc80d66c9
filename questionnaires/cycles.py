"""Circles in a graph, found in a time that grows with its size: packs may be large, and wrong."""

from __future__ import annotations

from collections.abc import Iterator


def find_cycles(graph: dict[str, list[str]]) -> Iterator[list[str]]:
    """Ways from a node back to itself, no node in two of them, each from its first node in the order of `graph`."""
    order = {name: position for position, name in enumerate(graph)}
    left = _without_ends(dict(graph))
    while left:
        trail = dict.fromkeys([next(iter(left))])
        while (following := left[next(reversed(trail))][0]) not in trail:
            trail[following] = None
        walked = list(trail)
        cycle = walked[walked.index(following) :]
        first = cycle.index(min(cycle, key=order.__getitem__))
        yield [*cycle[first:], *cycle[:first]]
        left = _without_ends({name: after for name, after in left.items() if name not in cycle})


def _without_ends(graph: dict[str, list[str]]) -> dict[str, list[str]]:
    """What remains of a graph when nodes without a successor are taken away until there are none."""
    before: dict[str, list[str]] = {}
    count = {}
    for name, after in graph.items():
        known = [other for other in after if other in graph]
        count[name] = len(known)
        for other in known:
            before.setdefault(other, []).append(name)
    ends = [name for name in graph if not count[name]]
    for end in ends:
        for name in before.get(end, ()):
            count[name] -= 1
            if not count[name]:
                ends.append(name)
    gone = set(ends)
    return {
        name: [o for o in after if o in graph and o not in gone] for name, after in graph.items() if name not in gone
    }
