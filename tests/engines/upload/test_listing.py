"""What is uploaded, and what never is: counted, and said why."""

import os

import pytest

from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.upload import listing


def names(lab, **more):
    return [file.name for file in listing.list_files(lab.job(**more)).files]


def left_out(lab, **more):
    return listing.list_files(lab.job(**more)).left_out


def test_hidden_files_and_folders_never_go(lab):
    lab.write("a", b"1")
    lab.write(".secret", b"1")
    lab.write(".snakemake/log/x.log", b"1")
    lab.write("sub/.cache/x", b"1")
    assert names(lab, include=("*",)) == ["a"]
    assert left_out(lab)[listing.HIDDEN] == [".secret", ".snakemake", "sub/.cache"]


def test_links_that_lead_out_are_counted_and_those_within_are_followed(lab, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"no")
    lab.write("sub/real", b"yes")
    (lab.folder / "inside").symlink_to("sub/real")
    (lab.folder / "out").symlink_to(outside / "secret")
    (lab.folder / "folder").symlink_to(outside)
    (lab.folder / "sub/again").symlink_to("..")
    (lab.folder / "broken").symlink_to("nowhere")
    (lab.folder / "loop").symlink_to("loop")
    os.mkfifo(lab.folder / "pipe")
    data = lab.upload()
    assert lab.objects() == {"run7/inside": b"yes", "run7/sub/real": b"yes"}
    assert {row["why"]: row["files"] for row in data["left_out"]} == {
        listing.LINKS_OUT: 2,
        listing.LINKS_FOLDER: 1,
        listing.LINKS_BROKEN: 2,
        listing.SPECIAL: 1,
    }
    assert any(
        "2 left out, links that lead out of the folder: folder, out" in n for n in data["notes"]
    )


def test_a_folder_that_is_itself_a_link(lab, tmp_path):
    lab.write("a", b"1")
    (tmp_path / "link").symlink_to(lab.folder)
    assert names(lab, folder=tmp_path / "link") == ["a"]


def test_logs_of_another_user_never_go(lab, monkeypatch):
    lab.write("a.log", b"1")
    lab.write("b.txt", b"1")
    assert names(lab) == ["a.log", "b.txt"]
    monkeypatch.setattr(os, "geteuid", lambda: (lab.folder / "a.log").stat().st_uid + 1)
    assert names(lab, include=("*",)) == ["b.txt"]
    assert left_out(lab)[listing.LOGS] == ["a.log"]


def test_globs(lab):
    for name in ("a.vcf.gz", "sub/b.vcf.gz", "sub/c.txt"):
        lab.write(name, b"1")
    assert names(lab, include=("*.vcf.gz",)) == ["a.vcf.gz", "sub/b.vcf.gz"]
    assert names(lab, include=("sub/*",), exclude=("*.txt",)) == ["sub/b.vcf.gz"]
    assert left_out(lab, exclude=("a*",))[listing.GLOBS] == ["a.vcf.gz"]


def test_its_own_outputs_do_not_go(lab):
    lab.write("a", b"1")
    for _ in range(2):
        lab.upload(out=lab.folder / "upload")
    assert lab.objects() == {"run7/a": b"1"}
    assert (lab.folder / "upload.summary.json").exists()
    assert not (lab.folder / ".plumbline-upload").exists() or not lab.journals()


ODD = ["a b+c%20.txt", "ü/Ω 😀.txt", "&<>\"'`$;?#[]{}^~|\\.txt", "-rf", "a//b".replace("//", "/")]


def test_odd_names_arrive_as_they_are(lab):
    for name in ODD:
        lab.write(name, name.encode())
    data = lab.upload()
    assert lab.objects() == {f"run7/{name}": name.encode() for name in ODD}
    assert lab.upload()["totals"]["there_already"] == len(ODD)
    assert sorted(row["key"] for row in data["files"]) == sorted(f"run7/{name}" for name in ODD)


@pytest.mark.parametrize("name", [b"bad\xff.txt", b"two\nlines", b"bell\x07"])
def test_names_that_are_no_keys_are_refused_before_anything_is_sent(lab, name):
    lab.write("a", b"1")
    with open(os.fsencode(lab.folder) + b"/" + name, "wb"):
        pass
    with pytest.raises(BadData) as failure:
        lab.upload()
    assert failure.value.message.isprintable()
    assert lab.objects() == {}
    pattern = os.fsdecode(name[:3]) + "*"
    assert lab.upload(exclude=(pattern,))["totals"]["sent"] == 1


def test_a_key_that_is_too_long_is_refused(lab):
    lab.write("/".join(["d" * 200] * 5) + "/file", b"1")
    lab.write("b", b"1")
    lab.upload(to=f"s3://{lab.bucket}")
    with pytest.raises(BadData, match="a key of 1029 bytes"):
        lab.upload(to=f"s3://{lab.bucket}/{'p' * 19}")


def test_nothing_to_upload(lab):
    with pytest.raises(InputMissing, match="no such folder"):
        lab.upload()
    lab.folder.mkdir()
    with pytest.raises(InputMissing, match="nothing to upload"):
        lab.upload()
    lab.write(".hidden", b"1")
    lab.write("a", b"1")
    with pytest.raises(InputMissing, match="2 are left out, such as"):
        lab.upload(include=("*.vcf.gz",))
    with pytest.raises(BadUsage, match="no folder"):
        lab.upload(folder=lab.folder / "a")
