"""Archives that are not what they seem."""

import tarfile

import pytest
from small_mirror import BEDS, TABLE, tar_gz

from engines.contract.errors import BadData
from engines.references import stratifications


def odd(name, kind, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (tar_gz({"../evil": b"x"}), "leads out of its folder"),
        (tar_gz({"a/../../evil": b"x"}), "leads out of its folder"),
        (tar_gz({"/evil": b"x"}), "leads out of its folder"),
        (tar_gz({}, odd("link", tarfile.SYMTYPE, "/etc/passwd")), "is a link or a device"),
        (tar_gz({}, odd("link", tarfile.LNKTYPE, "other")), "is a link or a device"),
        (tar_gz({}, odd("pipe", tarfile.FIFOTYPE)), "is a link or a device"),
        (tar_gz({"a": b"1"})[:-20], "not a complete tar.gz"),
        (b"no archive", "not a complete tar.gz"),
    ],
)
def test_nothing_leaves_the_folder(tmp_path, archive, words):
    path = tmp_path / "x.tar.gz"
    path.write_bytes(archive)
    with pytest.raises(BadData, match=words):
        stratifications.unpack(path, tmp_path / "inside")
    outside = {p.name for p in tmp_path.iterdir()} - {"x.tar.gz", "inside"}
    assert outside == set()


def test_a_path_twice(tmp_path):
    path = tmp_path / "x.tar.gz"
    path.write_bytes(tar_gz({"a": b"1", "./a": b"2"}))
    with pytest.raises(BadData, match="a path twice"):
        stratifications.unpack(path, tmp_path / "inside")


def unpacked(tmp_path, files):
    path = tmp_path / "x.tar.gz"
    path.write_bytes(tar_gz(files))
    return stratifications.unpack(path, tmp_path / "inside")


def test_sizes_and_checksums_of_the_files(tmp_path):
    files = unpacked(tmp_path, {"d/b": b"22", "a": b""})
    assert list(files) == ["a", "d/b"]
    assert files["d/b"]["bytes"] == 2
    assert files["a"]["sha256"].startswith("e3b0c442")  # of nothing
    assert (tmp_path / "inside/d/b").read_bytes() == b"22"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (None, "has 0 tables"),
        ("x\tUnion/none.bed.gz\n", "row 1 names a file that is not in the archive"),
        (TABLE + "\njust a name\n", "row 3 names a file"),
        ("\n# nothing\n", "is empty"),
    ],
)
def test_a_table_that_cannot_be_used(tmp_path, table, words):
    name = "GRCh38@all/GRCh38-all-stratifications.tsv"
    files = unpacked(tmp_path, BEDS | ({name: table.encode()} if table else {}))
    with pytest.raises(BadData, match=words):
        stratifications.table(files, tmp_path / "inside", "s")


def test_two_tables_are_one_too_many(tmp_path):
    name = "-all-stratifications.tsv"
    files = unpacked(tmp_path, {f"a{name}": b"", f"b{name}": b""})
    with pytest.raises(BadData, match="has 2 tables"):
        stratifications.table(files, tmp_path / "inside", "s")
