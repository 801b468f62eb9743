"""Databases of resistance: out of a commit's archive, each file as the catalogue says."""

import hashlib
from dataclasses import replace

import pytest
from small_mirror import put, tar_gz

from engines.contract.errors import BadData, BadUsage
from engines.references import catalogue, resistance
from engines.references.cache import Shelf
from engines.references.catalogue import File
from engines.references.ensure import Access, ensure

FILES = {"all.fsa": b">a\nACGT\n", "sub/genes.txt": b"gyrA\n"}
CONTENTS = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}


def packed(files, inside=""):
    top = "resfinder_db-5eef454/" + (f"{inside}/" if inside else "")
    return tar_gz({top + name: data for name, data in files.items()})


def entry(inside=""):
    found = catalogue.load().choose("resfinder")
    archive = File(f"{found.files['archive'].tail}", None, None, None)
    return replace(found, files={"archive": archive}, contents=CONTENTS, inside=inside)


@pytest.mark.parametrize("inside", ["", "folder"])
def test_only_what_the_catalogue_names_is_kept(cache, mirror, inside):
    wanted = entry(inside)
    put(mirror, wanted, "archive", packed(FILES | {"INSTALL.py": b"evil", "../up": b""}, inside))
    shelf = ensure(wanted, cache, Access(mirror.as_uri()))
    folder = shelf.folder / "resfinder_db"
    kept = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert kept == FILES
    (folder / "all.fsa").write_bytes(b">a\nACGA\n")
    assert "other bytes" in shelf.faults(rehash=True)["resfinder_db"]
    # packed anew by its publisher, with the same files: that is the same database
    put(mirror, wanted, "archive", packed(FILES | {"README": b"new"}, inside))
    ensure(wanted, cache, Access(mirror.as_uri(), verify=True))
    assert (folder / "all.fsa").read_bytes() == FILES["all.fsa"]


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (packed(FILES | {"all.fsa": b">a\nACGA\n"}), "all.fsa has the sha256"),
        (packed({"all.fsa": FILES["all.fsa"]}), "has no sub/genes.txt"),
        (packed(FILES)[:-20], "truncated|complete|web page"),
        (b"<html>", "is a web page"),
    ],
)
def test_another_archive_is_refused_and_leaves_nothing(cache, mirror, archive, words):
    wanted = entry()
    put(mirror, wanted, "archive", archive)
    with pytest.raises(BadData, match=words):
        ensure(wanted, cache, Access(mirror.as_uri()))
    assert not Shelf(cache, wanted).folder.exists()


def test_a_link_in_the_archive_is_no_file_of_it(tmp_path):
    import tarfile

    link = tarfile.TarInfo("x/all.fsa")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    path = tmp_path / "x.tar.gz"
    path.write_bytes(tar_gz({}, link))
    with pytest.raises(BadData, match=r"has no all\.fsa"):
        resistance.unpack(path, tmp_path / "out", "", CONTENTS)


def test_resistance_belongs_to_no_build_and_amr_is_all_of_them():
    for kind in catalogue.GROUPS["amr"]:
        assert catalogue.load().choose(kind).contents
        with pytest.raises(BadUsage, match="belongs to no build"):
            catalogue.load().choose(kind, "GRCh38")
