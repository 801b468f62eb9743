"""`qc multiqc` with a stand-in: whose files it gets, under which names, and how it can fail."""

import json
import os
from pathlib import Path
from typing import Any

import multiqc_stand_in
import pytest
from click.testing import Result
from dragen_files import write_dragen
from qc_lab import run

STATS = """\
# This file was produced by bcftools stats (1.16+htslib-1.16).
# The command line was:\tbcftools stats  results/x/small_variants.vcf.gz
SN\t0\tnumber of samples:\t1
SN\t0\tnumber of records:\t1292
SN\t0\tnumber of SNPs:\t955
TSTV\t0\t615\t340\t1.81\t615\t340\t1.81
"""


NO_REGIONS = {"schema": "plumbline/qc.coverage/1", "regions": 0, "low": 0, "worst": []}


@pytest.fixture(autouse=True)
def _on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = multiqc_stand_in.install(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("PYTHONPATH", raising=False)


def multiqc(out: Path, *arguments: object, sample: str = "S1") -> Result:
    return run("multiqc", *arguments, "--sample", sample, "--out", out)


def made(out: Path, *arguments: object, sample: str = "S1") -> tuple[dict[str, Any], Any]:
    """What stands in the stand-in's page, and the provenance."""
    done = multiqc(out, *arguments, sample=sample)
    assert done.exit_code == 0, done.output
    page = json.loads(out.with_name(f"{out.name}.multiqc.html").read_text())
    record = json.loads(out.with_name(f"{out.name}.multiqc.provenance.json").read_text())
    return page, record


def test_every_file_is_of_the_sample_and_what_is_not_shown_is_told(tmp_path: Path) -> None:
    folder = write_dragen(tmp_path / "in", "S1")
    write_dragen(tmp_path / "in", "S2")
    (folder / "S1.bcftools.stats").write_text(STATS)
    (folder / "S1.time_metrics.csv").write_text("RUN TIME,,Time loading reference,00:00:01,1.0\n")
    (folder / "S2.time_metrics.csv").write_text("RUN TIME,,Time loading reference,00:00:02,2.0\n")
    done = multiqc(tmp_path / "o", folder)
    assert "S1: MultiQC 1.35 shows 6 of 12 files" in done.stderr
    page, record = made(tmp_path / "o", folder)
    names = {
        name for module in page["sources"].values() for part in module.values() for name in part
    }
    assert names == {"S1"}  # not `small_variants`, which bcftools says
    assert page["title"] == "S1"
    assert sorted(record["shown"]) == [
        *(
            "S1.bcftools.stats",
            "S1.mapping_metrics.csv",
            "S1.target_bed_coverage_metrics.csv",
            "S1.time_metrics.csv",
        ),
        *("S1.vc_metrics.csv", "S1.wgs_coverage_metrics.csv"),
    ]
    assert "S1.sv_metrics.csv" in record["not_shown"]
    assert record["not_given"]["S2.vc_metrics.csv"] == "is of another sample (S2)"
    assert record["not_given"]["S2.time_metrics.csv"].startswith("is of DRAGEN, but of none")
    assert record["not_given"]["S1.cnv_metrics.csv"] == "has rows of other samples too"
    assert record["multiqc"]["version"] == "1.35"
    assert len(record["inputs"]) == 12


def test_files_that_are_called_otherwise_are_called_as_the_sample(tmp_path: Path) -> None:
    folder = write_dragen(tmp_path / "in", "NA24143_r2.hard-filtered")
    page, _ = made(tmp_path / "o", folder, "--alias", "NA24143_r2", sample="HG004 Lib 3")
    assert page["sources"]["DRAGEN"]["vc_metrics"].keys() == {"HG004 Lib 3"}


def test_several_files_of_a_kind_are_told_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "in" / name).mkdir(parents=True)
        text = STATS if name == "a" else STATS.replace("955", "954").replace("1292", "1291")
        (tmp_path / "in" / name / "x.stats").write_text(text)
    done = multiqc(tmp_path / "o", tmp_path / "in")
    assert f"in the report S1 (2) is {tmp_path / 'in/b/x.stats'}" in done.stderr
    page, record = made(tmp_path / "o", tmp_path / "in")
    assert page["sources"]["Bcftools"]["stats"].keys() == {"S1 (1)", "S1 (2)"}
    assert record["not_shown"] == []


def test_files_of_fastp_and_mosdepth_have_the_names_that_it_knows(tmp_path: Path) -> None:
    counts = {"total_reads": 10, "total_bases": 100, "q20_bases": 90, "q30_bases": 80}
    both = {"before_filtering": counts, "after_filtering": counts}
    for lane in ("a", "b"):
        report = {"summary": {"fastp_version": "0.23.2", **both}, "lane": lane}
        (tmp_path / f"S1.{lane}.fastp.json").write_text(json.dumps(report))
    (tmp_path / "S1.mosdepth.global.dist.txt").write_text("total\t1\t0.90\ntotal\t0\t1.00\n")
    (tmp_path / "S1.coverage.json").write_text(json.dumps(NO_REGIONS))
    page, record = made(tmp_path / "o", *sorted(tmp_path.glob("S1.*")))
    assert page["sources"]["fastp"]["all_sections"].keys() == {"S1 (1)", "S1 (2)"}
    assert page["sources"]["Mosdepth"]["global_dist"].keys() == {"S1"}
    assert record["not_given"] == {
        "S1.coverage.json": "is of Plumbline; MultiQC has no part for it"
    }


def test_nothing_leaves_the_machine_and_no_settings_of_the_user_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MULTIQC_CONFIG_PATH", "/somewhere/else.yaml")
    page, _ = made(tmp_path / "o", write_dragen(tmp_path / "in", "S1"))
    settings = page["settings"]
    assert (settings["no_version_check"], settings["no_ai"]) == (True, True)
    assert page["environment"]["MULTIQC_CONFIG_PATH"] is None
    assert page["environment"]["HOME"] != os.environ.get("HOME")


@pytest.mark.parametrize(
    ("mode", "code", "text"),
    [
        ("nothing", 65, "MultiQC knows none of the 10 files of S1 (S1.mapping_metrics.csv, "),
        ("broken", 65, "MultiQC's module dragen broke at the files of S1"),
        ("crash", 69, "multiqc ended with 1: ImportError: no module named polars"),
        ("killed", 75, "MultiQC was ended by signal 9"),
        ("old", 69, "does not say which files it read"),
    ],
)
def test_every_way_it_fails_has_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, code: int, text: str
) -> None:
    monkeypatch.setenv("STAND_IN", mode)
    done = multiqc(tmp_path / "out" / "o", write_dragen(tmp_path / "in", "S1"))
    words = json.loads(done.stderr.splitlines()[-1])
    assert (done.exit_code, words["code"]) == (code, code)
    assert text in words["message"]
    assert not list((tmp_path / "out").iterdir())


def test_one_that_cannot_be_started(tmp_path: Path) -> None:
    (tmp_path / "bin" / "multiqc").write_text("#!/nowhere/python\n")
    done = multiqc(tmp_path / "o", write_dragen(tmp_path / "in", "S1"))
    assert (done.exit_code, "No such file or directory" in done.stderr) == (69, True)


def test_usage(tmp_path: Path) -> None:
    assert run("multiqc", tmp_path).exit_code == 64
    done = multiqc(tmp_path / "o", tmp_path, sample="<b>")
    assert (done.exit_code, "cannot stand in MultiQC's page" in done.stderr) == (64, True)
    done = multiqc(tmp_path / "o", tmp_path)
    assert (done.exit_code, "the folders are empty" in done.stderr) == (65, False)
