"""A submission names where a sample's files are: checked as strictly as every other file."""

import os

import pytest
import yaml
from source_workflow import make_source_workflow
from submission_lab import service, uploaded

from control.record.run_dir import RunDir
from control.runs import addresses, command
from control.runs.analyses import read_workflow
from control.runs.proposal import Proposal
from control.runs.submit import Changes, Submission, rerun, submit, validate
from engines.configuration.problems import Problems
from engines.configuration.sheet import read_sheet

SHEET = "sample\tsource\n"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with files that are open and files that are not."""
    monkeypatch.setattr(addresses, "addresses_of", lambda host: [])
    for name in ("open/HG002", "closed/HG002"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.vcf.gz").write_text("x")
    (tmp_path / "open/files.tsv").write_text("source\nfile:///etc/passwd\n")
    return tmp_path


@pytest.fixture
def settings(place):
    return service(
        place,
        workflow=make_source_workflow(place / "w"),
        allow={"input_folders": [place / "open"], "uploads": ["s3://results/lab"]},
    )


def asked(samples, **config):
    return Submission(analysis="all", config=config, samples=samples)


def row(source, sample="HG002", **cells):
    return [{"sample": sample, "source": source, **cells}]


def told(settings, submission):
    proposal = Proposal(settings, "anna", submission)
    proposal.check()
    return [f"{problem} ({problem.hint})" for problem in proposal.report.problems]


def laid_out(settings, submission):
    """Configuration and sheet as the run gets them."""
    proposal = Proposal(settings, "anna", submission)
    proposal.check()
    assert proposal.report.problems == []
    with proposal.laid_out() as run_dir:
        return yaml.safe_load(run_dir.config.read_text()), run_dir.samples.read_text()


@pytest.mark.parametrize(
    "source, found",
    [
        ("s3://runs/{sample}/", "s3://runs/HG002/"),
        ("https://data.org/{sample}/{sample}.vcf.gz", "https://data.org/HG002/HG002.vcf.gz"),
        ("{place}/open/{sample}", "{place}/open/HG002"),
        ("{place}/open/{sample}/", "{place}/open/HG002"),
        ("file://{place}/open/{sample}", "file://{place}/open/HG002"),
        ("file://{place}/open/HG002/a.vcf.gz", "file://{place}/open/HG002/a.vcf.gz"),
    ],
)
def test_the_run_gets_the_source_that_was_checked(settings, place, source, found):
    source, found = (text.replace("{place}", str(place)) for text in (source, found))
    _, sheet = laid_out(settings, asked(row(source)))
    assert sheet == f"{SHEET}HG002\t{found}\n"


@pytest.mark.parametrize(
    "source, sample, why",
    [
        ("{place}/closed/{sample}", "HG002", "not in a folder that runs may read"),
        ("file://{place}/closed/HG002", "HG002", "not in a folder that runs may read"),
        ("{place}/open/{sample}", "../closed/HG002", "not in a folder that runs may read"),
        ("{place}/open/../closed", "HG002", "not in a folder that runs may read"),
        ("file:///{sample}", "etc", "not in a folder that runs may read"),
        ("s3://runs/{sample}/x", "..", "a key with . or .. in it"),
        ("s3://{sample}/x", "a@b", "user or password in it"),
        ("https://{sample}/x", "me:secret@evil.org", "user or password in it"),
        ("{place}/open/files.tsv", "HG002", "a manifest, which could name any file"),
        ("{place}/open/files.tsv/.", "HG002", "a manifest, which could name any file"),
        ("{place}/open/{sample}", "files.tsv", "a manifest, which could name any file"),
        ("file://{place}/open/files%2Etsv", "HG002", "a manifest, which could name any file"),
        ("s3://runs/files.TSV", "HG002", "a manifest, which could name any file"),
        ("https://data.org/files.tsv?x=1", "HG002", "a manifest, which could name any file"),
        ("http://data.org/a.vcf.gz", "HG002", "addresses of this kind are not allowed"),
        ("ftp://data.org/a.vcf.gz", "HG002", "addresses of this kind are not allowed"),
        ("~/runs", "HG002", "no whole path"),
        ("{place}/open/none", "HG002", "No such file or directory"),
        ("executable", "HG002", "not in a folder that runs may read"),
    ],
)
def test_a_source_that_cannot_be(settings, place, source, sample, why):
    said = told(settings, asked(row(source.replace("{place}", str(place)), sample)))
    assert any(line.startswith("samples.tsv, row 2, source: ") and why in line for line in said)
    assert "secret" not in " ".join(line for line in said if "source" in line)


def test_an_uploaded_file_is_no_source_and_may_be_metrics(settings, place):
    upload = uploaded(settings, "anna", "wgs_coverage_metrics.csv")
    [said] = told(settings, asked(row(f"upload:{upload.id}")))
    assert "an uploaded file, and a source is needed" in said
    _, sheet = laid_out(settings, asked([{"sample": "a", "metrics": f"upload:{upload.id}"}]))
    assert sheet.endswith("a\t../inputs/wgs_coverage_metrics.csv\n")


def test_metrics_are_a_file_or_a_folder_without_links_that_lead_out(settings, place):
    for name in ("open/HG002", "open/HG002/a.vcf.gz"):
        _, sheet = laid_out(settings, asked([{"sample": "a", "metrics": f"{place}/{name}"}]))
        assert sheet.endswith(f"\t{place}/{name}\n")
    assert told(settings, asked([{"sample": "a", "metrics": "none"}])) == []
    [said] = told(settings, asked([{"sample": "a", "metrics": "s3://runs/x.csv"}]))
    assert "s3://runs/x.csv: an address, not a file or folder on this file system" in said
    (place / "open/HG002/out").symlink_to(place / "closed")
    for column in ("metrics", "source"):
        [said] = told(settings, asked([{"sample": "a", column: f"{place}/open/HG002"}]))
        assert "out: a link to where runs may not read" in said


def test_sources_begin_with_what_the_administrator_opened(settings, place):
    allow = settings.allow.model_copy(update={"sources": ["s3://runs/2026"]})
    closed = settings.model_copy(update={"allow": allow})
    assert told(closed, asked(row("s3://runs/2026/{sample}/"))) == []
    assert told(closed, asked(row(f"{place}/open/HG002"))) == [], "folders are opened elsewhere"
    for source in ("s3://runs/{sample}/", "s3://runs/2026{sample}/", "https://data.org/x"):
        [said] = told(closed, asked(row(source)))
        assert "runs may not read from there (allowed is what begins with: s3://runs/2026)" in said
    [said] = told(closed, asked(row("s3://runs/2026/x"), mirror="https://data.org/giab"))
    assert said.startswith("config.yaml, mirror: https://data.org/giab: runs may not read from")
    said = told(closed, asked(row("s3://runs/2026/{sample}/x", sample="../../2025")))
    assert any("a key with . or .. in it" in line for line in said)


def test_where_requests_are_signed_for_is_the_administrators(settings):
    for key, variable in (("endpoint", "AWS_ENDPOINT_URL_S3"), ("profile", "AWS_PROFILE")):
        for group in ("fetch", "upload"):
            [said] = told(settings, asked(row("s3://runs/x"), **{group: {key: "https://evil.org"}}))
            assert said.startswith(f"config.yaml, {group}.{key}: is not yours to set")
            assert variable in said
    [said] = told(settings, asked(row("s3://runs/x"), fetch={"cache": "/tmp"}))
    assert "is not yours to set (leave it empty: it belongs to the service)" in said
    empty = {"endpoint": None, "profile": "", "region": "eu-west-1"}
    assert told(settings, asked(row("s3://runs/x"), fetch=empty)) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{SHEET}a\ts3://runs/x\n# by me\rb\t/etc\n",
        f"{SHEET}a\ts3://runs/x\t\rb\t/etc\n",
        f"{SHEET}a\ts3://runs/x\r\nb\t/etc\r\n",
        "\ufeffsample\tsource\rb\t/etc\r",
    ],
)
def test_no_row_is_hidden_by_how_lines_end(settings, text, tmp_path):
    [said] = told(settings, asked(text))
    assert "source: /etc: not in a folder that runs may read" in said
    _, sheet = laid_out(settings, asked(text.replace("/etc", "s3://runs/y")))
    (tmp_path / "sheet").write_text(sheet, newline="")
    assert "\r" not in sheet
    seen = read_sheet(str(tmp_path / "sheet"), Problems())
    assert [each.cells["source"] for each in seen][-1:] == ["s3://runs/y"]


def test_a_submission_cannot_spoil_what_samples_are_compared_with(place):
    real = service(place)  # with the workflow that there is

    def problems(qc):
        return told(real, asked(row("s3://runs/x"), qc=qc))

    thresholds = f"upload:{uploaded(real, 'anna', 'mine.json', b'{}').id}"
    for keep in (["fail"], ["pass", "none"]):
        [said] = problems({"keep": keep})
        assert said.startswith(f"config.yaml, qc.keep.{len(keep) - 1}: is not yours to set")
    for qc in ({}, {"keep": ["pass"]}, {"keep": None}):
        [said] = problems({**qc, "thresholds": thresholds})
        assert said.startswith("config.yaml, qc.thresholds: may be set only where qc.keep is []")
    for qc in ({"keep": ["pass"]}, {"keep": []}, {"keep": [], "thresholds": thresholds}):
        assert problems(qc) == []


def test_the_account_of_the_service_pays_only_where_that_is_allowed(place):
    paid = asked(row("s3://runs/x"), fetch={"requester_pays": True})
    [said] = told(service(place), paid)
    assert said.startswith("config.yaml, fetch.requester_pays: is not yours to set")
    assert told(service(place, allow={"requester_pays": True}), paid) == []
    assert told(service(place), asked(row("s3://runs/x"), fetch={"requester_pays": False})) == []


def test_results_are_uploaded_to_what_was_opened(settings):
    assert told(settings, asked(row("s3://runs/x"), upload={"to": "s3://results/lab/x/"})) == []
    for to in ("s3://results/", "s3://other/lab/", "file:///tmp", "results", "upload:1"):
        [said] = told(settings, asked(row("s3://runs/x"), upload={"to": to}))
        assert said.startswith("config.yaml, upload.to: ")


def test_one_sample_without_a_sheet(settings):
    config, sheet = laid_out(settings, asked(None, sample="HG002", source="s3://runs/{sample}/"))
    assert sheet == f"{SHEET}HG002\ts3://runs/HG002/\n"
    assert config == {"samples": "../samples.tsv"}
    [said] = told(settings, asked(row("s3://runs/x"), sample="HG003"))
    assert said == "config.yaml, sample: and a sample sheet too (name samples in one of the two)"
    [said] = told(settings, asked(None, source="s3://runs/x"))
    assert said.startswith("samples.tsv, sample: this column is missing")
    said = told(settings, asked(None, sample=["HG002"], source={"a": 1}))
    assert said[:2] == ["config.yaml, sample: is no text ()", "config.yaml, source: is no text ()"]


def test_a_form_does_not_ask_for_the_row_twice(settings):
    form = read_workflow(settings.workflow).form("all")
    assert set(form["configuration"]["properties"]) == {"mirror", "build", "fetch", "upload"}


def test_the_dry_run_tells_what_is_left_out_and_why(settings):
    report = validate(settings, "anna", asked([*row("s3://runs/x"), *row("s3://runs/x", "mine")]))
    assert report.is_accepted, report.problems
    assert report.jobs == {"fetch": 2, "all": 1}
    assert set(report.plan) == {"Fetching HG002", "Fetching mine"}
    assert report.left_out == ["small variants of mine: nobody knows its truth"]


def test_a_name_server_is_asked_once_for_each_host(settings, monkeypatch):
    hosts = []
    monkeypatch.setattr(addresses, "addresses_of", lambda host: hosts.append(host) or [])
    rows = [row(f"https://{host}/{n}.vcf.gz", f"a{n}")[0] for n in range(50) for host in "ab"]
    assert told(settings, asked(rows)) == []
    assert sorted(hosts) == ["a", "b"]


def test_what_is_left_out_is_no_problem_of_its_own(settings):
    wrong = asked(row("s3://runs/x", "mine")).model_copy(update={"targets": ["results/no.xyz"]})
    [problem] = validate(settings, "anna", wrong).problems
    assert "results/no.xyz" in problem.message
    assert "left out" not in problem.message.lower()


def test_a_run_of_the_same_sources_again(settings, monkeypatch):
    monkeypatch.setattr(command, "SNAKEMAKE", ("true",))
    first = RunDir(settings.runs[0] / submit(settings, "anna", asked(row("s3://runs/{sample}/"))))
    second = RunDir(settings.runs[0] / rerun(settings, "anna", first, Changes()))
    assert (
        second.samples.read_text()
        == first.samples.read_text()
        == f"{SHEET}HG002\ts3://runs/HG002/\n"
    )
    assert os.listdir(second.work) == []
