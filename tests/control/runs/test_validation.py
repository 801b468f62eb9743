"""What is said of a submission before it is accepted: everything that is wrong, with its place."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from long import long
from submission_lab import demo, left_behind, make_run, run_ids, service, uploaded

from control.runs import command, dry_run
from control.runs.analyses import read_workflow
from control.runs.inputs import SEEN_FROM_WORK, Inputs
from control.runs.locked import Busy, locked
from control.runs.proposal import Proposal
from control.runs.sample_sheet import SampleSheet
from control.runs.submit import Submission, validate
from control.runs.uploads import Uploads
from control.runs.validation import MOST_SHOWN, NotAccepted, Problem, Report
from engines.contract.errors import BadData, EngineError, InputMissing, NotPermitted, TimedOut


@pytest.fixture
def settings(tmp_path):
    return service(tmp_path)


def problems(settings, submission, user="anna"):
    """What is said before the workflow is asked: place, message and hint in one line each."""
    proposal = Proposal(settings, user, submission)
    proposal.check()
    return [f"{problem} ({problem.hint})" for problem in proposal.report.problems]


def inputs(settings, user="anna", earlier=None):
    return Inputs(settings, read_workflow(settings.workflow), user, earlier)


# ---- by a dry run of the real workflow


def test_the_demo_is_accepted_and_leaves_nothing_behind(settings):
    report = validate(settings, "anna", demo(settings))
    assert report.is_accepted, report.problems
    known = {
        "compare_small_variants": 2,
        "compare_structural_variants": 1,
        "calibrate": 1,
        "collect_qc": 2,
        "judge_qc": 1,
        "chart_small_variants": 1,
        "chart_structural_variants": 1,
        "chart_calibration": 1,
        "all": 1,
    }
    assert {rule: report.jobs.get(rule) for rule in known} == known
    told = "Comparing small variants of caller_b with its own truth, column truth_small_variants"
    assert told in report.plan
    assert set(known) <= set(report.graph.rules)
    assert ("compare_small_variants", "chart_small_variants") in report.graph.edges
    assert left_behind(settings) == []


def calling(settings, **mine):
    """Uploaded lanes of one sample, alignments of another one, and settings of a caller."""
    example = read_workflow(settings.workflow).examples()["demo_calling"]
    reads = [uploaded(settings, "anna", f"x_L{n}_R{m}.fq.gz", b"x") for n in "12" for m in "12"]
    bam, bed = (uploaded(settings, "anna", name, b"x") for name in ("y.bam", "kit.bed"))
    ids = [f"upload:{each.id}" for each in reads]
    rows = [
        {"sample": "x", "fastq_1": f"{ids[0]}, {ids[2]}", "fastq_2": f"{ids[1]},{ids[3]}"},
        {"sample": "y", "alignments": f"upload:{bam.id}", "callers": "mine"},
    ]
    rows = [{**row, "target": f"upload:{bed.id}"} for row in rows]
    call = {"chunks": 2, "settings": {"mine": {"caller": "freebayes", **mine}}}
    config = {**example["config"], "call": call}
    return Submission.model_validate({"analysis": "calling", "config": config, "samples": rows})


def test_what_a_caller_is_told_is_looked_at(settings):
    fine = {"arguments": "--min-alternate-count 3", "expression": "QUAL<1 || INFO/DP>9"}
    assert problems(settings, calling(settings, **fine)) == []
    for key, text in (("arguments", "-f /etc/passwd"), ("expression", "ID=@x")):
        (told,) = problems(settings, calling(settings, **{key: text}))
        assert told.startswith(f"config.yaml, call.settings.mine.{key}: {text!r}: may not stand in")


@long
def test_uploaded_lanes_and_alignments_are_called(settings):
    asked = calling(settings)
    (problem,) = validate(settings, "anna", asked).problems
    assert (problem.row, problem.key) == (3, "alignments")
    assert problem.message.startswith("has no index beside it")
    uploaded(settings, "anna", "y.bai", b"x")
    report = validate(settings, "anna", asked)
    assert report.is_accepted, report.problems
    assert (report.jobs["align_lane"], report.jobs["call_bcftools"]) == (2, 2)
    assert report.jobs["call_freebayes"] == 4
    assert "small variants of y.mine: no truth is known" in " ".join(report.left_out)


def test_what_only_the_workflow_knows_has_its_row_and_key(settings):
    sheet = demo(settings).samples.replace("caller_b", "caller_a")
    wrong = demo(settings, config={"build": "GRCh39"}, samples=sheet)
    found = validate(settings, "anna", wrong).problems
    key = Problem('"GRCh39" is not a genome', "did you mean GRCh38?", "config.yaml", None, "build")
    assert key in found
    assert Problem("the same sample is in row 2", "", "samples.tsv", 3, "sample") in found
    assert left_behind(settings) == []


def test_deaths_alone_need_no_build(settings):
    rows = [{"sample": "a", "va_eava": "use_example", "age_group": "child", "country": "Kenya"}]
    asked = {"analysis": "calibration", "config": {}, "samples": rows}
    report = validate(settings, "anna", demo(settings, **asked))
    assert report.is_accepted, report.problems
    assert report.jobs == {"calibrate": 1, "chart_calibration": 1}
    wrong = [rows[0] | {"country": "Kenia"}, rows[0] | {"sample": "b", "age_group": None}]
    found = validate(settings, "anna", demo(settings, **asked | {"samples": wrong})).problems
    assert [(each.row, each.key, each.hint) for each in found] == [
        (2, "country", "did you mean Kenya?"),
        (3, "age_group", "write neonate or child"),
    ]


def test_a_target_that_no_rule_makes(settings):
    report = validate(settings, "anna", demo(settings, analysis="", targets=["results/no.txt"]))
    assert "No rule to produce results/no.txt" in report.problems[0].message
    assert str(settings.runs[0]) not in report.problems[0].message


def test_a_dry_run_that_takes_too_long_is_ended(settings, monkeypatch):
    proposal = Proposal(settings, "anna", demo(settings))
    proposal.check()
    monkeypatch.setattr(command, "SNAKEMAKE", ("sh", "-c", "sleep 1000 & echo $!; wait"))
    with proposal.laid_out() as run_dir:
        with pytest.raises(TimedOut, match=r"more than 0\.3 seconds"):
            dry_run.dry_run(settings, run_dir, proposal.request, Report(), seconds=0.3)
        child = (run_dir.path / "dry_run.log").read_text().strip()
    state = subprocess.run(["ps", "-o", "stat=", "-p", child], capture_output=True, text=True)
    assert state.stdout.strip()[:1] in ("", "Z"), "its children end with it"


def test_only_a_few_dry_runs_at_once(settings, monkeypatch):
    monkeypatch.setattr(dry_run, "SECONDS", 0)
    state = settings.state
    state.mkdir()
    first, second = (locked(state / f"dry_run.{number}.lock", 0, "x") for number in range(2))
    with first, second, pytest.raises(Busy, match="dry runs: busy"):
        validate(settings, "anna", demo(settings))
    monkeypatch.setattr(command, "SNAKEMAKE", ("true",))
    assert validate(settings, "anna", demo(settings)).is_accepted


# ---- the configuration and the sheet


@pytest.mark.parametrize(
    "key, value, told",
    [
        ("small_variants", {"engine": "hapy"}, 'engine: "hapy" is not builtin, happy or vcfeval'),
        ("structural_variants", {"sizemin": "x"}, 'sizemin: "x" is not a whole number'),
        ("structural_variants", {"pctseq": float("nan")}, "pctseq: is no number"),
        ("bild", "GRCh38", "config.yaml, bild: unknown key (did you mean build?)"),
        ("build", "/etc/passwd", "build: '/etc/passwd': no file can be named here"),
        ("references", {"cache": "x"}, "references.cache: is not yours to set (leave it empty"),
        ("references", {"truth_dir": "/etc"}, "/etc: not in a folder that runs may read"),
        ("references", {"mirror": "file:///etc"}, "/etc: not in a folder that runs may read"),
        ("references", {"mirror": "file:///%2e%2e/etc"}, "a path with .. or a backslash in it"),
        ("references", {"mirror": "http://giab"}, "addresses of this kind are not allowed"),
        ("references", {"mirror": "https://me:secret@giab"}, "user or password in it"),
        ("small_variants", {"stratifications": "gia"}, "gia: not in a folder that runs may read"),
        ("small_variants", {"happy_arguments": "--x; rm -rf ~"}, "may not stand in a command"),
        ("small_variants", {"happy_arguments": "--x $(id)"}, "may not stand in a command"),
        ("small_variants", {"happy_arguments": "--x\n--y"}, "may not stand in a command"),
        ("small_variants", {"happy_arguments": "a" * 10_000 + "; id"}, "10004 characters, and the"),
        ("small_variants", {"happy_arguments": "-f /etc/passwd"}, "may not stand in a command"),
        ("envmodules", {"happy": ["a b"]}, "envmodules.happy.0: 'a b': may not stand in a command"),
        ("envmodules", {"happy": ["../x"]}, "envmodules.happy.0: '../x': may not stand in"),
        ("calibration", {"misclassification": "/etc/x"}, "/etc/x: not in a folder that runs may"),
        ("calibration", {"cause_map": "../x.csv"}, "../x.csv: not in a folder that runs may"),
        ("calibration", {"not_calibrated": ["/etc"]}, "not_calibrated.0: '/etc': no file can be"),
        ("genomes", {"x": {"fasta": "upload:../x"}}, "genomes.x.fasta: there is no upload"),
        ("genomes", {"x": {"fasta": "~/x.fa"}}, "genomes.x.fasta: ~/x.fa: no whole path"),
    ],
)
def test_a_key_that_cannot_be(settings, key, value, told):
    changed = demo(settings, config={**demo(settings).config, key: value})
    [said] = problems(settings, changed)
    assert told in said
    assert said.startswith("config.yaml, ")
    assert "secret" not in said


def test_what_may_stand_there(settings):
    config = demo(settings).config | {
        "references": {"mirror": "s3://bucket/giab", "cache": None, "truth_dir": ""},
        "small_variants": {
            "engine": "happy",
            "stratifications": "giab",
            "happy_arguments": "--no-roc --window-size=50 -X",
        },
        "envmodules": {"happy": ["bio/hap.py/0.3.15", "java"]},
    }
    assert problems(settings, demo(settings, config=config)) == []
    config["references"]["mirror"] = "https://mirror.example/giab"
    assert problems(settings, demo(settings, config=config)) == []


@pytest.mark.parametrize(
    "rows, told",
    [
        ([{"sampel": "a"}], "samples.tsv, sampel: unknown column 'sampel' (did you mean sample?)"),
        ([{"sample": "a", "va_eava": "/etc/x.csv"}], "row 2, va_eava: /etc/x.csv: not in a folder"),
        ([{"sample": "a", "va_eava": "example"}], "row 2, va_eava: example: not in a folder"),
        ([{"sample": "a", "country": "../x"}], "row 2, country: '../x': no file can be named here"),
        ([{"sample": "a", "age_group": "all"}], 'row 2, age_group: "all" is not neonate or child'),
        ([{"sample": "a b"}], 'row 2, sample: "a b" is no name for a sample'),
        ([{"sample": "a", "sex": "x"}], 'row 2, sex: "x" is not male, female or auto'),
        ([{"sample": "a", "target": "/etc/passwd"}], "row 2, target: /etc/passwd: not in a folder"),
        ([{"sample": "a", "giab": "../x"}], "row 2, giab: '../x': no file can be named here"),
        ([{"sample": "a\tb"}], "a tab or a new line inside of a cell"),
        ([{"sample": "a"}, {"sample": "#1"}], "'#1': a row that begins with # is a comment there"),
        ([{"#sample": "a"}], "'#sample': a row that begins with # is a comment there"),
        ([{"sample": "a", "small_variants": "s3://b/c.bam"}], "is not the name of a VCF file"),
        ([], "sample: this column is missing"),
    ],
)
def test_a_row_that_cannot_be(settings, rows, told):
    assert any(told in said for said in problems(settings, demo(settings, samples=rows)))


def test_comments_and_blank_lines_keep_the_numbers_of_rows(settings):
    sheet = "# mine\n\nsample\ttarget\n\na\t\n# off\nb\t/etc/x.bed\n"
    said = problems(settings, demo(settings, samples=sheet))
    assert any(line.startswith("samples.tsv, row 7, target: /etc/x.bed") for line in said)
    assert SampleSheet(sheet).text() == sheet


def test_an_analysis_needs_something_to_do(settings):
    rows = [{"sample": "a", "structural_variants": ""}]
    said = problems(settings, demo(settings, analysis="structural_variants", samples=rows))
    told = "nothing to do for this analysis (fill in structural_variants or source)"
    assert f"samples.tsv, structural_variants: {told}" in said


def test_the_sheet_may_be_a_file_that_the_configuration_names(settings):
    config = demo(settings).config | {"samples": "config/demo/samples.tsv"}
    assert problems(settings, demo(settings, config=config, samples=None)) == []
    config["samples"] = "/etc/hostname"
    [said] = problems(settings, demo(settings, config=config, samples=None))
    assert "not in a folder that runs may read" in said
    [said] = problems(settings, demo(settings, samples=None))
    assert said == "samples: no sample sheet (send it as `samples`)"


def test_a_sheet_full_of_mistakes_ends_somewhere(settings):
    rows = [{"sample": f"a {number}", "sex": "?"} for number in range(2000)]
    proposal = Proposal(settings, "anna", demo(settings, samples=rows))
    proposal.check()
    refused = NotAccepted(proposal.report)
    assert len(refused.problems) == MOST_SHOWN + 1
    assert "problems" in refused.problems[-1].message
    assert "were not looked at" in proposal.report.problems[-1].message


# ---- what is asked for


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"analysis": "small"}, "analysis: there is no analysis 'small' (did you mean all?"),
        ({"analysis": ""}, "analysis: say what to run (an analysis (all, calling, small_variants,"),
        ({"targets": ["--unlock"]}, "targets: target '--unlock' looks like an option"),
        ({"targets": ["../x"]}, "targets: target '../x' leads out of the run"),
        ({"profile": "/etc"}, "profile: profile '/etc' is not allowed"),
        ({"options": {"core": 1}}, "options: there is no option 'core' (did you mean cores?)"),
        ({"name": "a\nb"}, "name: a name is one line of text"),
        ({"options": {"cores": 9}}, "options.cores: 9 asked for, and your limit is 8 (ask for"),
        ({"options": {"cores": 1, "mem_mb": 2000}}, "2000 asked for, and the service's limit is 1"),
        ({"options": {"cores": 1, "run_hours": 5.0}}, "options.run_hours: 5 asked for, and your"),
    ],
)
def test_a_request_that_cannot_be(tmp_path, changes, told):
    limits = {"limits_per_user": {"cores": 8, "run_hours": 4}, "limits": {"mem_mb": 1000}}
    settings = service(tmp_path, **limits)
    said = problems(settings, demo(settings, **changes))
    assert any(told[:70] in line for line in said), said


# ---- files


def test_the_owner_of_an_upload_alone_may_name_it(settings):
    upload = uploaded(settings, "anna", "calls.vcf.gz")
    named = f"upload:{upload.id}"
    assert inputs(settings).resolve(named, "file") == "../inputs/calls.vcf.gz"
    with pytest.raises(InputMissing, match="there is no upload"):
        inputs(settings, "ben").resolve(named, "file")
    begun = Uploads(settings, "anna").create("more.vcf", 10)
    with pytest.raises(InputMissing, match=r"more.vcf: only 0 of 10 bytes"):
        inputs(settings).resolve(f"upload:{begun.id}", "file")


def test_two_uploads_of_one_name_stay_apart_and_an_index_needs_to_be_plain(settings, tmp_path):
    first = uploaded(settings, "anna", "a.vcf.gz", b"1")
    uploaded(settings, "anna", "a.vcf.gz.tbi", b"index")
    files = inputs(settings)
    assert files.resolve(f"upload:{first.id}", "file") == "../inputs/a.vcf.gz"
    files.place(tmp_path / "one")
    assert {file.name for file in (tmp_path / "one").iterdir()} == {"a.vcf.gz", "a.vcf.gz.tbi"}

    second = uploaded(settings, "anna", "a.vcf.gz", b"2")
    files = inputs(settings)
    assert files.resolve(f"upload:{first.id}", "file") == "../inputs/a.vcf.gz"
    assert files.resolve(f"upload:{second.id}", "file") == "../inputs/2-a.vcf.gz"
    files.place(tmp_path / "two")
    held = {file.name: file.read_bytes() for file in (tmp_path / "two").iterdir()}
    assert held == {"a.vcf.gz": b"1", "2-a.vcf.gz": b"2"}, "the index could be of either: of none"


@pytest.mark.parametrize("index", ["x.bam.bai", "x.bai", "x.bam.csi"])
def test_alignments_are_held_with_their_index(settings, tmp_path, index):
    upload = uploaded(settings, "anna", "x.bam", b"1")
    uploaded(settings, "anna", index, b"index")
    files = inputs(settings)
    assert files.resolve(f"upload:{upload.id}", "file") == "../inputs/x.bam"
    files.place(tmp_path / "held")
    assert {file.name for file in (tmp_path / "held").iterdir()} == {"x.bam", index}


def test_a_file_system_without_hard_links(settings, tmp_path, monkeypatch):
    upload = uploaded(settings, "anna", "a.vcf", b"x")
    files = inputs(settings)
    files.resolve(f"upload:{upload.id}", "file")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    files.place(tmp_path / "inputs")
    assert (tmp_path / "inputs/a.vcf").read_bytes() == b"x"


def test_the_files_that_an_uploaded_table_names_come_with_it(settings, tmp_path):
    uploaded(settings, "anna", "repeats.bed", b"chr1\t0\t1\n")
    rows = b"repeats\tsub/repeats.bed\n"
    good = uploaded(settings, "anna", "good.tsv", rows)
    files = inputs(settings)
    assert files.resolve(f"upload:{good.id}", "table") == "../inputs/good.tsv"
    files.place(tmp_path / "inputs")
    assert (tmp_path / "inputs/sub/repeats.bed").read_bytes() == b"chr1\t0\t1\n"
    for row, told in {
        "x\t/etc/passwd": "bad.tsv, line 2: /etc/passwd: not in a folder",
        "x\t../../request.bed": "line 2: ../../request.bed: leads out",
        "x\tother.bed": "line 2: other.bed: not uploaded",
        "x\t.": "line 2: ",
    }.items():
        bad = uploaded(settings, "anna", "bad.tsv", rows + row.encode())
        with pytest.raises(EngineError, match=told):
            inputs(settings).resolve(f"upload:{bad.id}", "table")


def test_a_table_in_an_open_folder_may_not_lead_out_of_it(tmp_path):
    opened = tmp_path / "open"
    opened.mkdir()
    (opened / "a.bed").write_text("x")
    (tmp_path / "secret.bed").write_text("x")
    settings = service(tmp_path, allow={"input_folders": [opened]})
    table = opened / "t.tsv"
    table.write_text(f"a\ta.bed\nb\t{opened}/a.bed\n")
    assert inputs(settings).resolve(str(table), "table") == str(table)
    for row in ("../secret.bed", str(tmp_path / "secret.bed")):
        table.write_text(f"a\t{row}\n")
        with pytest.raises(NotPermitted):
            inputs(settings).resolve(str(table), "table")


def test_links_out_of_open_folders_and_programs(tmp_path):
    opened, closed = tmp_path / "open", tmp_path / "closed"
    for folder in (opened, closed, opened / "truth"):
        folder.mkdir()
    (closed / "x.vcf").write_text("x")
    (opened / "y.vcf").write_text("x")
    tool = tmp_path / "tool"
    settings = service(tmp_path, allow={"input_folders": [opened], "executables": [tool]})
    files = inputs(settings)
    assert files.resolve(str(tool), "executable") == str(tool)
    with pytest.raises(NotPermitted, match="is not allowed"):
        files.resolve("/bin/sh", "executable")
    (opened / "in.vcf").symlink_to(opened / "y.vcf")
    assert files.resolve(str(opened / "in.vcf"), "file") == str(opened / "in.vcf")
    (opened / "out.vcf").symlink_to(closed / "x.vcf")
    with pytest.raises(NotPermitted):
        files.resolve(str(opened / "out.vcf"), "file")
    assert files.resolve(str(opened / "truth"), "folder") == str(opened / "truth")
    (opened / "truth/s").symlink_to(closed)
    with pytest.raises(NotPermitted, match="s: a link to where runs may not read"):
        inputs(settings).resolve(str(opened / "truth"), "folder")
    os.mkfifo(opened / "pipe.vcf")
    with pytest.raises(BadData, match="is no file"):
        files.resolve(str(opened / "pipe.vcf"), "file")
    with pytest.raises(InputMissing):
        files.resolve(str(opened / "nothing.vcf"), "file")


PLAIN = ("a.vcf", "in", "out", "deep", "opened", "closed", "secret.vcf", "inputs", "x", "upload:x")
STRANGE = ("..", ".", "", "\0", "\n", "~", "é", "%2e%2e", "\udcff", "a" * 300, "..\\", "file:")
PARTS = st.sampled_from(PLAIN + STRANGE)


@pytest.fixture(scope="module")
def yard(tmp_path_factory):
    """An open folder and a closed one, links between them, and what an earlier run holds."""
    root: Path = tmp_path_factory.mktemp("yard")
    settings = service(root, allow={"input_folders": [root / "opened"]})
    for folder in ("opened/deep", "closed", "runs"):
        (root / folder).mkdir(parents=True)
    for file in ("opened/a.vcf", "opened/deep/a.vcf", "closed/secret.vcf", "secret.vcf"):
        (root / file).write_text("x")
    (root / "opened/in").symlink_to("deep")
    (root / "opened/out").symlink_to("../closed")
    earlier = make_run(settings)
    earlier.inputs.mkdir()
    (earlier.inputs / "a.vcf").write_text("x")
    (earlier.inputs / "out").symlink_to(root / "closed")
    theirs = uploaded(settings, "ben", "theirs.vcf")
    (earlier.inputs / "link.vcf").symlink_to(uploaded(settings, "anna", "mine.vcf").file)
    (root / "theirs").write_text(os.path.relpath(theirs.file, earlier.inputs))
    return root, settings, earlier


@given(
    st.lists(PARTS, min_size=1, max_size=6).map("/".join),
    st.sampled_from(["", "/", "ROOT/", "ROOT/opened/", "../inputs/", "file://", "file://ROOT/"]),
    st.sampled_from(["file", "folder", "source", "table"]),
)
@example("../closed/secret.vcf", "ROOT/opened/", "file")
@example("out/secret.vcf", "../inputs/", "file")
@example("../../request.json", "../inputs/", "file")
@examples(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_leads_out_of_the_open_folders(yard, path, start, kind):
    root, settings, earlier = yard
    text = start.replace("ROOT", str(root)) + path
    try:
        found = inputs(settings, earlier=earlier.inputs).resolve(text, kind)
    except EngineError:
        return
    if found.startswith(("s3://", "https://")):
        return
    held = found.startswith(SEEN_FROM_WORK)
    base = earlier.inputs / found.removeprefix(SEEN_FROM_WORK) if held else None
    real = os.path.realpath(base or found.removeprefix("file://"))
    allowed = [root / "opened", earlier.inputs, *read_workflow(settings.workflow).data]
    assert any(Path(real).is_relative_to(folder) for folder in allowed), (text, found)


def test_an_earlier_run_opens_nobodys_uploads_but_those_that_it_holds(yard):
    root, settings, earlier = yard
    known = inputs(settings, earlier=earlier.inputs)
    assert known.resolve(SEEN_FROM_WORK + "link.vcf", "file") == SEEN_FROM_WORK + "link.vcf"
    for kind in ("file", "table"):
        with pytest.raises(NotPermitted, match="not in a folder that runs may read"):
            known.resolve(SEEN_FROM_WORK + (root / "theirs").read_text(), kind)


def test_a_submission_has_no_keys_of_its_own_making():
    with pytest.raises(ValueError, match="Extra inputs"):
        Submission.model_validate({"analysis": "all", "user": "root"})


def test_what_no_file_can_hold(settings):
    config = demo(settings).config
    for strange in ({"build": "\udcff"}, {"genomes": {"\udcff": {"fasta": "x"}}}):
        assert problems(settings, demo(settings, config=config | strange))
    [said] = problems(settings, demo(settings, samples="sample\n# \udcff\n"))
    assert said.startswith("samples.tsv: half of a character")
    deep: dict[str, object] = {}
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(ValueError, match="nested more than 20 times"):
        demo(settings, config=deep)


def test_nothing_is_visible_while_a_submission_is_checked(settings):
    proposal = Proposal(settings, "anna", demo(settings))
    proposal.check()
    with proposal.laid_out() as run_dir:
        assert run_dir.request.exists()
        assert run_ids(settings) == []


def test_a_file_whose_reading_can_run_code_is_refused(tmp_path):
    opened = tmp_path / "open"
    opened.mkdir()
    for name in ("m.json", "m.rda"):
        (opened / name).write_text("x")
    settings = service(tmp_path, allow={"input_folders": [opened]})

    def told(name):
        config = {"misclassification": str(opened / name)}
        return problems(settings, demo(settings, config={"calibration": config}))

    assert not any("misclassification" in line for line in told("m.json"))
    assert any("'m.rda': may not be read here (use .json, .csv" in line for line in told("m.rda"))
