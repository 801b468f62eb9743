"""The graph of rules: read from an event, joined, and put in layers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.events.event_fields import Malformed
from control.events.rule_graph import MOST_EDGES, MOST_RULES, RuleGraph, TooLarge, graph_of


def event(rules: list[Any], *links: tuple[int, int]) -> dict[str, Any]:
    nodes = [{"rule": rule} for rule in rules]
    edges = [{"source": source, "target": target} for source, target in links]
    return {"event": "rulegraph", "rulegraph": {"nodes": nodes, "links": edges}}


def test_a_diamond() -> None:
    graph = graph_of(event(["map", "sort", "call", "all"], (0, 1), (0, 2), (1, 3), (2, 3), (0, 3)))
    assert graph.rules == ("map", "sort", "call", "all")
    assert graph.levels() == {"map": 0, "sort": 1, "call": 1, "all": 2}
    assert RuleGraph.from_json(json.loads(json.dumps(graph.to_json()))) == graph


def test_a_rule_on_several_levels_is_one_and_feeds_not_itself() -> None:
    graph = graph_of(event(["split", "merge", "merge", "all"], (0, 1), (1, 2), (2, 3), (1, 3)))
    assert graph.rules == ("split", "merge", "all")
    assert graph.edges == (("split", "merge"), ("merge", "all"))
    assert graph.levels() == {"split": 0, "merge": 1, "all": 2}


def test_a_rule_that_comes_early_and_late_lies_below_what_it_needs() -> None:
    graph = graph_of(event(["merge", "trim", "merge"], (1, 2)))
    assert graph.levels() == {"trim": 0, "merge": 1}


def test_a_circle_is_opened_at_its_earliest_rule() -> None:
    graph = RuleGraph(("a", "b", "c"), (("a", "b"), ("b", "a"), ("b", "c")))
    assert graph.levels() == {"a": 0, "b": 1, "c": 2}


def test_what_an_earlier_snakemake_knew_is_kept() -> None:
    whole = RuleGraph(("map", "sort", "all"), (("map", "sort"), ("sort", "all")))
    redriven = RuleGraph(("fetch", "map"), (("fetch", "map"),))
    joined = redriven.joined(whole)
    assert joined.rules == ("fetch", "map", "sort", "all")
    assert joined.levels() == {"fetch": 0, "map": 1, "sort": 2, "all": 3}
    assert whole.joined(whole) == whole


def test_a_name_is_text_without_control_characters() -> None:
    assert graph_of(event(["a\x1b[31m"])).rules[0].startswith("a")
    assert "\x1b" not in graph_of(event(["a\x1b[31m"])).rules[0]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"rulegraph": None},
        {"rulegraph": {"nodes": []}},
        {"rulegraph": {"nodes": [{}], "links": []}},
        {"rulegraph": {"nodes": [{"rule": 3}], "links": []}},
        event(["a"], (0, 1)),
        event(["a"], (-1, 0)),
        {"rulegraph": {"nodes": [{"rule": "a"}], "links": [{"source": "0", "target": 0}]}},
    ],
)
def test_no_graph(broken: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        graph_of(broken)


def test_a_graph_that_nobody_could_read_is_left_out() -> None:
    many = [f"rule{number}" for number in range(MOST_RULES + 1)]
    assert len(graph_of(event(many[1:])).rules) == MOST_RULES
    with pytest.raises(TooLarge, match=f"{MOST_RULES + 1} rules and 0 edges"):
        graph_of(event(many))
    pairs = [(i, j) for i in range(150) for j in range(i)]
    with pytest.raises(TooLarge, match=f"150 rules and {len(pairs)} edges"):
        graph_of(event(many[:150], *pairs))
    assert len(pairs) > MOST_EDGES


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40))
def test_every_rule_has_a_layer_and_without_circles_every_edge_leads_down(
    pairs: list[tuple[int, int]],
) -> None:
    forward = [(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]]
    rules = [str(number) for number in range(13)]
    straight = RuleGraph(rules, [(str(u), str(v)) for u, v in forward])
    levels = straight.levels()
    assert all(levels[maker] < levels[taker] for maker, taker in straight.edges)
    takers = {taker for _, taker in straight.edges}
    assert all((level == 0) == (rule not in takers) for rule, level in levels.items())
    tangled = RuleGraph(rules, [(str(u), str(v)) for u, v in pairs if u != v]).levels()
    assert set(tangled) == set(rules) and all(0 <= level < 13 for level in tangled.values())
