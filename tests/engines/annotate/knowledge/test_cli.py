"""``plumbline knowledge`` as people call it; what it compares, and how stable tiers were."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from knowledge_lab import write_civic, write_items

from engines.annotate.knowledge import catalogue, show
from engines.annotate.knowledge.civic import read_civic
from engines.annotate.knowledge.cli import knowledge
from engines.annotate.knowledge.release import age, is_old
from engines.annotate.knowledge.stability import PRIOR, Share, prior, stability


def run(*args: object) -> Result:
    return CliRunner().invoke(knowledge, [str(arg) for arg in args])


def compiled(tmp_path: Path, name: str, items: list[dict[str, str]]) -> Path:
    folder = write_civic(tmp_path / name, items)
    out = tmp_path / f"{name}.json.gz"
    result = run("compile", "--civic", folder, "-o", out, "--today", "2026-11-22")
    assert result.exit_code == 0, result.output
    return out


def test_compile_tells_what_was_read_and_what_is_old(tmp_path: Path) -> None:
    folder = write_civic(tmp_path / "c", [{}, {"id": "2", "status": "submitted"}])
    result = run("compile", "--civic", folder, "-o", tmp_path / "kb.gz", "--today", "2021-03-01")
    assert (
        "CIViC (evidence): 2021-02-03 (day of the newest review), 26 days old; CC0" in result.output
    )
    assert "1 skipped: status submitted" in result.output
    assert "note:" not in result.output
    later = run("show", tmp_path / "kb.gz", "--today", "2021-12-01")
    assert "26 days old" not in later.output and "301 days old" in later.output
    assert "note: CIViC of 2021-02-03 is more than 180 days old" in later.output


def test_a_release_that_is_told_holds(tmp_path: Path) -> None:
    folder = write_civic(tmp_path / "c")
    out = tmp_path / "kb.gz"
    run("compile", "--civic", folder, "--release", "civic=nightly@2026-11-01", "-o", out)
    shown = json.loads(run("show", out, "--json", "--today", "2026-11-22").output)
    source = shown["sources"][0]
    assert (source["release"], source["date"], source["age_days"]) == ("nightly", "2026-11-01", 21)
    assert shown["warnings"] == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--release", "civic"], "is not ROLE=YYYY-MM-DD"),
        (["--release", "civic=yesterday"], "is no day"),
        (["--release", "civil=2026-01-01"], "no such role; did you mean civic?"),
        (["--release", "civic=2999-01-01"], "2999-01-01 is yet to come"),
    ],
)
def test_a_release_that_makes_no_sense_is_refused(
    tmp_path: Path, args: list[str], message: str
) -> None:
    folder = write_civic(tmp_path / "c")
    result = run("compile", "--civic", folder, *args, "-o", tmp_path / "kb.gz")
    assert result.exit_code != 0
    assert message in result.output
    assert not (tmp_path / "kb.gz").exists()


def test_show_a_gene_the_unread_and_the_diseases(tmp_path: Path) -> None:
    out = compiled(tmp_path, "c", [{}, {"id": "2", "variant": "Odd One", "variant_id": "9"}])
    assert "EID1\tBRAF V600E\tprotein\tA" in run("show", out, "--gene", "BRAF").output
    assert "did you mean BRAF?" in run("show", out, "--gene", "BRAFF").output
    assert "     1 BRAF Odd One\n1 names, 1 statements" in run("show", out, "--unread").output
    assert "DOID:1909\tMelanoma\t-" in run("show", out, "--diseases").output


def test_compare_joins_by_ids(tmp_path: Path) -> None:
    old = compiled(tmp_path, "old", [{}, {"id": "2"}, {"id": "3", "therapies": "A,B"}])
    new = compiled(tmp_path, "new", [
        {"level": "B", "variant": "VAL600GLU", "variant_id": "99"},
        {"id": "3", "therapies": "B,A"}, {"id": "4"},
    ])  # fmt: skip
    assert run("compare", old, new).output.splitlines() == [
        "removed EID2: BRAF V600E, Melanoma",
        "added EID4: BRAF V600E, Melanoma",
        "changed EID1: BRAF VAL600GLU, Melanoma: name BRAF V600E → BRAF VAL600GLU, level A → B",
        "removed 1, added 1, changed 1, changed: name 1, changed: level 1",
    ]
    counts = json.loads(run("compare", old, new, "--json").output)["counts"]
    assert counts["added"] == 1
    assert run("compare", old, old).output == "removed 0, added 0, changed 0\n"


def test_stability_counts_pairs_whose_tier_stayed(tmp_path: Path) -> None:
    old = [
        {"id": "1", "level": "A"},
        {"id": "2", "level": "C", "disease": "X", "doid": "7"},
        {"id": "3", "level": "B", "rating": "2", "disease": "Y", "doid": "8"},
        {"id": "4", "level": "B", "disease": "Z", "doid": "9"},
        {"id": "5", "level": "B", "disease": "Z", "doid": "9", "direction": "Does Not Support"},
        {"id": "6", "level": "A", "origin": "Rare Germline", "disease": "G", "doid": "10"},
        {"id": "7", "level": "D", "disease": "Gone", "doid": "11"},
    ]
    new = [*old[:1], old[1], old[1] | {"id": "8", "citation_id": "2"}, *old[2:6]]
    before = read_civic([write_items(tmp_path / "old.tsv", old)])
    after = read_civic([write_items(tmp_path / "new.tsv", new)])
    found = stability(before, after)
    assert (found["pairs_in_old"], found["pairs_in_both"]) == (5, 4)
    assert found["all"] == {"kept": 3, "pairs": 4, "share": 0.75, "low": 0.3006}
    assert {name: (row["kept"], row["pairs"]) for name, row in found["tier"].items()} == {
        "I-A": (1, 1), "I-B": (1, 1), "II-C": (1, 1), "II-D": (0, 1),
    }  # fmt: skip
    assert found["conflicting"]["yes"]["pairs"] == 1


def test_no_command_writes_over_what_it_reads(tmp_path: Path) -> None:
    kb = compiled(tmp_path, "c", [{}])
    before = kb.read_bytes()
    result = run("stability", kb, kb, "-o", kb)
    assert result.exit_code == 64 and "is an input" in result.output
    evidence = next((tmp_path / "c").glob("*Evidence*"))
    result = run("compile", "--civic", tmp_path / "c", "-o", evidence)
    assert result.exit_code == 64 and "is an input" in result.output
    assert kb.read_bytes() == before


def test_one_question_at_a_time(tmp_path: Path) -> None:
    kb = compiled(tmp_path, "c", [{}])
    result = run("show", kb, "--gene", "BRAF", "--json")
    assert result.exit_code == 64 and "--gene and --json: one at a time" in result.output


def test_what_a_release_lacks_is_told(tmp_path: Path) -> None:
    items = write_items(tmp_path / "c" / "ClinicalEvidenceSummaries.tsv", [{}])
    result = run("compile", "--civic", items, "-o", tmp_path / "kb.gz")
    assert "note: CIViC was given without its assertions" in result.output
    assert "note: CIViC was given without its variants" in result.output


def test_a_table_that_was_cut_is_refused(tmp_path: Path) -> None:
    items = write_items(tmp_path / "ClinicalEvidenceSummaries.tsv", [{}, {"id": "2"}])
    items.write_text(items.read_text()[:-60])
    result = run("compile", "--civic", items, "-o", tmp_path / "kb.gz")
    assert result.exit_code == 65
    assert "line 3: ends in the middle of a row" in result.output


def test_the_lower_end_of_wilsons_interval() -> None:
    assert round(Share(35, 35).low, 2) == 0.90
    assert round(Share(54, 54).low, 2) == 0.93
    assert Share(0, 0).low == 0.0


def test_stability_is_written_and_the_shipped_table_is_of_its_form(tmp_path: Path) -> None:
    kb = compiled(tmp_path, "c", [{}])
    assert run("stability", kb, kb, "-o", tmp_path / "prior.json").exit_code == 0
    made = json.loads((tmp_path / "prior.json").read_text())
    assert made.keys() == prior().keys()
    assert PRIOR.is_file()
    assert prior()["old"] == ["CIViC@2018-10-01"]


def test_the_catalogue_is_right_and_names_terms() -> None:
    offers = catalogue.offers()
    assert {"civic", "hotspots", "disease-ontology", "oncokb"} <= offers.keys()
    assert all(each.licence and each.page for each in offers.values())
    assert not offers["oncokb"].files  # licensed: nobody fetches it for the user
    assert "plumbline knowledge fetch civic" in run("list").output
    assert len(json.loads(run("list", "--json").output)) == len(offers)


def test_fetch_makes_a_folder_of_the_day_that_compiles(tmp_path: Path) -> None:
    mirror = write_civic(tmp_path / "mirror")
    (mirror / "nightly-MolecularProfileSummaries.tsv").write_text(
        "molecular_profile_id\tvariant_ids\tevidence_score\n"
    )
    (mirror / "nightly-FeatureSummaries.tsv").write_text(
        "feature_id\tfeature_type\tname\tdescription\tentrez_id\n7\tGene\tBRAF\tA kinase.\t673\n"
    )
    args = ("--into", tmp_path / "kb", "--mirror", mirror, "--today", "2026-11-22")
    result = run("fetch", "civic", *args)
    assert result.exit_code == 0, result.output
    folder = tmp_path / "kb" / "civic"  # nobody knows of which day the mirror is
    assert len(list(folder.iterdir())) == 5
    assert run("fetch", "civic", *args).exit_code == 0  # what is there stays
    found = read_civic([folder])
    assert found.sources[0].date == "2021-02-03"
    assert found.summaries == {"BRAF": ("A kinase.", "CIViC:gene:7")}
    dated = mirror.rename(tmp_path / "mirror-2026-05-01")
    run("fetch", "civic", "--into", tmp_path / "kb", "--mirror", dated)
    assert read_civic([tmp_path / "kb" / "civic-2026-05-01"]).sources[0].date == "2026-05-01"
    gone = run("fetch", "civic", "--into", tmp_path / "none", "--mirror", tmp_path / "no")
    assert gone.exit_code == 66
    assert not list((tmp_path / "none").iterdir())
    assert "did you mean civic?" in run("fetch", "civik", *args).output
    assert run("fetch", "oncokb", *args).exit_code == 69


def test_ages() -> None:
    today = date(2026, 11, 22)
    assert age("2026-11-01", today) == 21
    assert age(None, today) is None
    assert not is_old("2026-05-26", today)  # 180 days
    assert is_old("2026-05-25", today)
    assert is_old(None, today)
    assert show.OLD_DAYS == 180
