"""The quality metrics of the demo: read without a remark, and judged as the known answer says."""

import json
from pathlib import Path
from typing import Any

import pytest
from qc_lab import collected, judged, skipped

DEMO = Path(__file__).resolve().parents[2] / "config" / "demo"
EXPECTED: dict[str, Any] = json.loads((DEMO / "expected.json").read_text())["qc"]


@pytest.mark.parametrize("sample", EXPECTED)
def test_the_verdict_is_the_known_answer(tmp_path: Path, sample: str) -> None:
    found = collected(tmp_path / sample, DEMO / "metrics" / sample, sample=sample)
    assert skipped(found) == {}
    assert found["warnings"] == []
    categories = {row["category"] for row in found["metrics"]}
    assert categories == {"mapping", "coverage", "vc", "ploidy"}
    (verdict,) = judged(tmp_path / sample, tmp_path / f"{sample}.qc.json")["samples"]
    assert verdict["verdict"] == EXPECTED[sample]["verdict"]
    not_good = [row["metric"] for row in verdict["metrics"] if row["verdict"] in ("warn", "fail")]
    assert not_good == EXPECTED[sample]["not_good"]
