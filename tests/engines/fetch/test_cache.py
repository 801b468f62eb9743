"""A shared cache: the place of each address in it, several calls at once, replaced objects."""

import json
import os
import random
import subprocess
import sys
import threading

import pytest
from click.testing import CliRunner
from fetch_lab import AWS, ROOT
from range_store import Fault

from engines.contract.errors import InputMissing
from engines.fetch.addresses import address_of, file_address, is_manifest, place_in_cache
from engines.fetch.cli import fetch
from engines.fetch.remote import path_of

DATA = random.Random(7).randbytes(1 << 20)
DEADLINE = 180


@pytest.mark.parametrize(
    ("source", "store", "place"),
    [
        ("s3://runs/a/b c.bam", "", "s3/runs/a/b_c.bam"),
        ("s3://runs/a//../x", "s3.eu-west-1.amazonaws.com", "s3/runs/a/_/_/x"),
        ("s3://runs/x", "s3.cn-north-1.amazonaws.com.cn", "s3/runs/x"),
        ("s3://runs/x", "store.example.org:9000", "s3/runs@store.example.org_9000/x"),
        ("s3://runs/x", "amazonaws.com.example.org", "s3/runs@amazonaws.com.example.org/x"),
        ("https://h.org:8080/d//x.gz?sign=1", "", "https/h.org_8080/d/x.gz"),
        ("http://h.org/d/x.gz#y", "", "http/h.org/d/x.gz"),
        ("file:///mnt/run/x", "", "file/mnt/run/x"),
        ("file://localhost/mnt/x", "", "file/mnt/x"),
    ],
)
def test_the_place_of_an_address(source, store, place):
    assert place_in_cache(source, store) == place


def test_paths_become_addresses_that_lead_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    odd = tmp_path / "50%41 #1?.txt"
    odd.touch()
    assert path_of(file_address(odd)) == odd
    assert path_of(address_of("50%41 #1?.txt")) == odd
    assert address_of(".") == f"file://{tmp_path}"
    assert address_of("s3://b/x") == "s3://b/x"
    with pytest.raises(InputMissing, match="b/x: no such file or folder"):
        address_of("b/x")


def test_a_tsv_is_a_manifest_and_a_folder_of_that_name_is_not(tmp_path):
    assert is_manifest("runs/m.TSV")
    assert not is_manifest("s3://runs/m.tsv")
    (tmp_path / "x.tsv").mkdir()
    assert not is_manifest(str(tmp_path / "x.tsv"))


def run(lab, *arguments, out=True):
    more = ["--endpoint", lab.store.url, "--cache", str(lab.into)]
    more += ["--out", str(lab.folder / "fetch")] if out else []
    return CliRunner().invoke(fetch, [*arguments, *more])


def test_paths_and_manifests_on_the_command_line(lab, monkeypatch):
    monkeypatch.chdir(lab.folder)
    (lab.folder / "run" / "sub").mkdir(parents=True)
    (lab.folder / "run" / "sub" / "a%41#?.csv").write_bytes(b"1")
    (lab.folder / "S1.tsv").write_text("source\tname\ns3://bucket/{sample}.txt\tb.txt\n")
    lab.store.put("/bucket/S1.txt", b"2")
    result = run(lab, "run", "{sample}.tsv", "--sample", "S1", "--link", "out")
    assert result.exit_code == 0, result.stderr
    assert (lab.folder / "out" / "sub" / "a_41__.csv").read_bytes() == b"1"
    assert (lab.folder / "out" / "b.txt").read_bytes() == b"2"
    host = lab.store.url.removeprefix("http://").replace(":", "_")
    assert (lab.into / "s3" / f"bucket@{host}" / "S1.txt").read_bytes() == b"2"
    two = run(lab, "S1.tsv", "--manifest", "S1.tsv", "--sample", "S1")
    assert two.exit_code == 64
    assert "more than one manifest" in two.stderr


def test_a_dry_run_shows_roles(lab):
    lab.store.put("/bucket/S1.sv.vcf.gz", b"x" * 1500)
    lab.store.put("/bucket/S1.bam", b"x" * 1500)
    arguments = ("s3://bucket/", "--role", "structural_variants", "--dry-run")
    result = run(lab, *arguments, "--link", str(lab.folder / "out"), out=False)
    assert "<- s3://bucket/S1.sv.vcf.gz  [structural_variants]\n" in result.stdout
    assert "note: 1 of 2 files have no role that is asked for" in result.stdout
    assert not lab.into.exists()
    needs = run(lab, *arguments, out=False)
    assert needs.exit_code == 64
    assert "no place for the summary" in needs.stderr


def start(lab, sample):
    """A call as a process of its own, each with its own links and summary."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "engines.fetch", "s3://bucket/run/", "--part-size", "64K"),
            *("--connections", "2", "--cache", str(lab.into), "--link", str(lab.folder / sample)),
            *("--role", "metrics=*.csv", "--role", "alignments=*.bam", "--no-index"),
            *("--endpoint", lab.store.url),
        ],
        env={**os.environ, **AWS, "PYTHONPATH": str(ROOT / "workflow")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_runs_at_once_share_one_download_and_each_has_its_links(lab):
    lab.store.put("/bucket/run/S1.bam", DATA)
    lab.store.put("/bucket/run/S1.csv", b"1,2")
    started, go_on = threading.Event(), threading.Event()

    def hold():
        started.set()
        go_on.wait(DEADLINE)

    lab.store.fail("/bucket/run/S1.bam", Fault(), Fault(before=hold))
    first = start(lab, "a")
    assert started.wait(DEADLINE)
    second = start(lab, "b")
    assert any("another process is fetching it" in line for line in second.stderr)
    go_on.set()
    for process in (first, second):
        _, err = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0, err
    assert lab.store.sent["/bucket/run/S1.bam"] == len(DATA)
    for sample in "ab":
        assert (lab.folder / sample / "alignments.bam").read_bytes() == DATA
        assert (lab.folder / sample / "metrics" / "S1.csv").read_bytes() == b"1,2"
    inodes = {(lab.folder / sample / "alignments.bam").stat().st_ino for sample in "ab"}
    assert len(inodes) == 1
    fetched = [
        json.loads((lab.folder / sample / "fetch.summary.json").read_text())["totals"]["fetched"]
        for sample in "ab"
    ]
    assert sum(fetched) == 2


def test_the_same_file_by_two_addresses_and_named_twice(lab):
    lab.store.put("/bucket/run/S1.csv", b"1,2")
    again = ("s3://bucket/run/", "s3://bucket/run/S1.csv")
    data = lab.fetch(*again, cache=True)
    assert data["totals"]["files"] == 1
    assert "1 files are named more than once" in data["notes"]
    data = lab.fetch("s3://bucket/", cache=True)  # another prefix, the same place
    assert data["totals"]["here_already"] == 1


def test_what_was_changed_in_the_cache_is_fetched_anew(lab):
    lab.store.put("/bucket/run/S1.csv", b"1,2")
    link = str(lab.folder / "out")
    arguments = ("s3://bucket/run/", "--role", "metrics=*.csv", "--link", link)
    assert run(lab, *arguments).exit_code == 0
    (lab.folder / "out" / "metrics" / "S1.csv").write_bytes(b"1,3")
    result = run(lab, *arguments)
    assert result.exit_code == 0, result.stderr
    assert "1 fetched" in result.stdout
