"""Links to what was fetched: what they are called, what they replace, and a kill between two."""

import errno
import os
import time
from pathlib import Path

import pysam
import pytest

from engines.contract.errors import BadData, BadUsage, CannotWrite, Transient
from engines.fetch import links
from engines.fetch.indexes import Indexes
from engines.fetch.items import Manner
from engines.fetch.manifest import read_manifest
from engines.fetch.roles import read_roles

HEAD = (
    "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=1000>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
)
ALL = ("small_variants", "structural_variants", "alignments", "metrics")


def vcf(folder, *positions, index=True):
    """A bgzipped VCF with records at these positions, and its index."""
    plain = folder / "made.vcf"
    plain.write_text(HEAD + "".join(f"chr1\t{at}\t.\tA\tT\t.\tPASS\t.\n" for at in positions))
    name = str(folder / "made.vcf.gz")
    pysam.tabix_compress(str(plain), name, force=True)
    pysam.tabix_index(name, preset="vcf", force=True)
    return Path(name).read_bytes(), Path(f"{name}.tbi").read_bytes()


def bam(folder):
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chr1", "LN": 1000}]}
    with pysam.AlignmentFile(str(folder / "made.bam"), "wb", header=header):
        pass
    return (folder / "made.bam").read_bytes()


def positions(path):
    with pysam.VariantFile(str(path)) as calls:
        return [record.pos for record in calls.fetch("chr1", 0, 1000)]


def put_run(lab, *at):
    data, index = vcf(lab.folder, *at)
    for name in ("S1.hard-filtered.gvcf.gz", "S1.sv.vcf.gz"):
        lab.store.put(f"/bucket/run/{name}", data)
    lab.store.put("/bucket/run/S1.hard-filtered.gvcf.gz.tbi", index)
    lab.store.put("/bucket/run/S1.bam", bam(lab.folder))
    lab.store.put("/bucket/run/qc/S1.mapping_metrics.csv", b"m")
    lab.store.put("/bucket/run/S1.vc_metrics.csv", b"v")
    lab.store.put("/bucket/run/S1.wgs_hist.csv", b"h")


def fetch(lab, *roles, source="s3://bucket/run/", **more):
    link = more.pop("link", lab.folder / "out")
    return lab.fetch(source, roles=read_roles(roles), link=link, **more)


def tree(folder):
    files = (path for path in folder.rglob("*") if not path.is_dir())
    names = (path.relative_to(folder).as_posix() for path in files)
    return sorted(name for name in names if not name.endswith(links.MARK))


def test_links_by_role_with_indexes_that_came_and_that_were_made(lab):
    put_run(lab, 5)
    data = fetch(lab, *ALL)
    out = lab.folder / "out"
    assert tree(out) == [
        "alignments.bam", "alignments.bam.bai", "metrics/S1.vc_metrics.csv",
        "metrics/qc/S1.mapping_metrics.csv", "small_variants.vcf.gz", "small_variants.vcf.gz.tbi",
        "structural_variants.vcf.gz", "structural_variants.vcf.gz.tbi",
    ]  # fmt: skip
    assert positions(out / "small_variants.vcf.gz") == [5]
    assert positions(out / "structural_variants.vcf.gz") == [5]
    assert (out / "small_variants.vcf.gz").samefile(lab.into / "S1.hard-filtered.gvcf.gz")
    assert not (out / "small_variants.vcf.gz").is_symlink()
    assert data["indexes"] == ["S1.bam.bai", "S1.sv.vcf.gz.tbi"]
    assert [each["path"] for each in data["links"]] == tree(out)
    roles = {row["name"]: row["roles"] for row in data["files"]}
    assert roles["S1.hard-filtered.gvcf.gz.tbi"] == ["small_variants"]
    assert any("1 of 7 files have no role" in note for note in data["notes"])
    before = {name: (out / name).stat().st_ino for name in tree(out)}
    assert fetch(lab, *ALL)["indexes"] == []
    assert {name: (out / name).stat().st_ino for name in tree(out)} == before


def test_without_roles_every_file_has_a_link_with_its_name(lab):
    put_run(lab, 5)
    fetch(lab)
    names = [name for name in tree(lab.into) if not name.startswith(".plumbline")]
    assert tree(lab.folder / "out") == names
    assert len(names) == 9


def test_indexes_that_are_as_they_were_stay_beside_a_new_file(lab):
    put_run(lab, 5)
    lab.store.put("/bucket/run/S1.hard-filtered.gvcf.gz.csi", b"some index")
    fetch(lab)
    before = tree(lab.folder / "out")
    data = vcf(lab.folder, 7)[0]
    lab.store.put("/bucket/run/S1.hard-filtered.gvcf.gz", data)
    fetch(lab)
    assert tree(lab.folder / "out") == before
    assert (lab.folder / "out" / "S1.hard-filtered.gvcf.gz").read_bytes() == data


def test_a_replaced_object_gets_new_links_and_old_ones_keep_the_old_bytes(lab):
    put_run(lab, 5)
    fetch(lab, *ALL, link=lab.folder / "old")
    put_run(lab, 7, 9)
    fetch(lab, *ALL, link=lab.folder / "new")
    for kind in ("small_variants", "structural_variants"):
        assert positions(lab.folder / "old" / f"{kind}.vcf.gz") == [5]
        assert positions(lab.folder / "new" / f"{kind}.vcf.gz") == [7, 9]  # its index is new, too


@pytest.mark.parametrize("cache", [True, False])
def test_a_link_whose_time_was_set_is_no_reason_to_fetch_again(lab, cache):
    """Snakemake sets it on what a job made; a hard link shares it with the file itself."""
    put_run(lab, 5)
    where = {"cache": cache, "manner": Manner(connections=4, overwrite=cache)}
    fetch(lab, "small_variants", **where)
    link = lab.folder / "out/small_variants.vcf.gz"
    inode = link.stat().st_ino
    os.utime(link, (2_000_000_000, 2_000_000_000))
    again = fetch(lab, "small_variants", **where)["totals"]
    assert (again["fetched"], again["here_already"], again["bytes_moved"]) == (0, 2, 0)
    assert link.stat().st_ino == inode

    os.utime(link, (2_000_000_001, 2_000_000_001))
    put_run(lab, 7)  # another object, of the same name
    assert fetch(lab, "small_variants", **where)["totals"]["fetched"] == 1  # its index is the same
    assert positions(link) == [7]

    content = bytearray(link.read_bytes())
    content[-40] ^= 1
    link.write_bytes(content)
    if cache:
        assert fetch(lab, "small_variants", **where)["totals"]["fetched"] == 1
        assert positions(link) == [7]
    else:
        with pytest.raises(CannotWrite, match="was not fetched from"):
            fetch(lab, "small_variants", **where)


def test_what_an_earlier_fetch_linked_does_not_stay(lab):
    put_run(lab, 5)
    fetch(lab, *ALL)
    for name in ("S1.bam", "S1.vc_metrics.csv", "S1.hard-filtered.gvcf.gz.tbi"):
        del lab.store.objects[f"/bucket/run/{name}"]
    lab.store.put("/bucket/run/S1.cram", b"no cram")
    lab.store.put("/bucket/run/S1.hard-filtered.gvcf.gz.csi", b"some index")
    lab.store.put("/bucket/run/S1.hard-filtered.gvcf.gz", vcf(lab.folder, 3)[0])
    fetch(lab, *ALL)
    found = tree(lab.folder / "out")
    assert "alignments.cram" in found
    assert "small_variants.vcf.gz.csi" in found
    assert not {"alignments.bam", "alignments.bam.bai", "small_variants.vcf.gz.tbi"} & set(found)
    assert [name for name in found if "metrics" in name] == ["metrics/qc/S1.mapping_metrics.csv"]


class Killed(BaseException):
    pass


def test_a_kill_between_any_two_steps_leaves_no_file_with_the_index_of_another(lab, monkeypatch):
    """Every step of the call is its last one, in turn."""
    of = dict([vcf(lab.folder, 5), vcf(lab.folder, 7, 9)])
    assert len(set(of.values())) == 2
    put_run(lab, 7, 9)
    roles, out = read_roles(["small_variants", "metrics"]), lab.folder / "out"
    lab.fetch("s3://bucket/run/", roles=roles)
    job = lab.job("s3://bucket/run/", roles=roles, link=out)
    items = lab.plan("s3://bucket/run/", roles=roles).items
    indexes = Indexes(lab.into, {item.name for item in items}, set(), lambda name: True)

    def link():
        return links.make_links(job, out, items, [], indexes)

    for last in range(100):
        as_it_was(lab, out)
        with monkeypatch.context() as patch:
            steps = iter(range(100))
            for owner, name in ((os, "link"), (os, "replace"), (os, "rename"), (Path, "unlink")):
                patch.setattr(owner, name, dying(getattr(owner, name), steps, last))
            try:
                link()
                break
            except Killed:
                pass
        calls = out / "small_variants.vcf.gz"
        index = Path(f"{calls}.tbi")
        if index.exists():
            assert index.read_bytes() == of[calls.read_bytes()]
        link()
        assert positions(calls) == [7, 9]
        assert (out / "metrics" / "S1.vc_metrics.csv").read_bytes() == b"v"
        assert not (out / "metrics" / "old.csv").exists()
    assert last > 8  # four links, an index and its file away and back, two folders


def dying(action, steps, last):
    """The action, which is the end where it is the step that is to be the last one."""

    def step(*arguments, **more):
        if next(steps) == last:
            raise Killed
        return action(*arguments, **more)

    return step


def as_it_was(lab, out):
    """What the first call left: other bytes, other metrics."""
    data, index = vcf(lab.folder, 5)
    (out / "metrics").mkdir(parents=True, exist_ok=True)
    (out / "metrics" / links.MARK).touch()
    for name, content in (("small_variants.vcf.gz", data), ("small_variants.vcf.gz.tbi", index)):
        (out / name).unlink(missing_ok=True)
        (out / name).write_bytes(content)
    (out / "metrics" / "old.csv").write_bytes(b"old")


def test_a_folder_in_the_place_of_a_link_is_refused_before_anything_comes(lab):
    put_run(lab, 5)
    (lab.folder / "out" / "small_variants.vcf.gz").mkdir(parents=True)
    with pytest.raises(CannotWrite, match="is a folder"):
        fetch(lab, "small_variants")
    assert not lab.into.exists()


def test_a_folder_that_is_not_ours_is_not_made_anew(lab):
    put_run(lab, 5)
    metrics = lab.folder / "out" / "metrics"
    metrics.mkdir(parents=True)
    fetch(lab, "metrics")  # empty: nothing is lost
    links_of_ours = tree(metrics)
    (metrics / links.MARK).unlink()
    with pytest.raises(CannotWrite, match="was not made by --link"):
        fetch(lab, "metrics")
    assert tree(metrics) == links_of_ours
    with pytest.raises(CannotWrite, match="is a file"):
        fetch(lab, "metrics", link=metrics / "S1.vc_metrics.csv" / "out")
    (lab.folder / "file").mkdir()
    (lab.folder / "file" / "metrics").touch()
    with pytest.raises(CannotWrite, match="is a file"):
        fetch(lab, "metrics", link=lab.folder / "file")


def test_links_never_take_the_place_of_the_files(lab):
    put_run(lab, 5)
    with pytest.raises(BadUsage, match="where the files themselves are"):
        fetch(lab, "small_variants", link=lab.into)
    with pytest.raises(BadUsage, match="holds the files themselves"):
        links._check_folder(lab.folder, lab.into.resolve())


def test_metrics_of_one_name_from_two_folders(lab):
    put_run(lab, 5)
    lab.store.put("/bucket/more/S1.vc_metrics.csv", b"2")
    sources = ("s3://bucket/run/", "s3://bucket/more/")
    with pytest.raises(BadData, match=r"would both become metrics/S1\.vc_metrics\.csv"):
        lab.fetch(*sources, roles=read_roles(["metrics"]), link=lab.folder / "out", cache=True)


def test_symbolic_links_where_there_can_be_no_hard_ones(lab, monkeypatch):
    def no_link(*_, **__):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    put_run(lab, 5)
    monkeypatch.setattr(links.os, "link", no_link)
    for _ in range(2):
        data = fetch(lab, "small_variants", "metrics")
        assert positions(lab.folder / "out" / "small_variants.vcf.gz") == [5]
    assert {each["kind"] for each in data["links"]} == {"symbolic"}
    assert any("4 of 4 links are symbolic" in note for note in data["notes"])
    assert (lab.folder / "out" / "small_variants.vcf.gz").is_symlink()


def test_a_file_that_another_call_replaced_is_not_linked_as_ours(lab, monkeypatch):
    put_run(lab, 5)
    real = links._planned

    def replaced(*arguments):
        (lab.into / "new").write_bytes(b"of another call")
        os.replace(lab.into / "new", lab.into / "S1.hard-filtered.gvcf.gz")
        return real(*arguments)

    monkeypatch.setattr(links, "_planned", replaced)
    with pytest.raises(Transient, match="was replaced by another call"):
        fetch(lab, "small_variants")
    assert tree(lab.folder / "out") == []


def test_no_links_before_all_files_are_here(lab, capsys):
    put_run(lab, 5)
    lab.store.objects["/bucket/run/S1.vc_metrics.csv"].etag = f'"{"0" * 32}"'
    with pytest.raises(BadData):
        fetch(lab, "metrics")
    assert "no links are made" in capsys.readouterr().err
    assert not (lab.folder / "out").exists()


def test_what_a_killed_call_left_goes_after_a_day(lab):
    put_run(lab, 5)
    old, young = (lab.folder / "out" / f"{links.SCRATCH}{name * 8}" for name in "ab")
    for folder in (old, young):
        folder.mkdir(parents=True)
    yesterday = time.time() - 25 * 3600
    os.utime(old, (yesterday, yesterday))
    fetch(lab, "metrics")
    assert not old.exists()
    assert young.exists()


def test_one_file_of_the_web_with_the_index_beside_it(lab):
    data, index = vcf(lab.folder, 5)
    lab.store.put("/web/HG002.vcf.gz", data)
    lab.store.put("/web/HG002.vcf.gz.tbi", index)
    roles = read_roles(["small_variants"], "plain")
    out = lab.folder / "out"
    found = lab.fetch(f"{lab.store.url}/web/HG002.vcf.gz", roles=roles, link=out)
    assert [row["name"] for row in found["files"]] == ["HG002.vcf.gz", "HG002.vcf.gz.tbi"]
    assert found["indexes"] == []
    assert tree(out) == ["small_variants.vcf.gz", "small_variants.vcf.gz.tbi"]
    signed = f"{lab.store.url}/web/HG002.vcf.gz?Signature=x"
    found = lab.fetch(signed, roles=roles, link=out, cache=True)
    assert found["indexes"]  # nobody signed for the index: it is made


def test_a_key_and_a_row_of_a_manifest_bring_their_index_too(lab):
    put_run(lab, 5)
    found = fetch(lab, "small_variants", source="s3://bucket/run/S1.hard-filtered.gvcf.gz")
    assert len(found["files"]) == 2
    manifest = lab.folder / "m.tsv"
    manifest.write_text("source\ns3://bucket/run/S1.hard-filtered.gvcf.gz\n")
    assert len(read_manifest(manifest, None)) == 1
    roles = read_roles(["small_variants"])
    assert len(lab.plan(manifest=manifest, roles=roles).items) == 2
    assert len(lab.plan(manifest=manifest, roles=roles, exclude=("*.tbi",)).items) == 1


def test_an_empty_index_is_none(lab):
    put_run(lab, 5)
    lab.store.put("/bucket/run/S1.hard-filtered.gvcf.gz.tbi", b"")
    assert fetch(lab, "small_variants")["indexes"] == ["S1.hard-filtered.gvcf.gz.tbi"]
    assert positions(lab.folder / "out" / "small_variants.vcf.gz") == [5]
