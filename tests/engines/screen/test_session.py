"""The whole command: what it finds, the files it promises, the same bytes whatever the threads."""

import csv
import json
import signal
from pathlib import Path

import h5py
import jsonschema
import pytest
from screen_lab import ScreenLab, files_of, summary_of, untimed

from engines.screen.calling.tool import KMA, MINIMAP2

pytestmark = pytest.mark.skipif(
    not (KMA.there() and MINIMAP2.there()), reason="KMA or minimap2 is not installed"
)
SCHEMA = json.loads(
    (
        Path(__file__).resolve().parents[3] / "workflow/schemas/screen.summary.schema.json"
    ).read_text()
)
RESISTANT = {"Beta-lactam", "Tetracycline", "Quinolone"}
# what the earlier system promised, in its own words
COLUMNS = {
    "amr/s_hits.tsv": "read_id gene_name drug_class identity coverage ref_start ref_end frame"
    " complete_gene concordant",
    "amr/s_coverage.tsv": "gene_id gene_name total_reads total_bases covered_positions"
    " gene_length percent_coverage mean_depth RPKM TPM",
    "amr/s_amr_abundance.tsv": "gene_name gene_family drug_class read_count percent_coverage"
    " mean_depth tpkm rpm confidence",
    "resistance/s_allele_frequencies.csv": "sample species gene position total_depth wildtype_aa"
    " wt_count wt_freq dominant_mutant_aa total_resistant_frequency has_resistance_mutation"
    " mutation_summary all_amino_acids",
}
NAMES = {
    *("s_unified_summary.txt", "status.json"),
    *("taxonomy_results.json", "resistance_mutations.json", "quality_metrics.json"),
    *(f"resistance/s{end}" for end in (".json", ".h5", "_summary.json", "_mutations_report.html")),
    *(f"resistance/s_clinical_fq_report.{end}" for end in ("html", "json", "txt")),
    *(f"amr/s_{name}.tsv" for name in ("abundance", "drug_class_summary", "gene_family_summary")),
    *(f"amr/s_clinical_amr_report.{end}" for end in ("html", "json", "txt")),
    *("amr/s_hdf5_summary.json", "amr/s_amr_results.h5"),
    *COLUMNS,
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> ScreenLab:
    return ScreenLab(tmp_path_factory.mktemp("screen"))


@pytest.fixture(scope="module")
def ran(lab):
    """One run with all that can be looked for."""
    out = lab.folder / "out"
    result = lab.run(out, *lab.everything(), "--progress-json", "--threads", 2)
    assert result.exit_code == 0, result.output
    return result, out


def test_genes_mutations_and_organisms_are_found(ran):
    result, out = ran
    found = summary_of(out)
    jsonschema.validate(found, SCHEMA)
    assert {gene["name"] for gene in found["genes"] if gene["called"]} == {"blaLAB-1", "tet(L)"}
    detected = [each for each in found["mutations"] if each["status"] == "detected"]
    assert [each["change"] for each in detected] == ["p.Ser83Leu"]
    assert detected[0]["frequency"] > 0.95 and detected[0]["low"] < 1
    verdicts = {each["class"]: each["verdict"] for each in found["classes"]}
    assert {name for name, verdict in verdicts.items() if verdict == "resistant"} == RESISTANT
    assert [(g["name"], g["status"]) for g in found["taxa"]["genomes"]] == [("labbug", "present")]
    assert found["not_assessed"] == [] and found["reads"]["adapters"] == 0
    assert "resistant by genotype: Beta-lactam, Tetracycline, Quinolone" in result.stderr


def test_every_file_of_the_earlier_system_is_there_with_its_columns(ran):
    _, out = ran
    files = files_of(out)
    assert set(files) >= NAMES and not any("/." in f"/{name}" for name in files)
    for name, columns in COLUMNS.items():
        mark = "," if name.endswith(".csv") else "\t"
        rows = list(csv.DictReader(files[name].decode().splitlines(), delimiter=mark))
        assert [key for key in rows[0] if key in columns.split()] == columns.split(), name
        assert {row.get("species", "Lab bug") for row in rows} == {"Lab bug"}
    with h5py.File(out / "amr/s_amr_results.h5") as file:
        groups = {"metadata", "amr_hits", "coverage_stats", "positional_coverage"}
        assert groups | {"gene_abundance"} <= set(file)
        genes = [name.decode() for name in file["coverage_stats/gene"]]
        assert len(file["positional_coverage"][genes[0]]) == file["coverage_stats/length"][0]
    with h5py.File(out / "resistance/s.h5") as file:
        assert b"detected" in set(file["mutations/status"])
        assert file["kmer_screening/survivors"][0] > 100


def test_the_service_reads_its_three_files_and_the_state(ran):
    _, out = ran
    read = {path.stem: json.loads(path.read_text()) for path in out.glob("*.json")}
    assert read["taxonomy_results"]["detected_organisms"][0]["name"] == "labbug"
    assert read["resistance_mutations"]["mutations"][0]["change"] == "p.Ser83Leu"
    assert read["quality_metrics"]["total_reads"] == summary_of(out)["reads"]["reads"] > 2000
    assert read["status"]["state"] == "completed" and read["status"]["progress"] == 100


def test_stages_and_the_result_are_told(ran):
    result, _ = ran
    stages = [json.loads(line) for line in result.stdout.splitlines()]
    assert list(dict.fromkeys(each["stage"] for each in stages)) == [
        *("validating_input", "minimizer_screening", "mutation_calling", "em_quantification"),
        *("generating_report", "completed"),
    ]
    shares = [each["progress"] for each in stages]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] == 100
    told = [json.loads(line) for line in result.stderr.splitlines() if line.startswith('{"type"')]
    (last,) = [each["data"] for each in told if each["type"] == "result"]
    assert (last["genes"], last["mutations"], set(last["resistant"])) == (2, 1, RESISTANT)


def test_threads_and_folders_change_no_byte(lab, ran, tmp_path):
    _, out = ran
    other = tmp_path / "elsewhere" / "deep"
    assert lab.run(other, *lab.everything(), "--threads", 1).exit_code == 0
    assert untimed(other) == untimed(out)


def test_lanes_in_another_order_say_the_same(lab, ran, tmp_path):
    mates = [], []
    for lane, part in enumerate((lab.pairs[1000:], lab.pairs[:1000])):
        for mate in (0, 1):
            path = tmp_path / f"lane{lane}_{mate + 1}.fq"
            lines = (f"@r{lane}.{n}\n{p[mate]}\n+\n{'I' * 150}\n" for n, p in enumerate(part))
            path.write_text("".join(lines))
            mates[mate].append(path)
    given = [x for one, two in zip(*mates, strict=True) for x in ("--r1", one, "--r2", two)]
    assert lab.run(tmp_path / "out", *lab.everything(), mates=given).exit_code == 0
    one, two = summary_of(ran[1]), summary_of(tmp_path / "out")
    assert two["reads"].pop("files") == [p.name for p in (*mates[0], *mates[1])]
    one["reads"].pop("files")
    assert one == two


def test_what_nobody_asked_for_is_not_assessed(lab, tmp_path):
    """One mate, no species, no genomes, no genes: said, and never "not detected"."""
    out = tmp_path / "out"
    result = lab.run(out, "--no-report", mates=["--r1", lab.r1])
    assert result.exit_code == 0
    found = summary_of(out)
    assert found["taxa"] is None and found["mutations"] is None
    assert {each["what"] for each in found["not_assessed"]} == {"mutations", "taxa"}
    assert found["reads"]["layout"] == "single" and not (out / "resistance").exists()
    assert json.loads((out / "taxonomy_results.json").read_text())["assessed"] is False
    quinolone = [each for each in found["classes"] if each["class"] == "Quinolone"]
    assert all(each["verdict"] not in ("not detected", "resistant") for each in quinolone)


def test_nothing_of_an_earlier_screen_stands_beside_a_new_one(lab, tmp_path):
    """All of it first, then less in the same folder; other samples and files stay."""
    out = tmp_path / "out"
    assert lab.run(out, *lab.everything()).exit_code == 0
    others = [out / "resistance" / "s2_summary.json", out / "amr" / "s_notes.txt"]
    for path in others:
        path.write_text("")
    result = lab.run(out, "--no-report", mates=["--r1", lab.r1])
    assert result.exit_code == 0 and "removed what an earlier screen of s left" in result.stderr
    assert all(path.exists() for path in others)
    alone = lab.run(tmp_path / "new", "--no-report", mates=["--r1", lab.r1])
    assert alone.exit_code == 0 and "removed" not in alone.stderr
    left = untimed(out)
    for path in others:
        left.pop(str(path.relative_to(out)))
    assert left == untimed(tmp_path / "new")


@pytest.mark.parametrize("stage", ["Screening reads", "Calling genes", "Writing results"])
def test_a_killed_run_leaves_nothing_partial(lab, ran, tmp_path, stage):
    out = tmp_path / "out"
    process = lab.start(out, *lab.everything())
    assert process.stderr
    for line in process.stderr:
        if f'"stage": "{stage}' in line:
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert list(shown(files_of(out))) == ["status.json"]
    assert json.loads((out / "status.json").read_text())["state"] == "running"
    assert lab.run(out, *lab.everything()).exit_code == 0
    assert shown(untimed(out)) == untimed(ran[1])


def shown(files: dict[str, bytes]) -> dict[str, bytes]:
    """Without those in hidden folders, which a killed run leaves to be swept."""
    return {name: text for name, text in files.items() if "/." not in f"/{name}"}
