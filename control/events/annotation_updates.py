"""Messages of a run as the updates of the annotation engine, which showed variants one by one.

A client gets ``connected``, ``variant_update``, and ``progress`` for all else that people want to
hear of: jobs that begin, what they say of themselves, errors, states of the run.
"""

from collections.abc import Mapping
from typing import Any

from control.client.lines import Lines
from control.events.cause import advised

Json = Mapping[str, Any]

STEPS = {"annotate": "annotation"}
"""Rule → the step that clients know it as; others are called as they are."""
_NAMES = {"chromosome": "chrom", "position": "pos", "reference": "ref", "alternate": "alt"}
_AS_TOLD = ("gene", "consequence", "confidence_score", "canned_text", "interpretation", "sample")


class AnnotationUpdates:
    """Makes the updates of one run, of message after message, for one client."""

    def __init__(self) -> None:
        self._status, self._percent = "queued", 0.0
        self._done, self._total, self._shares = 0, 0, dict[Any, float]()

    def __call__(self, message: Json) -> Json | None:
        """The update that a message is; None for one that clients do not know."""
        kind, data = message["type"], message["data"]
        told = {"job_id": message["job_id"], "timestamp": message["timestamp"]}
        if kind == "connection":
            return {"type": "connected", **told, "message": "Connected to job progress stream"}
        if kind == "variant_update":
            variant = variant_of(data, message["sequence"])
            return {"type": "variant_update", **told, "variant": variant}
        self._take(kind, data)
        is_begun = kind == "rule" and data["state"] == "running"
        if not is_begun and kind not in ("status", "progress", "error", "variant_error"):
            return None
        rule = data.get("rule", self._status)
        told |= {"status": self._status, "progress": int(self._percent), "message": _said(message)}
        details = {"details": data} if kind in ("error", "variant_error") else {}
        return {"type": "progress", **told, "current_step": STEPS.get(rule, rule), **details}

    def _take(self, kind: str, data: Json) -> None:
        """Count what a message says of the whole; only a completed run is at 100."""
        if kind == "status":
            self._status = data["status"]
        elif kind == "rule" and data["state"] != "running":
            self._shares.pop(data.get("jobid"), None)
        elif kind == "progress" and data["scope"] == "run":
            self._done, self._total = data["done"], data["total"]
            if "rules" in data:  # another Snakemake begins: it counts what is left to do
                self._percent, self._shares = 0, {}
        elif kind == "progress":
            self._shares[data.get("jobid")] = data.get("progress", 0) / 100
        if self._total:
            share = 100 * (self._done + sum(self._shares.values())) / self._total
            self._percent = max(self._percent, min(99, share))
        if self._status == "completed":
            self._percent = 100


def _said(message: Any) -> str | None:
    data = message["data"]
    if message["type"] == "variant_error":
        return f"{_place(data)}{advised({'message': 'it could not be annotated', **data})}"
    if message["type"] == "progress" and "stage" in data and "done" in data:
        total = f"/{data['total']}" if data.get("total") else ""
        return f"{data['stage']} {data['done']}{total}"
    return Lines().of(message)


def _place(data: Json) -> str:
    """Which variant a message is about; empty where not even its line says."""
    if "position" not in data:
        return f"line {data['line']}: " if "line" in data else ""
    alleles = f"{data.get('reference', '')}>{data.get('alternate', '')}".strip(">")
    return f"{data.get('chromosome', '')}:{data['position']} {alleles}".strip() + ": "


def variant_of(data: Json, number: int) -> Json:
    """A variant in the documented names; null where nobody told it.

    Args:
        data: of the message.
        number: of the message, which is that of the variant within the run.
    """
    said = {**data, **data["variant"]} if isinstance(data.get("variant"), Mapping) else data
    tier, found = said.get("tier"), said.get("oncogenicity")
    return {
        "variant_id": number,
        **{name: said.get(name, said.get(ours)) for name, ours in _NAMES.items()},
        "amp_tier": said.get("amp_tier", tier and f"Tier {tier}"),
        "vicc_tier": said.get(
            "vicc_tier", found.get("class") if isinstance(found, Mapping) else found
        ),
        **{name: said.get(name) for name in _AS_TOLD},
    }
