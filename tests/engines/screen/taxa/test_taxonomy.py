"""Tables of genomes and NCBI's taxonomy as a tree; every row that makes no sense is named."""

from pathlib import Path

import pytest

from engines.contract.errors import BadData, InputMissing
from engines.screen.taxa.genomes import genomes_of
from engines.screen.taxa.table import read_table
from engines.screen.taxa.taxdump import TaxDump
from engines.screen.taxa.taxonomy import Taxonomy, grown

NODES = """1\t|\t1\t|\tno rank\t|\t\t|
2\t|\t1\t|\tsuperkingdom\t|\t\t|
561\t|\t2\t|\tgenus\t|\t\t|
562\t|\t561\t|\tspecies\t|\t\t|
564\t|\t561\t|\tspecies\t|\t\t|
83333\t|\t562\t|\tstrain\t|\t\t|
"""
NAMES = """1\t|\troot\t|\t\t|\tscientific name\t|
2\t|\tBacteria\t|\tBacteria <bacteria>\t|\tscientific name\t|
561\t|\tEscherichia\t|\t\t|\tscientific name\t|
562\t|\tE. coli\t|\t\t|\tsynonym\t|
562\t|\tEscherichia coli\t|\t\t|\tscientific name\t|
564\t|\tEscherichia fergusonii\t|\t\t|\tscientific name\t|
83333\t|\tEscherichia coli K-12\t|\t\t|\tscientific name\t|
"""


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    folder = tmp_path / "taxonomy"
    folder.mkdir()
    (folder / "nodes.dmp").write_text(NODES)
    (folder / "names.dmp").write_text(NAMES)
    (folder / "merged.dmp").write_text("99\t|\t562\t|\n")
    return folder


def tree_of(path: Path, text: str, dump: Path | None = None) -> Taxonomy:
    table = path / "table.tsv"
    table.write_text(text)
    genomes = read_table(table, TaxDump(dump) if dump else None)
    return grown([genome.lineage for genome in genomes])[0]


def drawn(tree: Taxonomy) -> list[str]:
    codes = tree.codes()
    return [f"{'  ' * t.depth}{t.name} {code}" for t, code in zip(tree.taxa, codes, strict=True)]


def test_lineages_parents_and_ranks_become_one_tree(tmp_path: Path) -> None:
    tree = tree_of(
        tmp_path,
        "# a comment\n"
        "K12\t\td__Bacteria;g__Escherichia;s__Escherichia coli\tk12.fa\n"
        "\n"
        "O157\t83334\tEscherichia coli\to157.fa\n"
        "Escherichia coli\t562\td__Bacteria;g__Escherichia\t\n"
        "mouse\t10090\t\tmouse.fa\n",
    )
    assert drawn(tree) == [
        "root R",
        "  Bacteria D",
        "    Escherichia G",
        "      Escherichia coli S",
        "        K12 S1",
        "        O157 S1",
        "  mouse R1",
    ]
    assert [taxon.taxid for taxon in tree.taxa if taxon.taxid < 2_000_000_000] == [
        1,
        562,
        83334,
        10090,
    ]
    assert list(tree.ends) == [7, 6, 6, 6, 5, 6, 7]


def test_columns_may_stand_in_another_order_and_a_genome_may_have_its_species_name(
    tmp_path: Path,
) -> None:
    tree = tree_of(
        tmp_path,
        "file\tname\trank\tparent/lineage\n"
        "a.fa\tSalmonella enterica\t\tg__Salmonella;s__Salmonella enterica\n"
        "b.fa\tb\tsubspecies\tg__Salmonella;s__Salmonella enterica\n",
    )
    assert drawn(tree) == [
        "root R",
        "  Salmonella G",
        "    Salmonella enterica S",
        "      Salmonella enterica S1",
        "      b S1",
    ]


def test_ncbis_taxonomy_gives_lineages_of_numbers(tmp_path: Path, dump: Path) -> None:
    rows = "one\t562\t\ta.fa\ntwo\t562\t\tb.fa\nold\t99\t\tc.fa\nthree\t\t564\td.fa\n"
    tree = tree_of(tmp_path, rows, dump)
    assert drawn(tree) == [
        "root R",
        "  Bacteria D",
        "    Escherichia G",
        "      Escherichia coli S",
        "        old S1",
        "        one S1",
        "        two S1",
        "      Escherichia fergusonii S",
        "        three S1",
    ]
    assert [taxon.taxid for taxon in tree.taxa][:4] == [1, 2, 561, 562]


WRONG_ROWS: dict[str, tuple[str, bool]] = {
    r'line 2: "a" stands in line 1': ("a\t\t\ta.fa\na\t\t\tb.fa\n", False),
    r'line 2: "7" stands in line 1': ("a\t7\t\ta.fa\nb\t7\t\tb.fa\n", False),
    r'taxid "x"': ("a\tx\t\ta.fa\n", False),
    r"line 1: one column": ("a.fa\n", False),
    r"line 1: no name": ("\t7\t\ta.fa\n", False),
    "no genome in it": ("a\t7\t\t\n", False),
    "parent 562 is no row": ("a\t\t562\ta.fa\n", False),
    'its parent "a" is a genome': ("a\t\t\ta.fa\nb\t\ta\tb.fa\n", False),
    "its own ancestor": ("a\t\tb\t\nb\t\ta\t\nc\t\ta\tc.fa\n", False),
    '"g" stands below "y" as "g", and below "x" as "g"': (
        "a\t\tx;g\ta.fa\nb\t\ty;g\tb.fa\n",
        False,
    ),
    'column "fiel" is not known; did you mean file': ("name\tfiel\na\ta.fa\n", False),
    "name and file are needed": ("name\ttaxid\na\t1\n", False),
    "taxid 5 is not in it": ("a\t5\t\ta.fa\n", True),
    'taxid 562: of "Escherichia coli" and of "b"': ("a\t562\t\ta.fa\nb\t562\t561\tb.fa\n", True),
}


@pytest.mark.parametrize("message", WRONG_ROWS)
def test_a_row_that_makes_no_sense_is_named(tmp_path: Path, dump: Path, message: str) -> None:
    text, with_dump = WRONG_ROWS[message]
    with pytest.raises(BadData, match=message):
        tree_of(tmp_path, text, dump if with_dump else None)


def test_a_taxonomy_that_is_not_whole_is_refused(tmp_path: Path, dump: Path) -> None:
    (tmp_path / "t.tsv").write_text("a\t562\t\ta.fa\n")
    (dump / "names.dmp").write_text(NAMES.replace("Escherichia coli\t|\t\t|\tsci", "x\t|\t\t|\t"))
    with pytest.raises(BadData, match="no scientific name of 562"):
        genomes_of(tmp_path / "t.tsv")
    (dump / "names.dmp").unlink()
    with pytest.raises(InputMissing, match=r"names\.dmp: no such file"):
        genomes_of(tmp_path / "t.tsv", dump)
    (dump / "nodes.dmp").write_text("a table of something else\n")
    with pytest.raises(BadData, match="line 1: not of NCBI's taxonomy"):
        TaxDump(dump)


def test_a_folder_may_hold_a_table_and_a_taxonomy(
    tmp_path: Path, dump: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dump.parent == tmp_path
    (tmp_path / "a.fa").write_text("")
    (tmp_path / "b.fa.gz").write_text("")
    (tmp_path / "genomes.tsv").write_text("a\t83333\t\ta.fa\n")
    (genome,) = genomes_of(tmp_path)
    assert [step.name for step in genome.lineage][-2:] == ["Escherichia coli K-12", "a"]
    assert genome.file == tmp_path / "a.fa"
    assert (
        "1 FASTA files beside it have no row and are left out: b.fa.gz" in capsys.readouterr().err
    )
