"""Tables of taxa: Kraken-style report, Bracken's columns, genomes."""

from pathlib import Path

import pytest
from taxa_lab import Lab, random_letters, reads_of, relative

from engines.contract.errors import BadUsage
from engines.screen.taxa.report import bracken_table, genomes_table, kraken_report, write_taxa
from engines.screen.taxa.result import TaxaResult


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TaxaResult:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    one, other = random_letters(1, 50_000), random_letters(3, 50_000)
    lab.add("one", "d__Bacteria;g__G;s__G one", one)
    lab.add("two", "d__Bacteria;g__G;s__G two", relative(one, 0.98, 2))
    lab.add("other", "d__Bacteria;g__H;s__H other", other)
    lab.add("absent", "d__Archaea;g__I;s__I absent", random_letters(4, 50_000))
    stranger = random_letters(99, 50_000)
    pairs = reads_of(one, 600, 1) + reads_of(other, 300, 2) + reads_of(stranger, 100, 3)
    return lab.screened(pairs, lab.index(8))


def test_the_report_has_krakens_six_columns_and_its_order(result: TaxaResult) -> None:
    rows = [line.split("\t") for line in kraken_report(result).splitlines()]
    assert all(len(row) == 6 for row in rows)
    own = {taxon.name: taxon.reads for taxon in result.taxa}
    shared = own["G"]
    assert 0 < shared < 600
    few = own["two"]
    expected = [
        ("100", "100", "U", "unclassified"),
        ("900", "0", "R", "root"),
        ("900", "0", "D", "  Bacteria"),
        ("600", str(shared), "G", "    G"),
        (str(600 - shared - few), "0", "S", "      G one"),
        (str(600 - shared - few), str(600 - shared - few), "S1", "        one"),
        *(
            [(str(few), "0", "S", "      G two"), (str(few), str(few), "S1", "        two")][
                : 2 * few
            ]
        ),
        ("300", "0", "G", "    H"),
        ("300", "0", "S", "      H other"),
        ("300", "300", "S1", "        other"),
    ]
    assert [(clade, mine, code, name) for _, clade, mine, code, _, name in rows] == expected
    assert [row[0] for row in rows[:3]] == [" 10.00", " 90.00", " 90.00"]
    assert [row[4] for row in rows[:2]] == ["0", "1"]


def test_brackens_columns_share_out_what_fits_several(result: TaxaResult) -> None:
    head, *rows = [line.split("\t") for line in bracken_table(result).splitlines()]
    assert head[0] == "name" and head[5:] == ["new_est_reads", "fraction_total_reads"]
    by_name = {row[0]: row for row in rows}
    assert list(by_name)[:2] == ["G one", "H other"]
    assert "I absent" not in by_name
    for _, _, code, assigned, added, estimated, _ in rows:
        assert code == "S" and int(assigned) + int(added) == int(estimated)
    assert int(by_name["G one"][5]) == pytest.approx(600, abs=2)
    assert sum(int(row[5]) for row in rows) == 900
    assert sum(float(row[6]) for row in rows) == pytest.approx(1, abs=1e-4)
    genera = bracken_table(result, "G").splitlines()[1:]
    assert [line.split("\t")[3:6] for line in genera] == [["600", "0", "600"], ["300", "0", "300"]]
    with pytest.raises(BadUsage, match="no taxon of the index has the rank"):
        bracken_table(result, "F")


def test_genomes_are_told_with_their_evidence_the_absent_ones_too(result: TaxaResult) -> None:
    head, *rows = [line.split("\t") for line in genomes_table(result).splitlines()]
    cells = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert list(cells)[:2] == ["one", "other"]
    assert cells["absent"]["status"] == "not detected"
    assert cells["absent"]["genome_copies_share"] == cells["absent"]["identity"] == ""
    assert cells["one"]["status"] == cells["other"]["status"] == "present"
    assert float(cells["one"]["read_share"]) == pytest.approx(0.6, abs=0.002)


def test_files_are_written_whole_and_the_same_again(result: TaxaResult, tmp_path: Path) -> None:
    written = write_taxa(result, tmp_path / "s1")
    names = ["s1.taxa.bracken.tsv", "s1.taxa.genomes.tsv", "s1.taxa.report.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    before = [path.read_bytes() for path in written]
    assert [path.read_bytes() for path in write_taxa(result, tmp_path / "s1")] == before
