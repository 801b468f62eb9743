"""A folder with data that are only names: checking a configuration reads none of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from engines.configuration import ConfigurationError, Plan, load

FILES = (
    *("calls.vcf.gz", "calls.g.vcf.gz", "truth.vcf.gz", "truth.bed", "genome.fa", "strata.tsv"),
    *("deaths.csv", "counts.json", "matrices.json", "old.summary.json"),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of the run, with one placeholder of each kind of file."""
    for name in FILES:
        (tmp_path / name).write_text("placeholder\n")
    (tmp_path / "strata.tsv").write_text("all\ttruth.bed\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def plan(folder: Path) -> Callable[..., Plan]:
    """Load a configuration (YAML) with a sheet whose cells are written with ``|`` for tabs."""

    def run(sheet: str, config: str = "", **more: Any) -> Plan:
        (folder / "samples.tsv").write_text(sheet.replace("|", "\t"), encoding="utf-8")
        keys = yaml.safe_load(config) or {}
        return load({"samples": "samples.tsv", **keys}, [folder / "config.yaml"], **more)

    return run


@pytest.fixture
def lines(plan: Callable[..., Plan]) -> Callable[..., list[str]]:
    """What a configuration that cannot be run is told."""

    def run(sheet: str, config: str = "", **more: Any) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            plan(sheet, config, **more)
        return caught.value.message.splitlines()

    return run
