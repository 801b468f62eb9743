"""The commands `plumbline chart` and `plumbline results`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from summary_files import outcome, small_row, small_rows, small_summary, sv_summary, write

from engines.charts.cli import chart, results
from engines.charts.expected import expected_samples
from engines.charts.holdings import holdings
from engines.charts.listing import as_text
from engines.charts.summaries import (
    ANNOTATION,
    CALIBRATION,
    QC,
    SCREEN,
    SMALL_VARIANTS,
    STRUCTURAL_VARIANTS,
)

SCHEMA = Path(__file__).parents[3] / "workflow" / "schemas" / "results.schema.json"


def run(command: Any, *arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def last_words(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stderr.splitlines()[-1]))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The results of a run: two samples of small variants, one of structural variants."""
    rows = [small_row("SNP", (1744, 622, 12, 0)), small_row("INDEL", (0, 396, 0, 0))]
    write(
        tmp_path / "results" / "small_variants",
        HG002=small_summary("HG002", rows[:1], warnings=["w"]),
        HG003=small_summary("HG003", rows),
    )
    aside = [{"side": "query", "reason": "too large", "records": 1204}]
    sv = sv_summary("HG002", refine=outcome(39, 10, 7, None), set_aside=aside)
    write(tmp_path / "results" / "structural_variants", HG002=sv)
    yield tmp_path / "results"


LISTED = """\
Small variants (2 samples)
Sample  Type   Filter  Recall  Precision      F1     TP   FN  FP  UNK
HG002   SNP    PASS    0.7371     0.9932  0.8462  1,744  622  12    0
HG003   SNP    PASS    0.7371     0.9932  0.8462  1,744  622  12    0
HG003   INDEL  PASS    0.0000          –       –      0  396   0    0
– HG003 INDEL PASS, Precision: no query call
– HG003 INDEL PASS, F1: recall or precision has no value
Warnings: HG002 1

Structural variants (1 sample)
Sample  Comparison  Recall  Precision      F1      TP     FN     FP
HG002   bench       0.8897     0.9188  0.9040  25,012  3,101  2,210
HG002   refine      0.7959     0.8478  0.8211      39     10      7
Records set aside: HG002 1,204
"""


def test_results_lists_what_a_run_measured(folder: Path) -> None:
    result = run(results, folder)
    assert (result.stdout, result.stderr, result.exit_code) == (LISTED, "", 0)


def test_a_folder_of_one_kind_and_files_do_as_well(folder: Path) -> None:
    small = folder / "small_variants"
    expected = LISTED.split("\n\n")[0] + "\n"
    assert run(results, small).stdout == expected
    assert run(results, *sorted(small.iterdir())).stdout == expected


def test_nothing_is_lost_on_a_narrow_terminal(folder: Path) -> None:
    found = holdings([folder / "small_variants"], "", folder)
    narrow = as_text(found, 66).splitlines()
    assert narrow[1:6] == [
        "  Type   Filter  Recall  Precision      F1     TP   FN  FP  UNK",
        "HG002",
        "  SNP    PASS    0.7371     0.9932  0.8462  1,744  622  12    0",
        "HG003",
        "  SNP    PASS    0.7371     0.9932  0.8462  1,744  622  12    0",
    ]
    narrower = as_text(found, 30).splitlines()
    assert narrower[1:4] == ["HG002 SNP PASS", "  Recall 0.7371", "  Precision 0.9932"]
    assert max(map(len, narrower[1:25])) <= 30


def test_missing_samples_are_named_with_the_last_words_of_their_logs(folder: Path) -> None:
    log = folder.parent / "logs" / "compare_small_variants" / "HG004.log"
    log.parent.mkdir(parents=True)
    words = {"error_class": "permanent", "code": 65, "message": "q.vcf.gz: truncated", "hint": ""}
    log.write_text(f"=== attempt\nerror: …\n{json.dumps(words)}\n")
    result = run(results, folder, "--expect", "HG002, HG004,HG005")
    assert result.stdout.split("\n\n")[-1] == (
        f"No result:\n  HG004: {log}: q.vcf.gz: truncated\n"
        "  HG005: not started; see what failed or was cancelled before it\n"
    )
    assert result.exit_code == 66
    assert last_words(result)["message"] == "no result of HG004, HG005"


def test_only_the_log_that_failed_says_why(folder: Path) -> None:
    """Not those of jobs that went well, nor those of another kind of result."""
    logs = folder.parent / "logs"
    failed = {"error_class": "permanent", "code": 66, "message": "none of 13 files fits"}
    done = {"type": "result", "data": {}}
    said = {
        "fetch_structural_variants": json.dumps(failed),
        "fetch_metrics": json.dumps({**failed, "message": "no metrics"}),
        "compare_small_variants": f"SNP PASS 908\n{json.dumps(done)}",
        "bcftools_stats": "",
        "fetch_small_variants": f"{json.dumps(done)}\n2 links",
    }
    for rule, text in said.items():
        (logs / rule).mkdir(parents=True)
        (logs / rule / "HG009.log").write_text(f"=== attempt started\n{text}\n")
    (folder / "samples.tsv").write_text(
        "sample\tvariants\nHG009\tstructural_variants\nHG009\tqc\nHG009\tsmall_variants\n"
    )
    (logs / "judge_qc.log").write_text("=== attempt started\nall is well\n")
    why = {
        each["kind"]: each["why"]
        for each in json.loads(run(results, folder, "--json").stdout)["missing"]
    }
    assert why == {
        "structural_variants": f"{logs}/fetch_structural_variants/HG009.log: none of 13 files fits",
        "qc": f"{logs}/fetch_metrics/HG009.log: no metrics",
        "small_variants": "not started; see what failed or was cancelled before it",
    }


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["=== attempt started", "bash: hap.py: command not found"], "bash: hap.py: command not f"),
        (["=== attempt started", "error: old", "=== attempt started"], "it was interrupted, or is"),
    ],
)
def test_a_log_without_our_last_line(folder: Path, lines: list[str], words: str) -> None:
    log = folder.parent / "logs" / "compare_small_variants" / "HG004.log"
    log.parent.mkdir(parents=True)
    log.write_text("\n".join(lines) + "\n")
    shown = run(results, folder, "--expect", "HG004").stdout
    assert f"HG004: {log}: {words}" in shown


def test_the_table_of_a_run_says_what_to_expect(folder: Path) -> None:
    rows = ["HG002\tsmall_variants", "HG002\tstructural_variants", "HG003\tstructural_variants"]
    (folder / "samples.tsv").write_text("\n".join(["sample\tvariants", *rows]) + "\n")
    result = run(results, folder)
    assert last_words(result)["message"] == "no result of HG003 (structural variants)"
    assert run(results, folder, "--expect", "HG002").exit_code == 0


def test_samples_of_earlier_runs_are_named_and_not_listed(folder: Path) -> None:
    (folder / "samples.tsv").write_text("sample\tvariants\nHG002\tsmall_variants\n")
    result = run(results, folder)
    assert result.exit_code == 0
    assert "Small variants (1 sample)" in result.stdout
    assert "Structural variants" not in result.stdout
    assert result.stdout.endswith("\n\nOf earlier runs, not shown: HG002, HG003\n")
    assert json.loads(run(results, folder, "--json").stdout)["others"] == ["HG002", "HG003"]
    # as the workflow asks at its end, for the kinds that it was of
    asked = run(results, folder, "--expect", "HG002", "--json").stdout
    assert json.loads(asked)["others"] == ["HG003"]


def test_two_runs_with_the_same_samples_are_shown_beside_each_other(folder: Path) -> None:
    """Each run is held against its own table, and a folder that is given twice counts once."""
    (folder / "samples.tsv").write_text("sample\tvariants\nHG002\tsmall_variants\n")
    second = folder.parent / "second" / "results"
    write(second / "small_variants", HG002=small_summary())
    rows = "HG002\tsmall_variants\nHG003\tsmall_variants\n"
    (second / "samples.tsv").write_text(f"sample\tvariants\n{rows}")
    log = second.parent / "logs" / "compare_small_variants" / "HG003.log"
    log.parent.mkdir(parents=True)
    log.write_text(json.dumps({"error_class": "permanent", "message": "too old"}) + "\n")
    result = run(results, folder, second, folder, "--json")
    data = json.loads(result.stdout)
    names = [sample["sample"] for sample in data["small_variants"]]
    assert names[0].endswith("/results/small_variants/HG002")
    assert names[1:] == ["second/results/small_variants/HG002"]
    (missing,) = data["missing"]
    assert (missing["sample"], missing["folder"]) == ("HG003", str(second))
    assert missing["why"] == f"{log}: too old"
    assert data["others"] == ["HG002", "HG003"]
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(data)
    assert last_words(result)["message"] == f"no result of HG003 (small variants) in {second}"


def test_a_folder_given_twice_counts_once(folder: Path) -> None:
    assert run(results, folder, folder.parent / "results/../results").stdout == LISTED
    assert run(results, folder, folder / "small_variants").stdout == LISTED


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (b"variants\tsample\nsmall_variants\tA\n\n# note\nsmall_variants\n", ", row 5: no sample"),
        (b"sample\nA\n\xff\n", ", row 3: not UTF-8"),
        (b"sample\nA\n../../secret\n", ", row 3: '../../secret' is no name of a sample"),
        (b"sample\nA\0\n", ", row 2: "),
        (b"", ": no column 'sample'"),
    ],
)
def test_a_table_that_cannot_be_used_is_named_with_the_row(
    table: bytes, problem: str, folder: Path
) -> None:
    sheet = folder.parent / "sheet.tsv"
    sheet.write_bytes(table)
    result = run(results, folder, "--expect", sheet)
    assert (result.exit_code, result.stdout) == (65, "")
    assert last_words(result)["message"].startswith(f"{sheet}{problem}")


def test_no_log_outside_the_log_folder_is_read(folder: Path) -> None:
    secret = folder.parent / "secret.log"
    secret.write_text(json.dumps({"error_class": "permanent", "message": "hidden"}) + "\n")
    (folder.parent / "logs" / "rule").mkdir(parents=True)
    result = run(results, folder, "--expect", "HG002,../../secret")
    assert "hidden" not in result.output
    words = last_words(result)
    assert (words["code"], words["message"]) == (
        64,
        "--expect: '../../secret' is no name of a sample",
    )


def test_a_sample_sheet_says_what_to_expect(tmp_path: Path) -> None:
    sheet = tmp_path / "samples.tsv"
    text = "# ours\nsample\tsmall_variants\tstructural_variants\nA\ta.vcf\t\nB\tb.vcf\tb.sv.vcf\n"
    sheet.write_text(text)
    expected = {"": [], SMALL_VARIANTS: ["A", "B"], STRUCTURAL_VARIANTS: ["B"]}
    expected |= {CALIBRATION: [], QC: [], ANNOTATION: [], SCREEN: []}
    assert expected_samples(str(sheet)) == expected
    sheet.write_text("name\nA\n")
    result = run(results, tmp_path, "--expect", sheet)
    assert last_words(result)["message"] == f"{sheet}: no column 'sample'"


def test_a_summary_that_cannot_be_used_does_not_hide_the_others(folder: Path) -> None:
    bad = folder / "small_variants" / "HG001.summary.json"
    bad.write_text("")
    result = run(results, folder)
    assert "HG003   SNP" in result.stdout
    assert result.stdout.endswith(f"Cannot be used:\n  {bad}: empty file\n")
    assert (result.exit_code, last_words(result)["message"]) == (65, f"{bad}: empty file")


@pytest.mark.parametrize("place", ["nowhere", "."])
def test_a_place_without_results_is_an_error(place: str, tmp_path: Path) -> None:
    result = run(results, tmp_path / place)
    assert (result.stdout, result.exit_code) == ("", 66)
    assert last_words(result)["hint"]


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    write(tmp_path, **{"a\x1b[2J": small_summary(rows=[small_row("SNP", (1, 0, 0, 0))])})
    assert "\na\\x1b[2J  SNP" in run(results, tmp_path).stdout


def test_results_for_programs(folder: Path) -> None:
    data = json.loads(run(results, folder, "--json", "--expect", "HG9").stdout)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(data)
    assert [sample["sample"] for sample in data["small_variants"]] == ["HG002", "HG003"]
    assert data["small_variants"][0]["rows"][0]["recall"] == 1744 / 2366
    assert data["small_variants"][0]["warnings"] == ["w"]
    assert data["structural_variants"][0]["rows"][1]["truth_tp"] == 39
    assert data["structural_variants"][0]["records_set_aside"] == 1204
    assert data["missing"] == [
        {
            "sample": "HG9",
            "kind": None,
            "folder": None,
            "why": "not started; see what failed or was cancelled before it",
        }
    ]


def test_chart_writes_what_is_asked_for(folder: Path) -> None:
    out = folder / "report"
    summary = folder / "small_variants" / "HG002.summary.json"
    outputs = {form: out / f"small_variants.{form}" for form in ("html", "tsv", "svg", "png")}
    options = [part for form, path in outputs.items() for part in (f"--out-{form}", path)]
    result = run(chart, "small-variants", summary, *options, "--expect", "HG002,HG009")
    assert result.exit_code == 0, result.stderr
    assert result.stderr.splitlines() == [
        "warning: no summary of HG009, which was expected",
        "charted 1 of 2 samples",
    ]
    made = [*outputs.values(), out / "small_variants.html.provenance.json"]
    assert sorted(out.iterdir()) == sorted(made)
    assert "Not in this report, because there is no result: HG009" in outputs["html"].read_text()
    assert outputs["png"].read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert outputs["svg"].read_text().startswith("<svg ")
    assert outputs["tsv"].read_text().startswith("sample\ttype\tsubtype\tsubset\tfilter\t")
    provenance = json.loads(made[-1].read_text())
    assert provenance["inputs"]["summary of HG002"]["path"] == str(summary.resolve())
    assert provenance["missing"] == ["HG009"]


def test_structural_variants_have_a_command(folder: Path) -> None:
    (summary,) = (folder / "structural_variants").iterdir()
    out = folder / "sv.tsv"
    result = run(chart, "structural-variants", summary, "--out-tsv", out)
    assert result.exit_code == 0, result.stderr
    assert len(out.read_text().splitlines()) == 1 + len(sv_summary()["rows"])


def test_a_run_is_charted_by_its_folder(folder: Path) -> None:
    """As the rules do: no list of files, whose length the system limits."""
    (folder / "samples.tsv").write_text(
        "sample\tvariants\nHG002\tsmall_variants\nHG009\tsmall_variants\nHG7\tstructural_variants\n"
    )
    (folder / "small_variants" / "HG001.summary.json").write_text("of an earlier run, cut off")
    out = folder / "report" / "small_variants.tsv"
    result = run(chart, "small-variants", folder, "--out-tsv", out)
    assert result.exit_code == 0, result.stderr
    assert {line.split("\t")[0] for line in out.read_text().splitlines()[1:]} == {"HG002"}
    assert result.stderr.splitlines() == [
        "warning: no summary of HG009 (small variants), which was expected",
        "of earlier runs, not charted: HG001, HG003",
        "charted 1 of 2 samples",
    ]


def test_two_runs_are_charted_beside_each_other(folder: Path) -> None:
    write(folder.parent / "dragen", HG002=small_summary())
    summaries = [folder / "small_variants", folder.parent / "dragen"]
    out = folder.parent / "both.tsv"
    result = run(chart, "small-variants", *summaries, "--out-tsv", out, "--expect", "HG002")
    assert result.stderr == "charted 3 of 3 samples\n"
    names = {line.split("\t")[0] for line in out.read_text().splitlines()[1:]}
    assert names == {"small_variants/HG002", "dragen/HG002", "HG003"}


def test_nothing_to_chart_is_an_error(folder: Path) -> None:
    (folder / "samples.tsv").write_text("sample\tvariants\nHG9\tsmall_variants\n")
    result = run(chart, "small-variants", folder, "--out-tsv", folder / "x.tsv")
    assert result.exit_code == 66
    assert last_words(result)["message"] == "no result of HG9 (small variants)"


def test_the_provenance_of_the_comparison_stays(folder: Path) -> None:
    small = folder / "small_variants"
    comparison = small / "HG002.provenance.json"
    comparison.write_text("of the comparison")
    result = run(
        chart, "small-variants", small / "HG002.summary.json", "--out-tsv", small / "HG002.tsv"
    )
    assert result.exit_code == 0, result.stderr
    assert comparison.read_text() == "of the comparison"
    assert (small / "HG002.tsv.provenance.json").is_file()


def test_outputs_appear_together(folder: Path) -> None:
    """The second cannot be written, so the first is not written either."""
    tsv, nowhere = folder / "x.tsv", folder / "samples.tsv"
    nowhere.write_text("sample\nHG002\nHG003\n")
    before = sorted(folder.iterdir())
    for outputs in (
        ("--out-tsv", tsv, "--out-html", nowhere / "x.html"),
        ("--out-html", tsv, "--out-tsv", nowhere / "x.tsv"),
    ):
        result = run(chart, "small-variants", folder, *outputs)
        assert result.exit_code == 73, result.stderr
        assert sorted(folder.iterdir()) == before


def test_a_failure_leaves_earlier_output_as_it_was(folder: Path) -> None:
    good, bad = sorted((folder / "small_variants").iterdir())
    data = small_summary("HG003", small_rows())
    data["rows"][3]["precision"] = "high"
    bad.write_text(json.dumps(data))
    out = folder / "report" / "small_variants.tsv"
    out.parent.mkdir()
    out.write_text("earlier")
    result = run(chart, "small-variants", good, bad, "--out-tsv", out)
    assert result.exit_code == 65
    message = f"{bad}: rows[3].precision: 'high' is not null or a number from 0 to 1"
    assert last_words(result)["message"] == message
    assert result.stderr.splitlines()[0] == f"error: {message}"
    assert "Traceback" not in result.stderr
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    assert out.read_text() == "earlier"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["{small}"], 64, "nothing to write"),
        (["{small}", "--out-tsv", "{out}", "--out-html", "{out}"], 64, "{out}: two outputs"),
        (["{small}", "--out-tsv", "{small}"], 64, "{small}: two outputs of this name, or an input"),
        (["{nowhere}", "--out-tsv", "{out}"], 66, "{nowhere}: no such file or folder"),
        (["{small}", "--out-tsv", "{small}/x.tsv"], 73, "output folder {small}: cannot be made"),
    ],
)
def test_wrong_use_is_explained(
    arguments: list[str], code: int, message: str, folder: Path
) -> None:
    names = {
        "small": str(folder / "small_variants" / "HG002.summary.json"),
        "out": str(folder / "x"),
        "nowhere": str(folder / "nowhere.json"),
    }
    result = run(chart, "small-variants", *(part.format(**names) for part in arguments))
    assert (result.exit_code, last_words(result)["code"]) == (code, code)
    assert last_words(result)["message"].startswith(message.format(**names))
