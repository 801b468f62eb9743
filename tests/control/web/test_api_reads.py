"""Reads at a place over the API: whose they are, what may be read, and how much."""

import json
import os
import xml.etree.ElementTree as ET
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from compare_bench import base, other
from pileup_lab import Given, write_alignments
from reads_of_a_run import CARRY, DEPTH, NAME, SITE, aligned, compared
from web_lab import WebLab, body

from control.record.run_dir import RunDir
from control.runs.locked import locked
from control.runs.reads import open_for_all
from engines.contract.errors import InputMissing, NotPermitted


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    return WebLab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def run(lab: WebLab) -> RunDir:
    made = lab.run()
    compared(made.work)
    aligned(made.work)
    return made


def ask(lab: WebLab, run: RunDir, user: str | None = "ada", **query: str) -> Any:
    asked = {"at": f"chr20:{SITE}", "sample": NAME, **query}
    return lab.client(user).get(f"/api/v1/runs/{run.run_id}/reads", query_string=asked)


def test_reads_of_a_false_positive(lab: WebLab, run: RunDir) -> None:
    found = body(ask(lab, run))
    assert (found["name"], found["alignments"]) == ("HG002", "HG002.bam")
    assert (found["depth"], found["drawn"], found["notes"]) == (DEPTH, DEPTH, [])
    change = f"{base('chr20', SITE)}>{other('chr20', SITE)}"
    counts = [(a["allele"], a["reads"], a["called"]) for a in found["alleles"]]
    assert counts == [("reference", DEPTH - CARRY, []), (change, CARRY, ["query"])]
    assert ET.fromstring(found["picture"]).tag == "{http://www.w3.org/2000/svg}svg"


def test_the_list_of_clusters_leads_there(lab: WebLab, run: RunDir) -> None:
    view = body(lab.client().get(f"/api/v1/runs/{run.run_id}/views/benchmark"))
    tables = [table for section in view["sections"] for table in section["tables"]]
    (rows,) = [table["rows"] for table in tables if table["opens"] == "explained"]
    (row,) = [row for row in rows if row["place"] == f"chr20:{SITE}-{SITE}"]
    assert body(lab.client().get(row["reads"]))["depth"] == DEPTH


@pytest.mark.parametrize(("user", "status"), [("bob", 403), ("vera", 403), (None, 401)])
def test_only_who_may_see_the_run(lab: WebLab, run: RunDir, user: str, status: int) -> None:
    assert ask(lab, run, user).status_code == status


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"at": "chr20:1-501"}, 400, "501 bases; at most 500"),
        ({"at": "--help"}, 400, "not CHROM:POS"),
        ({"at": "chr20:9999999"}, 400, "chr20 has 6,000 bases"),
        ({"sample": "nobody"}, 404, "nobody.summary.json: no such file"),
        ({"at": "chr20:5\0"}, 422, "at"),
        ({"sample": "../x"}, 422, "sample"),
        ({"sample": "a/../../b"}, 422, "sample"),
    ],
)
def test_what_cannot_be(
    lab: WebLab, run: RunDir, query: dict[str, str], status: int, words: str
) -> None:
    answer = ask(lab, run, **query)
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)


def test_a_run_without_alignments(lab: WebLab) -> None:
    made = lab.run()
    compared(made.work)
    answer = ask(lab, made)
    assert answer.status_code == 404
    assert "the run has no alignments of HG002" in answer.get_json()["detail"]
    view = body(lab.client().get(f"/api/v1/runs/{made.run_id}/views/benchmark"))
    assert "/reads?" not in json.dumps(view)


def test_alignments_without_index_and_behind_a_link(lab: WebLab, run: RunDir) -> None:
    made = lab.run()
    compared(made.work)
    (made.work / "results" / "alignments").mkdir()
    path = made.work / "results" / "alignments" / "HG002.bam"
    path.symlink_to(run.work / "results" / "alignments" / "HG002.bam")
    assert ask(lab, made).status_code == 403
    path.unlink()
    write_alignments(path, {"chr20": "ACGT" * 1500}, [Given(5, "9M")], index=False)
    answer = ask(lab, made).get_json()
    assert answer["detail"] == "alignments HG002.bam: there is no index beside them"


def test_one_at_a_time_and_not_for_ever(
    lab: WebLab, run: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("control.runs.reads.SECONDS", 0.01)
    own = lab.state.path / f"reads.{sha256(b'ada').hexdigest()[:16]}.lock"
    with locked(own, 60, "the test"):
        assert "busy with another request" in ask(lab, run).get_json()["detail"]
    answer = ask(lab, run)
    assert answer.status_code == 503
    assert "took more than 0.01 seconds" in answer.get_json()["detail"]


def test_files_of_others_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "genome.fa"
    file.write_text(">a\nACGT\n")
    with open_for_all(file, os.getuid()) as found:
        assert found.size == 8
    with pytest.raises(NotPermitted, match="neither the run's owner's nor everybody's"):
        open_for_all(file, os.getuid() + 1)  # the folder is closed
    with open_for_all(Path("/etc/passwd"), os.getuid() + 1) as found:
        assert found.size
    with pytest.raises(NotPermitted):
        open_for_all(Path("/dev/zero"), os.getuid())
    with pytest.raises(InputMissing):
        open_for_all(tmp_path / "nothing", os.getuid())
