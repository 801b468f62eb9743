"""What is listed, under which names, and what is refused before a byte is fetched."""

import hashlib

import pytest
from range_store import Fault

from engines.contract.errors import BadData, BadUsage, InputMissing, NotPermitted
from engines.fetch.names import safe_name, wanted


def names(plan):
    return [item.name for item in plan.items]


def test_every_page_is_listed_and_the_globs_choose(lab):
    lab.store.page = 3
    for number in range(10):
        lab.store.put(f"/bucket/runs/S1/f{number}.csv", b"x" * number)
    lab.store.put("/bucket/runs/S1/S1.vcf.gz", b"v")
    lab.store.put("/bucket/runs/S1/", b"")
    lab.store.fail("/bucket", Fault(503, "SlowDown"))
    plan = lab.plan("s3://bucket/runs/S1/", include=("*.csv", "*.vcf.gz"), exclude=("f[0-6].csv",))
    assert names(plan) == ["S1.vcf.gz", "f7.csv", "f8.csv", "f9.csv"]
    assert plan.bytes == 1 + 7 + 8 + 9
    assert any("7 of 11 files are left out" in note for note in plan.notes)
    assert any("1 markers of folders" in note for note in plan.notes)
    assert len(lab.waits) == 1
    assert lab.store.sent == {}


def test_a_prefix_inside_a_name_and_an_exact_key(lab):
    for name in ("S1.vcf.gz", "S1.vcf.gz.tbi", "S10.vcf.gz"):
        lab.store.put(f"/bucket/run/{name}", b"x")
    assert names(lab.plan("s3://bucket/run/S1.")) == ["S1.vcf.gz", "S1.vcf.gz.tbi"]
    assert names(lab.plan("s3://bucket/run/S1.vcf.gz")) == ["S1.vcf.gz"]


def test_nothing_there_and_nothing_wanted(lab):
    with pytest.raises(InputMissing, match="nothing there"):
        lab.plan("s3://bucket/none/")
    lab.store.put("/bucket/run/a.txt", b"x")
    with pytest.raises(InputMissing, match="none of 1 files is wanted") as failure:
        lab.plan("s3://bucket/run/", include=("*.bam",))
    assert "a.txt" in failure.value.hint


def test_a_listing_that_is_refused(lab):
    lab.store.put("/bucket/a", b"x")
    lab.store.fail("/bucket", Fault(403, "AccessDenied"))
    with pytest.raises(NotPermitted, match="403 AccessDenied"):
        lab.plan("s3://bucket/")


def test_odd_characters_are_made_safe_and_said_and_still_fetched(lab):
    lab.store.put("/bucket/run/a b+ü&'%41\n.txt", b"odd")
    data = lab.fetch("s3://bucket/run/")
    assert data["files"][0]["name"] == "a_b+ü___41_.txt"
    assert lab.read("a_b+ü___41_.txt") == b"odd"
    assert any(note.endswith("is written as a_b+ü___41_.txt") for note in data["notes"])


@pytest.mark.parametrize("key", ["../x", "a//b", "/x", "a/../../x", ".plumbline-fetch/x"])
def test_names_that_leave_the_folder_are_refused(lab, key):
    lab.store.put(f"/bucket/run/{key}", b"x")
    with pytest.raises(BadData):
        lab.plan("s3://bucket/run/")


def test_two_files_of_one_name_and_a_file_where_a_folder_is_needed(lab):
    for key in ("one/a.txt", "two/a.txt"):
        lab.store.put(f"/bucket/{key}", b"x")
    with pytest.raises(BadData, match=r"would both become a.txt"):
        lab.plan("s3://bucket/one/", "s3://bucket/two/")
    lab.store.put("/bucket/three/a", b"x")
    lab.store.put("/bucket/three/a/b", b"x")
    with pytest.raises(BadData, match="needs a folder a"):
        lab.plan("s3://bucket/three/")


def test_a_file_with_the_name_of_the_summary(lab):
    lab.store.put("/bucket/run/fetch.summary.json", b"x")
    with pytest.raises(BadData, match="plumbline's own file"):
        lab.plan("s3://bucket/run/", out=lab.into / "fetch")


@pytest.mark.parametrize("source", ["bucket/x", "ftp://h/x", "s3://", "https://me:pw@host/x"])
def test_addresses_that_are_none(lab, source):
    with pytest.raises(BadUsage):
        lab.plan(source)


def test_a_manifest(lab):
    lab.store.put("/bucket/S7.txt", b"hello")
    manifest = lab.folder / "m.tsv"
    md5, crc32c = hashlib.md5(b"hello").hexdigest(), "9a71bb4c"
    rows = f"s3://bucket/{{sample}}.txt\tin/{{sample}}.txt\t5\t{md5}\t{crc32c}\n"
    manifest.write_text("# ours\nsource\tname\tbytes\tmd5\tcrc32c\n" + rows)
    data = lab.fetch(manifest=manifest, sample="S7")
    assert lab.read("in/S7.txt") == b"hello"
    expected = ["md5 (the manifest)", "crc32c (the manifest)", "md5 (the ETag)"]
    assert data["files"][0]["verified"] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("source\n", "names no file"),
        ("sorce\ns3://b/x\n", "did you mean source"),
        ("source\tbytes\ns3://bucket/x\tmany\n", "line 2: bytes"),
        ("source\tmd5\ns3://bucket/x\tabc\n", "line 2: md5"),
        ("source\tbytes\ns3://bucket/x\t6\n", "has 5 bytes, but 6 by the manifest"),
        ("source\ns3://bucket/x\ta\n", "line 2: has 2 columns"),
    ],
)
def test_manifests_that_cannot_be_used(lab, text, message):
    lab.store.put("/bucket/x", b"hello")
    manifest = lab.folder / "m.tsv"
    manifest.write_text(text)
    with pytest.raises(BadData) as failure:
        lab.plan(manifest=manifest)
    assert message in failure.value.message


def test_a_sample_that_nobody_named(lab):
    manifest = lab.folder / "m.tsv"
    manifest.write_text("source\ns3://bucket/{sample}\n")
    with pytest.raises(BadUsage, match=r"has \{sample\} in it"):
        lab.plan(manifest=manifest)


def test_a_manifest_with_another_checksum_or_a_missing_object(lab):
    lab.store.put("/bucket/x", b"hello")
    manifest = lab.folder / "m.tsv"
    manifest.write_text(f"source\tmd5\ns3://bucket/x\t{'0' * 32}\n")
    with pytest.raises(BadData, match="by the manifest, twice"):
        lab.fetch(manifest=manifest)
    manifest.write_text("source\ns3://bucket/none\n")
    with pytest.raises(InputMissing, match="answers 404"):
        lab.fetch(manifest=manifest)


def test_https_by_ranges_with_its_sidecar(lab):
    data = bytes(range(256)) * 1000
    lab.store.put("/web/x.bin", data)
    lab.store.put("/web/x.bin.md5", hashlib.md5(data).hexdigest().encode())
    result = lab.fetch(f"{lab.store.url}/web/x.bin?token=secret")
    assert result["files"][0]["source"] == f"{lab.store.url}/web/x.bin?…"
    assert result["files"][0]["verified"] == []
    assert len(lab.store.requests("/web/x.bin")) == 4
    (lab.into / "x.bin").unlink()
    result = lab.fetch(f"{lab.store.url}/web/x.bin")
    assert result["files"][0]["verified"] == ["md5 (x.bin.md5)"]
    assert lab.read("x.bin") == data


def test_a_web_server_without_ranges_is_streamed(lab):
    lab.store.ranges = False
    lab.store.put("/web/x.bin", b"stream" * 1000)
    assert lab.fetch(f"{lab.store.url}/web/x.bin")["totals"]["fetched"] == 1
    assert lab.read("x.bin") == b"stream" * 1000
    assert lab.fetch(f"{lab.store.url}/web/x.bin")["totals"]["here_already"] == 1


def test_a_redirect_is_followed_on_the_web(lab):
    lab.store.put("/web/x.bin", b"old name")
    lab.store.put("/web/y.bin", b"new name")
    lab.store.objects["/web/y.bin"].etag = lab.store.objects["/web/x.bin"].etag
    lab.store.fail("/web/x.bin", Fault(302, headers={"Location": "/web/y.bin"}))
    lab.fetch(f"{lab.store.url}/web/x.bin")
    assert lab.read("x.bin") == b"new name"


def test_files_and_folders(lab):
    folder = lab.folder / "from"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.txt").write_bytes(b"a" * 200_000)
    (folder / "b c.txt").write_bytes(b"")
    lab.fetch(f"file://{folder}")
    assert lab.read("sub/a.txt") == b"a" * 200_000
    assert lab.read("b_c.txt") == b""
    with pytest.raises(InputMissing, match="no such file"):
        lab.plan(f"file://{folder}/none")


def test_globs_look_at_the_path_and_at_the_name():
    assert wanted("a/b.vcf", ["*.vcf"], [])
    assert wanted("a/b.vcf", ["a/*"], [])
    assert not wanted("a/b.vcf", [], ["b.*"])
    assert safe_name("-rf", "s") == "_rf"
    with pytest.raises(BadData, match="more than 240 bytes"):
        safe_name("x" * 241, "s")
