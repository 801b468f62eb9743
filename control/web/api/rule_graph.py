"""The rules of a run as a graph, and how far each of them is."""

from collections import defaultdict
from collections.abc import Mapping

from flask import Response
from pydantic import Field

from control.events.index_rows import Plan
from control.events.rule_graph import RuleGraph
from control.web.api.jobs import api
from control.web.api.resource import Answer, RunPath, answer, if_changed
from control.web.service import service

_NO_PLAN = Plan(1, {}, RuleGraph())


class RuleNode(Answer):
    """One rule."""

    rule: str
    level: int = Field(description="Layer, from 0; what a rule needs lies in layers above it")
    jobs: dict[str, int] = Field(
        description="State → number of jobs; `waiting`: planned, and not begun"
    )


class RuleGraphAnswer(Answer):
    """The rules of a run, and which of them takes what another one makes."""

    nodes: list[RuleNode]
    edges: list[tuple[str, str]] = Field(description="Rule that makes, rule that takes")


def planned(graph: RuleGraph, counts: Mapping[str, int]) -> RuleGraphAnswer:
    """The graph of a run that is not there yet.

    Args:
        counts: rule → how many jobs.
    """
    levels = graph.levels()
    rules = dict.fromkeys([*graph.rules, *counts])
    nodes = [
        RuleNode(rule=rule, level=levels.get(rule, 0), jobs={"waiting": counts.get(rule, 0)})
        for rule in rules
    ]
    return RuleGraphAnswer(nodes=nodes, edges=list(graph.edges))


@api.get(
    "/runs/<run:run_id>/rulegraph",
    responses={200: RuleGraphAnswer, 304: {"description": "You have it already"}},
)
def read_rule_graph(path: RunPath) -> Response:
    """The rules of a run as a graph, with their jobs by state.

    Empty while Snakemake has not told it. What a checkpoint brings has no edges.
    """
    run = service().seen(path.run_id)
    index = service().index
    plan = index.plan(run.run_id) or _NO_PLAN
    jobs: dict[str, dict[str, int]] = defaultdict(dict)
    for stat in index.rules(run.run_id):
        jobs[stat.rule][stat.state] = stat.jobs
    for rule, waiting in plan.waiting(index.rules(run.run_id, plan.process)).items():
        jobs[rule]["waiting"] = waiting
    levels = plan.graph.levels()
    rules = dict.fromkeys([*plan.graph.rules, *plan.rules, *jobs])
    nodes = [RuleNode(rule=rule, level=levels.get(rule, 0), jobs=jobs[rule]) for rule in rules]
    return if_changed(answer(RuleGraphAnswer(nodes=nodes, edges=list(plan.graph.edges))))
