"""KMA: what it writes is read, what is cut off is refused, and it runs on real files."""

import gzip
import shutil

import amr_lab
import pytest

from engines.contract.errors import BadData
from engines.screen.calling import hits, kma
from engines.screen.calling.tool import KMA
from engines.screen.databases import resfinder

HEADER = (
    "#Template\tScore\tExpected\tTemplate_length\tTemplate_Identity\tTemplate_Coverage\t"
    "Query_Identity\tQuery_Coverage\tDepth\tq_value\tp_value\n"
)
ROW = (
    "tet(L)_1_LA0002\t   23407\t     191\t     900\t   34.10\t   34.20\t"
    "   99.70\t  100.00\t    4.46\t22839.26\t1.0e-26\n"
)
COUNTS = "## method\tKMA\n# refSequence\n" + "\t".join(["tet(L)_1_LA0002", *"0" * 12, "30", "20"])


@pytest.fixture
def database(tmp_path):
    return resfinder.load(amr_lab.write_resfinder(tmp_path / "db"))


def written(folder, res=HEADER + ROW, counts=COUNTS):
    (folder / "kma.res").write_text(res)
    (folder / "kma.mapstat").write_text(counts)
    return folder / "kma.res"


def test_a_gene_is_graded_by_what_was_seen_of_it(tmp_path, database):
    """Defect 9 of the earlier system: RPKM 0, identity above 1, high confidence at 20 % cover."""
    (hit,) = kma.gene_hits(written(tmp_path), database, 1_000_000)
    assert (hit.name, hit.classes, hit.reads) == ("tet(L)", ("Tetracycline",), 30)
    assert (hit.identity, hit.coverage, hit.grade, hit.called) == (99.70, 34.20, 1, False)
    assert hit.rpkm == pytest.approx(30 / 0.9)
    assert hit.tpm == pytest.approx(1e6)
    (called,) = kma.gene_hits(written(tmp_path), database, 0, min_coverage=30)
    assert called.called and called.rpkm == 0


@pytest.mark.parametrize(
    ("res", "counts", "words"),
    [
        ("", COUNTS, "is no output of KMA"),
        (HEADER + ROW[:40], COUNTS, "line 2: is no row"),
        (HEADER + ROW, "# refSequence\n", r"lacks tet\(L\)"),
        (HEADER + ROW, "tet(L)_1_LA0002\t1", "no table of KMA's counts"),
        (HEADER + ROW.replace("LA0002", "LA0003"), COUNTS.replace("LA0002", "LA0003"), "no gene"),
    ],
)
def test_an_output_that_was_cut_off_or_is_of_another_index(tmp_path, database, res, counts, words):
    with pytest.raises(BadData, match=words):
        kma.gene_hits(written(tmp_path, res, counts), database, 1)


def test_depths_at_each_position(tmp_path):
    path = tmp_path / "kma.mat.gz"
    rows = ["#g1", "A 15 0 0 0 0 0", "C 0 2 0 1 0 4", "- 0 3 0 0 0 9", "", "#g2", "T 0 0 0 1 1 0"]
    matrix = "\n".join(rows).replace(" ", "\t") + "\n"
    path.write_bytes(gzip.compress(matrix.encode()))
    assert dict(kma.depths(path)) == {"g1": [15, 3], "g2": [2]}
    path.write_bytes(gzip.compress(matrix.encode())[:-9])
    with pytest.raises(BadData, match="no matrix"):
        list(kma.depths(path))


def test_shares_of_reads_by_length():
    assert hits.tpm([10, 20], [100, 200]) == pytest.approx([5e5, 5e5])
    assert hits.tpm([0, 0], [100, 200]) == [0, 0]
    assert [hits.grade(*pair) for pair in ((100, 100), (100, 60), (99.99, 100))] == [3, 2, 1]


@pytest.mark.skipif(not KMA.there(), reason="KMA is not installed")
def test_genes_of_reads(tmp_path, database):
    carried = ("blaLAB-1_1_LA0001", "tet(L)_1_LA0002")
    between = amr_lab.random_bases(500, 1)
    genome = between + between.join(amr_lab.ACQUIRED[name] for name in carried) + between
    reads = amr_lab.write_pairs(tmp_path, amr_lab.pairs({"g": genome}, 30, 1, error=0.003))
    prefix = kma.index(database.fastas, tmp_path / "cache")
    folders = [tmp_path / name for name in ("one", "two")]
    for threads, folder in enumerate(folders, 1):
        folder.mkdir()
        kma.call(reads, prefix, folder, threads)
    found = kma.gene_hits(folders[0] / "kma.res", database, 2 * 1000)
    assert {hit.gene for hit in found if hit.called} == set(carried)
    assert all(20 < hit.depth < 35 and hit.grade == 3 and hit.rpkm > 0 for hit in found)
    assert sum(hit.tpm for hit in found) == pytest.approx(1e6)
    for name in ("kma.res", "kma.fsa", "kma.aln", "kma.mat.gz"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name
    depths = dict(kma.depths(folders[0] / "kma.mat.gz"))
    for hit in found:
        assert len(depths[hit.gene]) == hit.length
        assert sum(depths[hit.gene]) / hit.length == pytest.approx(hit.depth, abs=0.01)


@pytest.mark.skipif(not KMA.there(), reason="KMA is not installed")
def test_an_index_does_not_depend_on_where_the_database_lies(tmp_path, database):
    one = kma.index(database.fastas, tmp_path / "cache")
    copy = shutil.copytree(tmp_path / "db", tmp_path / "copy")
    assert kma.index([copy / "all.fsa"], tmp_path / "cache") == one
    with (copy / "all.fsa").open("a") as out:
        out.write(">new_1_X1\n" + amr_lab.random_gene(50, 1) + "\n")
    assert kma.index([copy / "all.fsa"], tmp_path / "cache") != one


@pytest.mark.skipif(not KMA.there(), reason="KMA is not installed")
@pytest.mark.parametrize("count", [1, 2])
def test_a_sample_without_survivors_has_no_genes(tmp_path, database, count):
    """KMA itself ends with an error on an empty file."""
    home = tmp_path / "a folder with blanks"
    home.mkdir()
    reads = [home / "r_1.fq", home / "r_2.fq.gz"][:count]
    for path in reads:
        path.write_bytes(gzip.compress(b"") if path.suffix == ".gz" else b"")
    res = kma.call(reads, kma.index(database.fastas, tmp_path / "cache"), home)
    assert kma.read_res(res) == [] and kma.gene_hits(res, database, 1000) == []
    assert list(kma.depths(home / "kma.mat.gz")) == []
