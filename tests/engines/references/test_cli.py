"""``plumbline references`` as people and rules call it; in processes where one is killed."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from time import monotonic, sleep

import pysam
import pytest
from click.testing import CliRunner, Result
from fault_server import Answer
from jsonschema import Draft202012Validator
from small_mirror import (
    put_genome,
    put_stratifications,
    put_truth,
    truth_entry,
)

from engines.references import catalogue
from engines.references.cli import references

TRUTH = truth_entry("HG004")
SCHEMAS = catalogue.ROOT / "workflow" / "schemas"
DEADLINE = 180  # seconds


def valid(name: str, text: str):
    data = json.loads(text)
    Draft202012Validator(json.loads((SCHEMAS / name).read_text())).validate(data)
    return data


def start(cache, *arguments) -> subprocess.Popen:
    command = [sys.executable, "-m", "control.cli", "references", *map(str, arguments)]
    environment = os.environ | {"PLUMBLINE_REFERENCES": str(cache)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment)


def run(cache, *arguments) -> Result:
    """The command in this process."""
    environment = {"PLUMBLINE_REFERENCES": str(cache)}
    return CliRunner().invoke(references, [str(x) for x in arguments], env=environment)


def failure(done) -> dict:
    """The last line of stderr of a command that failed; there is no traceback."""
    assert "Traceback" not in done.stderr
    record = json.loads(done.stderr.splitlines()[-1])
    assert record["code"] == done.exit_code
    return record


def wait_for(condition: Callable[[], bool]) -> None:
    end = monotonic() + DEADLINE
    while not condition():
        assert monotonic() < end, "it never happened"
        sleep(0.01)


def wait_for_words(process: subprocess.Popen, words: str) -> None:
    """Read its stderr up to the line with these words."""
    deadline = threading.Timer(DEADLINE, process.kill)  # which ends the loop
    deadline.start()
    try:
        while words not in (line := process.stderr.readline()):
            assert line, f"it ended, or never said {words!r}"
    finally:
        deadline.cancel()


def ensure_truth(source, *more):
    kind = ("--build", "GRCh38", "--kind", "small_variants")
    return ("ensure", "NA24143_Lib3_Rep1", *kind, "--mirror", source, *more)


# --- list ---------------------------------------------------------------------


def test_list_for_people(cache):
    done = run(cache, "list", "--sample", "NA24385", "--build", "GRCh38")
    assert "NA24385 → HG002" in done.stderr
    header, *rows = done.stdout.splitlines()
    assert " ".join(header.split()) == "KIND BUILD SAMPLE VERSION DEFAULT CACHED SIZE LICENCE"
    cells = [row.split()[:4] for row in rows if "HG002" in row.split()[:3]]
    assert ["small_variants", "GRCh38", "HG002", "v4.2.1"] in cells
    assert ["structural_variants", "GRCh38", "HG002", "CMRG-v1.00"] in cells
    assert all(cell[1] == "GRCh38" for cell in cells)
    assert "Covers 273 difficult" in done.stdout


def test_list_for_machines_knows_what_is_cached(cache, mirror):
    put_truth(mirror, TRUTH)
    before = valid("references.list.schema.json", run(cache, "list", "--json").stdout)
    assert len(before) == len(catalogue.load().entries)
    assert not any(row["cached"] for row in before)
    run(cache, *ensure_truth(mirror.as_uri()))
    after = valid("references.list.schema.json", run(cache, "list", "--json").stdout)
    (row,) = [row for row in after if row["cached"]]
    assert (row["sample"], row["version"]) == ("HG004", "v4.2.1")
    folder = cache / "small_variants/GRCh38/HG004/v4.2.1"
    products = ("truth.vcf.gz", "truth.vcf.gz.tbi", "confident.bed")
    assert row["bytes"] == sum((folder / name).stat().st_size for name in products)


def test_one_unreadable_receipt_does_not_end_the_list(cache, mirror):
    put_truth(mirror, TRUTH)
    run(cache, *ensure_truth(mirror.as_uri()))
    receipt = cache / "small_variants/GRCh38/HG004/v4.2.1/confident.bed.json"
    receipt.write_text("{")
    done = run(cache, "list", "--json")
    assert len(json.loads(done.stdout)) == len(catalogue.load().entries)
    assert not any(row["cached"] for row in json.loads(done.stdout))
    assert str(receipt) in done.stderr


# --- ensure -------------------------------------------------------------------


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_secret_in_the_mirror_is_printed_nowhere(cache, more):
    for mirror in ("https://me:s3cret@host.invalid/giab", "https://host.invalid/x?token=s3cret"):
        done = run(cache, *ensure_truth(mirror, *more))
        record = failure(done)
        assert record["code"] == 64
        assert "https://host.invalid" in record["message"]
        assert "s3cret" not in done.output + done.stdout + done.stderr
    assert not cache.exists()


def test_ensure_a_run_prints_the_paths_and_says_whose_it_is(cache, mirror):
    put_truth(mirror, TRUTH)
    done = run(cache, *ensure_truth(mirror.as_uri()))
    assert done.exit_code == 0
    assert "NA24143_Lib3_Rep1 → HG004 (its name begins with NA24143)" in done.stderr
    paths = done.stdout.split()
    assert [path.rpartition("/")[2] for path in paths] == [
        "truth.vcf.gz",
        "truth.vcf.gz.tbi",
        "confident.bed",
    ]
    assert all(os.path.getsize(path) for path in paths)


def test_links_with_plain_names_and_a_receipt(cache, mirror, tmp_path):
    put_truth(mirror, TRUTH)
    folder = tmp_path / "results" / "references"
    assert run(cache, *ensure_truth(mirror.as_uri(), "--link", folder)).exit_code == 0
    names = {"truth.vcf.gz", "truth.vcf.gz.tbi", "confident.bed"}
    assert {path.name for path in folder.iterdir()} == names | {"receipt.json"}
    assert all((folder / name).is_symlink() for name in names)
    with pysam.VariantFile(str(folder / "truth.vcf.gz")) as vcf:
        assert len(list(vcf.fetch("chr2"))) == 1
    receipt = valid("references.receipt.schema.json", (folder / "receipt.json").read_text())
    assert receipt["sample"] == "HG004"
    assert receipt["version"] == "v4.2.1"
    assert receipt["asked_for"].startswith("NA24143_Lib3_Rep1 → HG004")
    assert "NIST" in receipt["licence"] + receipt["acknowledgement"]
    sources = [file["source"] for file in receipt["files"].values()]
    assert sources[0] == f"{mirror.as_uri()}/{TRUTH.files['vcf'].tail}"
    # again, offline, over the links of the first time
    assert run(cache, *ensure_truth(mirror.as_uri(), "--link", folder, "--offline")).exit_code == 0
    assert {path.name for path in folder.iterdir()} == names | {"receipt.json"}


def test_links_of_a_genome_and_of_stratifications(cache, mirror, tmp_path):
    all_entries = catalogue.load()
    put_genome(mirror, all_entries.choose("genome", "GRCh38"), bgzf=False)
    put_stratifications(mirror, all_entries.choose("stratifications", "GRCh38"))
    for kind in ("genome", "stratifications"):
        more = ("--mirror", mirror.as_uri(), "--link", tmp_path / kind)
        done = run(cache, "ensure", "--build", "GRCh38", "--kind", kind, *more)
        assert done.exit_code == 0, done.stderr
        receipt = (tmp_path / kind / "receipt.json").read_text()
        valid("references.receipt.schema.json", receipt)
    with pysam.FastaFile(str(tmp_path / "genome" / "genome.fa.gz")) as genome:
        assert genome.fetch("chr1", 0, 4) == "ACGT"
    table = tmp_path / "stratifications" / "stratifications.tsv"
    for row in table.read_text().splitlines():
        assert (table.parent / row.split("\t")[1]).is_file()


def test_a_real_file_is_never_replaced_by_a_link(cache, mirror, tmp_path):
    put_truth(mirror, TRUTH)
    mine = tmp_path / "truth.vcf.gz"
    mine.write_text("mine")
    done = run(cache, *ensure_truth(mirror.as_uri(), "--link", tmp_path))
    assert failure(done)["code"] == 73
    assert mine.read_text() == "mine"


def test_a_receipt_never_speaks_of_other_files(cache, mirror, tmp_path, monkeypatch):
    put_truth(mirror, TRUTH)
    folder = tmp_path / "links"
    run(cache, *ensure_truth(mirror.as_uri(), "--link", folder))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(folder))

    monkeypatch.setattr("engines.references.link.os.replace", full)
    done = run(cache, *ensure_truth(mirror.as_uri(), "--link", folder))
    assert failure(done)["code"] == 75
    names = {"truth.vcf.gz", "truth.vcf.gz.tbi", "confident.bed"}
    assert {path.name for path in folder.iterdir()} == names  # the links of before


def test_a_dry_run_says_what_would_be_fetched_and_touches_nothing(cache, tmp_path):
    done = run(cache, *ensure_truth("https://mirror.invalid/giab", "--dry-run"))
    assert done.exit_code == 0
    for file in TRUTH.files.values():
        assert f"https://mirror.invalid/giab/{file.tail}" in done.stdout
    assert list(tmp_path.glob("cache/**/*")) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("HG004", "--build", "GRCh38", "--kind", "structural_variants"), 66, "no structural-var"),
        (("XNA12878", "--build", "GRCh38", "--kind", "small_variants"), 64, "unknown sample"),
        (("HG004", "--build", "hg38", "--kind", "small_variants"), 64, "called GRCh38 here"),
        (("HG004", "--build", "GRCh38", "--kind", "small"), 64, "unknown kind"),
        (("HG004", "--build", "GRCh38", "--kind", "genome"), 64, "belongs to a build"),
        (
            ("HG003", "HG004", "--build", "GRCh38", "--kind", "small_variants", "--link", "x"),
            64,
            "--link takes one sample",
        ),
        (
            ("HG004", "--build", "GRCh38", "--kind", "small_variants", "--offline"),
            66,
            "is not there",
        ),
    ],
)
def test_what_cannot_be_is_one_line_with_a_hint(cache, arguments, code, words):
    record = failure(run(cache, "ensure", *arguments))
    assert record["code"] == code
    assert words in record["message"]
    assert record["hint"]
    assert not cache.exists()


def test_a_missing_option_too(cache):
    process = start(cache, "ensure", "--kind", "genome")
    _, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 64
    assert "--build" in json.loads(err.splitlines()[-1])["message"]


# --- killed, and two at once --------------------------------------------------


@pytest.fixture
def served(server, mirror):
    """The truth of HG004 on the web server; gives the path of its VCF."""
    put_truth(mirror, TRUTH)
    for file in TRUTH.files.values():
        server.files[f"/{file.tail}"] = (mirror / file.tail).read_bytes()
    return f"/{TRUTH.files['vcf'].tail}"


def test_after_kill_9_the_next_run_fetches_the_rest_only(cache, server, served):
    slow = Answer(cut=200, hold=threading.Event())
    server.fail(served, slow)
    process = start(cache, *ensure_truth(server.url))
    part = cache / ".private/parts/small_variants.GRCh38.HG004.v4.2.1"
    part = part / f"{TRUTH.files['vcf'].name}.part"
    wait_for(lambda: part.exists() and part.stat().st_size == 200)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=DEADLINE)
    slow.hold.set()
    assert not (cache / "small_variants").exists()

    done = run(cache, *ensure_truth(server.url))
    assert done.exit_code == 0, done.stderr
    assert [seen.range for seen in server.requests(served)] == [None, "bytes=200-"]
    vcf = cache / "small_variants/GRCh38/HG004/v4.2.1/truth.vcf.gz"
    assert vcf.read_bytes() == server.files[served]
    assert not part.parent.exists()


def test_two_at_once_fetch_once(cache, server, served):
    slow = Answer(cut=200, hold=threading.Event())
    server.fail(served, slow)
    first = start(cache, *ensure_truth(server.url))
    assert slow.reached.wait(DEADLINE)
    second = start(cache, *ensure_truth(server.url))
    wait_for_words(second, "waiting for it")
    slow.hold.set()
    for process in (first, second):
        process.communicate(timeout=DEADLINE)
        assert process.returncode == 0
    assert [len(server.requests(f"/{file.tail}")) for file in TRUTH.files.values()] == [1, 1, 1]


def test_when_the_first_of_two_dies_the_second_takes_over(cache, server, served):
    slow = Answer(cut=200, hold=threading.Event())
    server.fail(served, slow)
    first = start(cache, *ensure_truth(server.url))
    assert slow.reached.wait(DEADLINE)
    second = start(cache, *ensure_truth(server.url))
    wait_for_words(second, "waiting for it")
    first.send_signal(signal.SIGKILL)
    first.communicate(timeout=DEADLINE)
    out, err = second.communicate(timeout=DEADLINE)
    slow.hold.set()
    assert second.returncode == 0, err
    assert len(out.split()) == 3
