"""Charts of screens: depth along genes, shares of mutations, organisms, verdicts of many samples.

All are Vega-Lite with their data; what is drawn is counted by the callers, who have the tables.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.charts.screens import called_as, organisms
from engines.charts.theme import BLUE, GREEN, ORANGE, PALE, PURPLE, SKY, SOFT, VERMILION
from engines.screen.report.tables import LITTLE, UNCLASSIFIED, rest_of

Spec = dict[str, Any]
Data = Mapping[str, Any]

GENES, PER_ROW = 24, 3
MUTATIONS, SAMPLES, CLASSES, ORGANISMS = 30, 60, 40, 5
WIDE, HIGH = 165, 46  # of the plot of a gene, in pixels
MARKS = {"resistant": "R", "inconclusive": "?", "not detected": "·", "not assessed": "–"}
WORDS = "R: resistant, ?: inconclusive, ·: not detected, –: not assessed."
_FILLS = {
    "resistant": VERMILION,
    "inconclusive": ORANGE,
    "not detected": "#ececec",
    "not assessed": "white",
}


_EFFECTS = {
    "resistant": "gives resistance",
    "uncertain": "effect uncertain",
    "none": "none by itself",
    "": "effect uncertain",
}


def drawn(genes: Sequence[Data]) -> list[Data]:
    """The genes whose depth is drawn: those with a known one, the first of many."""
    return [each for each in genes if each["depths"]][:GENES]


def coverage_caption(genes: Sequence[Data]) -> str:
    """How to read it, and what is left out."""
    known = [each for each in genes if each["depths"]]
    words = "Depth of reads along each gene, from its first base to its last. Red: no read."
    if len(known) > GENES:
        words += f" The first {GENES} of {len(known)} genes."
    if len(known) < len(genes):
        words += f" Of {len(genes) - len(known)} the depth along the gene is not known."
    return words


def coverage_chart(genes: Sequence[Data]) -> Spec | None:
    """A panel for each gene; None where no depth is known."""
    panels = [_gene_panel(each) for each in drawn(genes)]
    if not panels:
        return None
    rows = [panels[at : at + PER_ROW] for at in range(0, len(panels), PER_ROW)]
    return {
        "vconcat": [{"hconcat": row, "spacing": 46, "bounds": "flush"} for row in rows],
        "spacing": 16,
        "usermeta": {"stacks": True},
    }


def _gene_panel(gene: Data) -> Spec:
    stretch = gene["length"] / len(gene["depths"])
    unit = "residues" if gene["source"] == "diamond" else "bases"
    rows = [
        {"from": round(at * stretch) + 1, "to": round((at + 1) * stretch), "depth": depth}
        for at, depth in enumerate(gene["depths"])
    ]
    x: Spec = {"field": "from", "type": "quantitative", "title": None}
    x |= {"scale": {"domain": [1, gene["length"]], "nice": False}, "axis": {"tickCount": 3}}
    y: Spec = {
        "field": "depth",
        "type": "quantitative",
        "title": None,
        "axis": {"tickCount": 2, "labelFlush": True},
    }
    y |= {"scale": {"zero": True, "nice": True}}
    tooltip = [
        {"field": "from", "type": "quantitative", "title": f"From ({unit})"},
        {"field": "to", "type": "quantitative", "title": "To"},
        {"field": "depth", "type": "quantitative", "title": "Depth", "format": ",.1f"},
    ]
    text = f"{gene['identity']:.4g} % id., {gene['coverage']:.3g} % covered, {gene['depth']:.1f}×"
    title: Spec = {"text": gene["name"], "subtitle": text, "fontSize": 11}
    title |= {"subtitleFontSize": 9.5, "limit": WIDE + 20, "fontWeight": "bold"}
    return {
        "title": title,
        "width": WIDE,
        "height": HIGH,
        "data": {"values": rows},
        "encoding": {"x": x},
        "layer": [
            {
                "mark": {"type": "area", "color": SKY, "interpolate": "step-after"},
                "encoding": {"y": y, "tooltip": tooltip},
            },
            {
                "transform": [{"filter": "datum.depth === 0"}],
                "mark": {"type": "rule", "color": VERMILION, "strokeWidth": 4},
                "encoding": {"x2": {"field": "to"}, "y": {"datum": 0}, "tooltip": tooltip},
            },
        ],
    }


def shares_chart(mutations: Sequence[Data]) -> Spec | None:
    """The share of fragments with each detected mutation, with its interval; None without any."""
    found = [each for each in mutations if each["status"] == "detected"][:MUTATIONS]
    if not found:
        return None
    rows = [
        {
            "name": f"{each['gene']} {each['change']}",
            "share": each["frequency"],
            "low": each["low"],
            "high": each["high"],
            "effect": _EFFECTS[each["effect"]],
            "told": f"{each['resistant']} of {each['depth']}",
        }
        for each in found
    ]
    order = list(dict.fromkeys(row["name"] for row in rows))
    axis = {"format": "%", "title": "Share of fragments"}
    y = {"field": "name", "type": "nominal", "sort": order, "title": None, "axis": {"grid": True}}
    colour = {
        "field": "effect",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(_EFFECTS.values())[:3], "range": [VERMILION, ORANGE, SOFT]},
        "legend": {"orient": "top"},
    }
    x = {"field": "share", "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": axis}
    fields = {"name": "Mutation", "effect": "Effect", "told": "Fragments"}
    tooltip = [{"field": key, "type": "nominal", "title": text} for key, text in fields.items()]
    return {
        "usermeta": {"stacks": True},
        "data": {"values": rows},
        "width": 420,
        "height": {"step": 22},
        "encoding": {"y": y, "color": colour, "tooltip": tooltip},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {
                    "x": {**x, "field": "low"},
                    "x2": {"field": "high"},
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {"x": x},
            },
        ],
    }


def verdicts_chart(samples: Mapping[str, Sequence[Data]]) -> Spec | None:
    """A row for each sample, a column for each class; None where there is nothing to draw.

    Args:
        samples: name → its classes, of the summary.
    """
    shown = dict(list(samples.items())[:SAMPLES])
    classes = list(dict.fromkeys(e["class"] for found in shown.values() for e in found))[:CLASSES]
    rows = [
        {
            "sample": name,
            "class": each["class"],
            "verdict": each["verdict"],
            "mark": MARKS[each["verdict"]],
            "evidence": ", ".join(each["evidence"]) or "–",
        }
        for name, found in shown.items()
        for each in found
        if each["class"] in classes
    ]
    if not rows:
        return None
    titles = {"sample": "Sample", "class": "Class", "verdict": "Verdict", "evidence": "Evidence"}
    quiet = {"ticks": False, "domain": False, "grid": False, "title": None}
    x_axis = {**quiet, "orient": "top", "labelAngle": -40, "labelLimit": 180}
    fill = {
        "field": "verdict",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": list(_FILLS), "range": list(_FILLS.values())},
    }
    ink = {
        "value": "#333333",
        "condition": {
            "test": f"indexof({['resistant', 'inconclusive']}, datum.verdict) >= 0",
            "value": "black",
        },
    }
    return {
        "data": {"values": rows},
        "width": {"step": 26},
        "height": {"step": 22},
        "encoding": {
            "x": {"field": "class", "type": "nominal", "sort": classes, "axis": x_axis},
            "y": {"field": "sample", "type": "nominal", "sort": list(shown), "axis": quiet},
            "tooltip": [
                {"field": key, "type": "nominal", "title": text} for key, text in titles.items()
            ],
        },
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "#cccccc", "strokeWidth": 0.5},
                "encoding": {"fill": fill},
            },
            {
                "mark": {"type": "text", "fontWeight": "bold", "fontSize": 12},
                "encoding": {"text": {"field": "mark", "type": "nominal"}, "color": ink},
            },
        ],
    }


def organisms_chart(samples: Mapping[str, Data]) -> Spec | None:
    """A bar for each sample: the share of its pairs by organism; None where none was assessed.

    Args:
        samples: name → its summary.
    """
    shown = {name: data for name, data in samples.items() if data["taxa"]}
    found = {name: organisms(data) for name, data in list(shown.items())[:SAMPLES]}
    sums: dict[str, float] = {}
    for each in (each for genomes in found.values() for each in genomes):
        sums[called_as(each)] = sums.get(called_as(each), 0) + each["share"]
    kept = sorted(sums, key=lambda name: (-sums[name], name))[:ORGANISMS]
    rows = [row for name, own in found.items() for row in _shares(name, own, kept, shown[name])]
    if not rows:
        return None
    colours = [BLUE, GREEN, PURPLE, SKY, "#6b4c9a"][: len(kept)]
    domain = [*kept, *REST]
    colour = {
        "field": "organism",
        "type": "nominal",
        "title": None,
        "scale": {"domain": domain, "range": [*colours, *REST.values()]},
        "legend": {"orient": "bottom", "columns": 1, "labelLimit": 240},
    }
    axis = {"format": "%", "title": "Share of pairs"}
    tooltip = [
        {"field": "sample", "type": "nominal", "title": "Sample"},
        {"field": "organism", "type": "nominal", "title": "Organism"},
        {"field": "share", "type": "quantitative", "title": "Share", "format": ".2%"},
    ]
    x = {"field": "share", "type": "quantitative", "stack": "zero", "axis": axis}
    return {
        "usermeta": {"stacks": True},
        "data": {"values": rows},
        "width": 480,
        "height": {"step": 26},
        "mark": {"type": "bar", "stroke": "white", "strokeWidth": 0.5},
        "encoding": {
            "y": {"field": "sample", "type": "nominal", "sort": list(found), "title": None},
            "x": {**x, "scale": {"domain": [0, 1]}},
            "color": colour,
            "order": {"field": "place", "type": "quantitative"},
            "tooltip": tooltip,
        },
    }


OTHER = "other organisms"
REST = {OTHER: SOFT, LITTLE: PALE, UNCLASSIFIED: "#ececec"}


def _shares(sample: str, found: Sequence[Data], kept: Sequence[str], data: Data) -> list[Spec]:
    """The parts of one bar; they add up to all pairs."""
    parts = rest_of(data["taxa"], found)
    for each in found:
        name = called_as(each) if called_as(each) in kept else OTHER
        parts[name] = parts.get(name, 0.0) + each["share"]
    order = [*kept, *REST]
    return [
        {"sample": sample, "organism": name, "share": parts[name], "place": order.index(name)}
        for name in order
        if parts.get(name)
    ]
