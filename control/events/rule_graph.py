"""The graph of a run's rules: read from Snakemake's event, joined over resumes, put in layers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from control.events.event_fields import Event, Malformed
from control.record.plain_text import visible

MOST_RULES, MOST_EDGES = 1000, 10_000
"""A larger graph is left out: nobody could read it, and every client would have to load it."""


class TooLarge(Exception):
    """A graph that is left out; the text says how large it is."""


@dataclass(frozen=True)
class RuleGraph:
    """Which rule takes what another one makes.

    Attributes:
        rules: each once, what is needed before what needs it, as far as Snakemake knows an order.
        edges: pairs (makes, takes) of different rules, each once.
    """

    rules: Sequence[str] = ()
    edges: Sequence[tuple[str, str]] = ()

    def to_json(self) -> dict[str, Any]:
        """As messages and the index hold it."""
        return {"rules": list(self.rules), "edges": [list(edge) for edge in self.edges]}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "RuleGraph":
        """What :meth:`to_json` gave."""
        return cls(tuple(content["rules"]), tuple((u, v) for u, v in content["edges"]))

    def joined(self, earlier: "RuleGraph") -> "RuleGraph":
        """This graph, and of an earlier one what is missing here.

        A Snakemake that resumes a run may be asked for less: one job that is redriven.
        """
        return RuleGraph(
            tuple(dict.fromkeys([*self.rules, *earlier.rules])),
            tuple(dict.fromkeys([*self.edges, *earlier.edges])),
        )

    def levels(self) -> dict[str, int]:
        """The layer of each rule: 0 where nothing comes before it, else one below the lowest.

        Rules that feed one another in a circle (a rule of several levels of the jobs can) are
        opened where the earliest of them stands in ``rules``.
        """
        above: dict[str, set[str]] = {rule: set() for rule in self.rules}
        below: dict[str, set[str]] = {rule: set() for rule in self.rules}
        for maker, taker in self.edges:
            above[taker].add(maker)
            below[maker].add(taker)
        level = dict.fromkeys(self.rules, 0)
        left = dict.fromkeys(self.rules)
        ready = [rule for rule in self.rules if not above[rule]]
        while left:
            rule = ready.pop() if ready else next(iter(left))
            if rule not in left:
                continue
            del left[rule]
            for taker in below[rule]:
                if taker in left:
                    level[taker] = max(level[taker], level[rule] + 1)
                    above[taker].discard(rule)
                    if not above[taker]:
                        ready.append(taker)
        return level


def graph_of(event: Event) -> RuleGraph:
    """The graph that an event ``rulegraph`` tells.

    Snakemake has a node for each level of jobs on which a rule has some; here each rule is one.
    Of each level and rule it looks at one job: where another job of the rule takes the output
    of other rules, these edges are missing.

    Raises:
        Malformed: it tells none.
        TooLarge: it is left out.
    """
    match event.get("rulegraph"):
        case {"nodes": list(nodes), "links": list(links)}:
            pass
        case _:
            raise Malformed("no graph of nodes and links")
    names = [_rule_of(node) for node in nodes]
    pairs = (_edge_of(link, names) for link in links)
    edges = tuple(dict.fromkeys((maker, taker) for maker, taker in pairs if maker != taker))
    rules = tuple(dict.fromkeys(names))
    if len(rules) > MOST_RULES or len(edges) > MOST_EDGES:
        raise TooLarge(f"{len(rules)} rules and {len(edges)} edges")
    return RuleGraph(rules, edges)


def _rule_of(node: object) -> str:
    match node:
        case {"rule": str(rule)}:
            return visible(rule)
    raise Malformed("a node of the graph names no rule")


def _edge_of(link: object, names: list[str]) -> tuple[str, str]:
    match link:
        case {"source": int(source), "target": int(target)} if 0 <= source < len(
            names
        ) and 0 <= target < len(names):
            return names[source], names[target]
    raise Malformed("an edge of the graph leads nowhere")
