"""Reading resistance databases: what is in them, what is odd in them, what cannot be used."""

import json
from pathlib import Path

import amr_lab
import jsonschema
import pytest

from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.screen.databases import pointfinder, required, resfinder, tables
from engines.screen.databases.mutation import NUCLEOTIDE, PROTEIN
from engines.screen.databases.places import find
from engines.screen.databases.required import Partner
from engines.screen.databases.verify import verify

SCHEMAS = Path(__file__).resolve().parents[4] / "workflow/schemas"


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    amr_lab.write_resfinder(tmp_path / "resfinder_db")
    amr_lab.write_pointfinder(tmp_path / "pointfinder_db")
    return tmp_path


def test_genes_and_what_they_give(lab):
    database = resfinder.load(lab / "resfinder_db")
    gene = database.gene("blaLAB-1_1_LA0001")
    assert (gene.name, gene.accession, gene.length) == ("blaLAB-1", "LA0001", 840)
    (found,) = database.phenotypes["blaLAB-1_1_LA0001"]
    assert (found.classes, found.drugs) == (("Beta-lactam",), ("Ampicillin", "Piperacillin"))
    assert found.note == "Class A"  # and no carriage return behind it
    (told,) = database.phenotypes["narY_1_LA0004"]
    assert told.required == ("narX", "narY")  # from words alone
    assert database.class_of("ciprofloxacin") == "Quinolone"
    assert database.panels["Lab bug"] == ("Ampicillin", "Ciprofloxacin")
    assert database.problems == (
        "oddA_1_LA0005 has no row in phenotypes.txt: no resistance can be told",
    )
    assert database.identity.version == "lab (own)"
    with pytest.raises(BadData, match=r"no gene .*; did you mean tet\(L\)_1_LA0002"):
        database.gene("tet(L)_1_LA0001")


def test_a_database_without_the_joint_file_is_read_from_its_classes(lab):
    folder = lab / "resfinder_db"
    joint = (folder / "all.fsa").read_text()
    (folder / "all.fsa").unlink()
    (folder / "config").write_text("#db_prefix\tname\nlab\tLab\tLab\n")
    (folder / "lab.fsa").write_text(joint)
    assert list(resfinder.load(folder).genes) == list(amr_lab.ACQUIRED)


@pytest.mark.parametrize(
    ("name", "text", "error", "words"),
    [
        ("all.fsa", "", BadData, "has no sequence"),
        ("all.fsa", ">a\nACGT\n>b\n", BadData, '"b" has no sequence'),
        ("all.fsa", ">a\nACGT\n>a\nACGT\n", BadData, "there twice"),
        ("all.fsa", "<html>\n", BadData, "line 1: is not FASTA"),
        ("all.fsa", ">a\nMKLV\n", BadData, "no nucleotide sequence"),
        ("phenotypes.txt", "blaLAB-1_1_LA0001\tBeta", BadData, "line 1: has 2 columns"),
        ("phenotypes.txt", None, InputMissing, "phenotypes.txt: no such file"),
        ("antibiotic_classes.txt", "# nothing\n", BadData, "names no class"),
    ],
)
def test_a_damaged_database_is_named_by_file_and_line(lab, name, text, error, words):
    path = lab / "resfinder_db" / name
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(error, match=words):
        resfinder.load(lab / "resfinder_db")


def test_text_that_is_no_utf8(tmp_path):
    path = tmp_path / "x.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadData, match="not UTF-8"):
        tables.lines(path)


def test_mutations_are_placed_on_their_genes(lab):
    _, panel = pointfinder.load(lab / "pointfinder_db", "Lab bug")
    placed = {one.id.rpartition(":")[0]: one for one in panel.mutations}
    s83 = placed["gyrA:S83L/W"]
    assert (s83.level, s83.start, s83.ref, s83.alts) == (PROTEIN, 246, "S", ("L", "W"))
    assert amr_lab.GYRA[s83.start : s83.start + 3] == "TCG"
    rna = next(one for one in panel.mutations if one.gene == "16S_lab")
    assert (rna.level, rna.start) == (NUCLEOTIDE, 299)
    promoter = next(one for one in panel.mutations if one.position == -42)
    assert (promoter.level, promoter.start) == (NUCLEOTIDE, 11)
    kinds = {one.kind: one for one in panel.mutations}
    assert (kinds["insertion"].level, kinds["insertion"].start) == (PROTEIN, 447)
    assert (kinds["deletion"].level, kinds["deletion"].start) == (NUCLEOTIDE, 360)
    assert panel.coding == {"gyrA": 0, "parC": 0, "ampC_promoter_size_53bp": 53}


def test_rows_that_cannot_be_assessed_say_why(lab):
    _, panel = pointfinder.load(lab / "pointfinder_db", "lab_bug")
    whys = {one.gene: one.why for one in panel.unplaced}
    assert "the reference sequence has" in whys["gyrA"]
    assert "no reference sequence of this gene" in whys["noSuch"]
    assert {one.drugs for one in panel.unplaced} == {("Ciprofloxacin",)}


def test_what_notes_say_about_partners_counts(lab):
    table = lab / "pointfinder_db/lab_bug/resistens-overview.txt"
    parc = amr_lab.PARC
    residues = [tables_codon(parc, at) for at in (10, 20, 30)]
    together = "The mutations must be present simultaneously for resistance phenotype"
    table.write_text(
        f"parC\tparC\t10\tNNN\t{residues[0]}\tW\tX\t1\t\t{together}\n"
        f"parC\tparC\t20\tNNN\t{residues[1]}\tW\tX\t1\t\t{together}\n"
        f"parC\tparC\t30\tNNN\t{residues[2]}\tW,H\tX\t1\t\tUnknown phenotype if "
        f"{residues[2]}30H occurs alone\n"
        f"parC parC 30  NNN {residues[2]} Y CLARITHROMYCIN, AZITHROMYCIN  8592991\n"
    )
    _, panel = pointfinder.load(lab / "pointfinder_db", "lab_bug")
    first, second, third, mended = panel.mutations
    assert first.required == ((Partner("parC", "substitution", 20, ("W",)),),)
    assert second.required == ((Partner("parC", "substitution", 10, ("W",)),),)
    assert third.alone_unknown == {"H"}
    assert mended.drugs == ("CLARITHROMYCIN", "AZITHROMYCIN")
    assert "blanks stand for tabs" in mended.problem


def tables_codon(gene: str, position: int) -> str:
    from engines.screen.databases.codons import translate

    return translate(gene)[position - 1]


def test_the_grammar_of_partners():
    assert required.parse("") == ()
    assert required.parse("pmrA_S39I,pmrA_R81S") == (
        (
            Partner("pmrA", "substitution", 39, ("I",)),
            Partner("pmrA", "substitution", 81, ("S",)),
        ),
    )
    either = required.parse("gyrA_S83Y.F.A;gyrA_2_D87N.G")
    assert [[str(one) for one in group] for group in either] == [
        ["gyrA 83Y/F/A"],
        ["gyrA_2 87N/G"],
    ]
    assert required.parse("rpoB_ins475") == ((Partner("rpoB", "insertion", 475, ()),),)
    with pytest.raises(ValueError, match="is no mutation"):
        required.parse("see note")


def test_where_a_database_is_looked_for(lab, tmp_path):
    for kind in ("resfinder", "pointfinder"):
        assert find(kind, lab) == find(kind, lab / f"{kind}_db")
    with pytest.raises(BadData, match="is no resfinder database"):
        find("resfinder", lab / "pointfinder_db")
    with pytest.raises(InputMissing, match="no such folder"):
        find("resfinder", lab / "nothing")
    with pytest.raises(InputMissing, match="is not there"):
        find("resfinder", cache=tmp_path / "cache")
    with pytest.raises(BadUsage, match="no species 'lab_bag'; did you mean lab_bug"):
        pointfinder.load(lab / "pointfinder_db", "lab_bag")


def test_a_folder_is_verified_as_a_whole(lab):
    genes, mutations = verify(lab)
    assert genes["counts"] == {"genes": 5, "genes with a phenotype": 4}
    assert not genes["as_published"] and "all.fsa" in genes["differs"]
    assert mutations["counts"] == {"species": 1, "mutations": 8, "not assessed": 2}
    assert any("noSuch" in problem for problem in mutations["problems"])
    with pytest.raises(BadData, match="holds no resistance database"):
        verify(lab / "pointfinder_db/lab_bug")


def test_the_command_tells_what_a_folder_is(lab):
    from click.testing import CliRunner

    from engines.references.cli import references

    done = CliRunner().invoke(references, ["verify", str(lab)])
    assert done.exit_code == 0
    assert "ResFinder lab (own) (not as published)" in done.output
    assert "8 mutations, 2 not assessed" in done.output
    assert "noSuch" in done.output
    told = CliRunner().invoke(references, ["verify", "--json", str(lab)])
    schema = json.loads((SCHEMAS / "references.verify.schema.json").read_text())
    jsonschema.validate(json.loads(told.output), schema)
    asked = CliRunner().invoke(references, ["verify", str(lab / "nothing")])
    assert asked.exit_code == 66 and '"error_class": "permanent"' in asked.output
