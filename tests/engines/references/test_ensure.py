"""Filling the cache: every kind, every way it can go wrong, and what stays behind."""

import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pysam
import pytest
from fault_server import Answer
from jsonschema import Draft202012Validator
from s3_store import s3_admin, s3_store, use_store
from small_files import write_vcf
from small_mirror import (
    BEDS,
    CONTIGS,
    FASTA,
    files,
    of,
    put,
    put_genome,
    put_stratifications,
    put_truth,
    tar_gz,
    truth_entry,
    unreachable,
)

from engines.contract.errors import (
    BadData,
    BadUsage,
    CannotWrite,
    InputMissing,
    NotPermitted,
    Transient,
)
from engines.references import catalogue, index
from engines.references.cache import Receipt, Shelf
from engines.references.ensure import Access, ensure
from engines.transfer import sources
from engines.transfer.download import Patience

TRUTH = truth_entry()
GENOME = catalogue.load().choose("genome", "GRCh38")
STRATIFICATIONS = catalogue.load().choose("stratifications", "GRCh38")
SCHEMA = json.loads(
    (catalogue.ROOT / "workflow/schemas/references.receipt.schema.json").read_text()
)
RECEIPT = Draft202012Validator({"$ref": "#/$defs/file", "$defs": SCHEMA["$defs"]})


# --- each kind ----------------------------------------------------------------


def test_a_truth_is_fetched_under_plain_names_with_receipts(cache, mirror):
    put_truth(mirror, TRUTH)
    shelf = ensure(TRUTH, cache, of(mirror))
    assert shelf.folder == cache / "small_variants/GRCh38/HG003/v4.2.1"
    names = {"truth.vcf.gz", "truth.vcf.gz.tbi", "confident.bed"}
    assert files(shelf.folder) == names | {f"{name}.json" for name in names}
    assert files(cache) == {f"small_variants/GRCh38/HG003/v4.2.1/{n}" for n in files(shelf.folder)}
    published = (mirror / TRUTH.files["vcf"].tail).read_bytes()
    assert (shelf.folder / "truth.vcf.gz").read_bytes() == published
    receipt = json.loads((shelf.folder / "truth.vcf.gz.json").read_text())
    RECEIPT.validate(receipt)
    assert receipt["bytes"] == len(published)
    assert receipt["sha256"] == hashlib.sha256(published).hexdigest()
    assert receipt["md5"] == hashlib.md5(published).hexdigest()
    assert receipt["source"] == f"{mirror.as_uri()}/{TRUTH.files['vcf'].tail}"
    assert receipt["pinned_by"] == "first download"
    assert receipt["made"] is None
    with pysam.VariantFile(str(shelf.folder / "truth.vcf.gz")) as vcf:
        assert len(list(vcf.fetch("chr1", 0, 1000))) == 10


def test_what_is_there_is_not_fetched_again(cache, mirror):
    put_truth(mirror, TRUTH)
    ensure(TRUTH, cache, of(mirror))
    unreachable(mirror)
    before = {name: (cache / name).stat().st_mtime_ns for name in files(cache)}
    ensure(TRUTH, cache, of(mirror))
    ensure(TRUTH, cache, Access(offline=True, verify=True))
    assert {name: (cache / name).stat().st_mtime_ns for name in files(cache)} == before


def test_an_index_that_the_publisher_lacks_is_made(cache, mirror, capsys):
    put_truth(mirror, TRUTH)
    (mirror / TRUTH.files["tbi"].tail).unlink()
    shelf = ensure(TRUTH, cache, of(mirror))
    receipt = json.loads((shelf.folder / "truth.vcf.gz.tbi.json").read_text())
    RECEIPT.validate(receipt)
    assert receipt["made"].startswith("index by htslib")
    assert receipt["source"] is None
    assert "an index is made here" in capsys.readouterr().err
    with pysam.VariantFile(str(shelf.folder / "truth.vcf.gz")) as vcf:
        assert len(list(vcf.fetch("chr2"))) == 1


def test_a_compressed_bed_is_decompressed(cache, mirror):
    entry = catalogue.load().choose("structural_variants", "GRCh38", "HG002", "TR-v1.0.1")
    free = {role: replace(file, sha256=None) for role, file in entry.files.items()}
    entry = replace(entry, files=free)
    put_truth(mirror, entry)
    put(mirror, entry, "bed", gzip.compress(b"chr1\t0\t100\n"))
    shelf = ensure(entry, cache, of(mirror))
    assert (shelf.folder / "confident.bed").read_bytes() == b"chr1\t0\t100\n"
    receipt = json.loads((shelf.folder / "confident.bed.json").read_text())
    RECEIPT.validate(receipt)
    assert receipt["made"] == "decompressed"
    assert receipt["bytes"] == 11 != receipt["download"]["bytes"]


@pytest.mark.parametrize("bgzf", [True, False])
def test_a_genome_is_bgzf_with_both_indexes_however_it_was_published(cache, mirror, bgzf):
    put_genome(mirror, GENOME, bgzf)
    shelf = ensure(GENOME, cache, of(mirror))
    names = {"genome.fa.gz", "genome.fa.gz.fai", "genome.fa.gz.gzi"}
    assert files(cache) == {
        f"genome/GRCh38/no_alt/{name}{end}" for name in names for end in ("", ".json")
    }
    with pysam.FastaFile(str(shelf.folder / "genome.fa.gz")) as genome:
        assert list(genome.references) == list(CONTIGS)
        assert genome.fetch("chr2", 0, 8) == "ACGTTGCA"
    assert gzip.decompress((shelf.folder / "genome.fa.gz").read_bytes()) == FASTA
    receipt = json.loads((shelf.folder / "genome.fa.gz.json").read_text())
    RECEIPT.validate(receipt)
    published = (mirror / GENOME.files["fasta"].tail).read_bytes()
    assert receipt["download"]["sha256"] == hashlib.sha256(published).hexdigest()
    assert (receipt["made"] is None) == bgzf


def test_stratifications_are_unpacked_and_their_table_works_from_where_it_lies(cache, mirror):
    put_stratifications(mirror, STRATIFICATIONS)
    shelf = ensure(STRATIFICATIONS, cache, of(mirror))
    rows = (shelf.folder / "stratifications.tsv").read_text().splitlines()
    names, paths = zip(*(row.split("\t") for row in rows), strict=True)
    assert names == ("alldifficult", "homopolymers")
    for path in paths:
        assert gzip.decompress((shelf.folder / path).read_bytes()).startswith(b"chr")
    receipt = json.loads((shelf.folder / "stratifications.json").read_text())
    RECEIPT.validate(receipt)
    assert receipt["made"] == "unpacked, 3 files"
    assert not list(cache.rglob("*.tar.gz"))


def test_a_lost_table_is_made_from_what_is_there(cache, mirror):
    put_stratifications(mirror, STRATIFICATIONS)
    shelf = ensure(STRATIFICATIONS, cache, of(mirror))
    table = (shelf.folder / "stratifications.tsv").read_bytes()
    (shelf.folder / "stratifications.tsv").unlink()
    unreachable(mirror)
    ensure(STRATIFICATIONS, cache, of(mirror))
    assert (shelf.folder / "stratifications.tsv").read_bytes() == table


def test_a_mirror_in_s3(cache, mirror, monkeypatch):
    put_truth(mirror, TRUTH)
    with s3_store() as endpoint:
        admin = s3_admin(endpoint)
        admin.create_bucket(Bucket="lab")
        for file in TRUTH.files.values():
            admin.upload_file(str(mirror / file.tail), "lab", f"giab/{file.tail}")
        use_store(monkeypatch, endpoint, "me")
        shelf = ensure(TRUTH, cache, Access(mirror="s3://lab/giab/"))
        sources.s3_client.cache_clear()
    receipt = shelf.receipt("truth.vcf.gz")
    assert receipt.source == f"s3://lab/giab/{TRUTH.files['vcf'].tail}"


# --- what is fetched and is not right -----------------------------------------


def refused(entry, cache, access, error, words):
    """It ends in ``error``, and the cache has not one file of it."""
    with pytest.raises(error, match=words) as failure:
        ensure(entry, cache, access)
    assert files(cache) == set()
    return failure.value


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"<!doctype html><title>404</title>", "is a web page"),
        (gzip.compress(b"##fileformat=VCFv4.2\n"), "not compressed with BGZF"),
        (b"##fileformat=VCFv4.2\n", "not a complete gzip"),
    ],
)
def test_a_truth_that_is_none(cache, mirror, data, words):
    put_truth(mirror, TRUTH)
    put(mirror, TRUTH, "vcf", data)
    refused(TRUTH, cache, of(mirror), BadData, words)


def test_a_truth_without_records(cache, mirror):
    put_truth(mirror, TRUTH)
    write_vcf(mirror / TRUTH.files["vcf"].tail, [], CONTIGS, ["HG003"])
    refused(TRUTH, cache, of(mirror), BadData, "without any record")


def test_a_truth_without_genotypes(cache, mirror):
    put_truth(mirror, TRUTH)
    text = (
        "##fileformat=VCFv4.2\n##contig=<ID=chr1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    )
    with pysam.BGZFile(str(mirror / TRUTH.files["vcf"].tail), "wb") as out:
        out.write(f"{text}chr1\t5\t.\tA\tC\t.\tPASS\t.\n".encode())
    refused(TRUTH, cache, of(mirror), BadData, "without any sample")


def test_a_truncated_truth(cache, mirror):
    put_truth(mirror, TRUTH)
    vcf = mirror / TRUTH.files["vcf"].tail
    vcf.write_bytes(vcf.read_bytes()[:-40])
    refused(TRUTH, cache, of(mirror), BadData, "not a complete gzip")


def test_an_unsorted_truth_does_not_stay_in_the_way_of_the_repaired_one(cache, mirror):
    put_truth(mirror, TRUTH)
    vcf, tbi = (mirror / TRUTH.files[role].tail for role in ("vcf", "tbi"))
    tbi.unlink()
    good = vcf.read_bytes()
    lines = gzip.decompress(good).decode().splitlines(keepends=True)
    with pysam.BGZFile(str(vcf), "wb") as out:
        out.write("".join([*lines[:-3], lines[-2], lines[-3], lines[-1]]).encode())
    refused(TRUTH, cache, of(mirror), BadData, "cannot be indexed")
    vcf.write_bytes(good)
    assert ensure(TRUTH, cache, of(mirror)).faults(rehash=True) == {}


def test_other_bytes_than_the_catalogue_knows(cache, mirror):
    """HG002 is pinned by md5 and sha256: our small file cannot stand for it."""
    entry = truth_entry("HG002", "GRCh37")
    put_truth(mirror, entry)
    error = refused(entry, cache, of(mirror), BadData, "md5 is .*, but ca24fb39.* by the catalogue")
    assert "resources" in error.hint


@pytest.mark.parametrize(
    ("role", "data", "words"),
    [
        ("bed", b"chr1\t5\n", "row 1 is no interval"),
        ("bed", b"chr1\t5\t9\nchr1\t9\t3\n", "row 2 is no interval"),
        ("bed", b"# nothing\n", "has no interval"),
        ("tbi", b"x", "is no index|not a complete"),
    ],
)
def test_a_bad_companion_never_enters(cache, mirror, role, data, words):
    put_truth(mirror, TRUTH)
    put(mirror, TRUTH, role, data)
    with pytest.raises(BadData, match=words):
        ensure(TRUTH, cache, of(mirror))
    product = {"bed": "confident.bed", "tbi": "truth.vcf.gz.tbi"}[role]
    assert not [name for name in files(cache) if product in name or "part" in name]


def test_the_index_of_another_file_never_enters(cache, mirror):
    put_truth(mirror, TRUTH)
    other = write_vcf(mirror / "other.vcf.gz", [("chr7", 5, "A", "C", "0/1")], {"chr7": 50}, ["X"])
    put(mirror, TRUTH, "tbi", other.with_name("other.vcf.gz.tbi").read_bytes())
    with pytest.raises(BadData, match=r"\.tbi: is"):
        ensure(TRUTH, cache, of(mirror))
    assert "truth.vcf.gz.tbi" not in str(files(cache))


def test_a_genome_that_is_none(cache, mirror):
    put(mirror, GENOME, "fasta", gzip.compress(b"not a sequence\n" * 9))
    refused(GENOME, cache, of(mirror), BadData, "cannot be indexed|no sequence")


def test_an_archive_that_is_none(cache, mirror):
    put(mirror, STRATIFICATIONS, "archive", gzip.compress(b"no tar"))
    refused(STRATIFICATIONS, cache, of(mirror), BadData, "not a complete tar.gz|0 tables")


NAME = "GRCh38@all/GRCh38-all-stratifications.tsv"


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (tar_gz({"a": b"1", "a/b/c": b"2"}), "path of c is unusable"),
        (tar_gz({"n" * 300: b"1"}), "is unusable"),
        (tar_gz({"a\udcff": b"1"}), "not plain text"),
        (tar_gz({**BEDS, NAME: b"caf\xe9\tUnion/x\n"}), "not UTF-8"),
    ],
)
def test_a_bad_archive_does_not_stay_in_the_way_of_the_repaired_one(cache, mirror, archive, words):
    put(mirror, STRATIFICATIONS, "archive", archive)
    refused(STRATIFICATIONS, cache, of(mirror), BadData, words)
    put_stratifications(mirror, STRATIFICATIONS)
    assert ensure(STRATIFICATIONS, cache, of(mirror)).faults(rehash=True) == {}


def test_nothing_at_the_address(cache, mirror):
    refused(TRUTH, cache, of(mirror), InputMissing, "no such file")


def test_no_network_and_no_cache(cache):
    refused(TRUTH, cache, Access(offline=True), InputMissing, "is not there")
    assert not cache.exists()


@pytest.mark.parametrize(
    "mirror",
    ["/data/giab", "ftp://x/y", "https:///y", "https://[x/y", "https://x/y?", "s3://x/y#z", ""],
)
def test_a_mirror_has_to_be_a_base_address(mirror):
    with pytest.raises(BadUsage, match="not a base address"):
        Access(mirror=mirror)


@pytest.mark.parametrize(
    "mirror",
    [
        "https://host/giab?sig=s3cret",
        "https://me:s3cret@host/giab",
        "https://s3cret@host/giab",
        "ftp://me:s3cret@host/giab",
        "s3://host/giab#s3cret",
        "https://host]:s3cret@/giab",
    ],
)
def test_a_secret_in_a_mirror_is_refused_and_not_repeated(mirror):
    with pytest.raises(BadUsage) as failure:
        Access(mirror=mirror)
    assert "s3cret" not in failure.value.message + failure.value.hint


def test_a_publisher_that_cannot_be_reached_is_an_error_that_names_its_mirror(
    cache, mirror, server
):
    path = f"/{TRUTH.files['vcf'].tail}"
    publisher = replace(TRUTH.publisher, base=server.url, also=("https://other.invalid/tree",))
    entry = replace(TRUTH, publisher=publisher)
    patience = Patience(tries=1, sleep=lambda _: None)
    server.fail(path, Answer(status=500), Answer(status=500))
    error = refused(entry, cache, Access(patience=patience), Transient, "500")
    assert "--mirror https://other.invalid/tree" in error.hint
    error = refused(entry, cache, Access(server.url, patience=patience), Transient, "500")
    assert "other.invalid" not in error.hint


def test_a_cache_that_may_not_be_written(mirror, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="Not a directory"):
        ensure(TRUTH, tmp_path / "file" / "cache", of(mirror))


# --- interrupted --------------------------------------------------------------


def test_an_interrupted_transfer_is_kept_apart_and_resumed(cache, mirror, server):
    put_truth(mirror, TRUTH)
    for file in TRUTH.files.values():
        server.files[f"/{file.tail}"] = (mirror / file.tail).read_bytes()
    path = f"/{TRUTH.files['vcf'].tail}"
    server.fail(path, Answer(cut=100), Answer(status=500), Answer(status=500))
    access = Access(mirror=server.url, patience=Patience(tries=2, sleep=lambda _: None))
    with pytest.raises(Transient):
        ensure(TRUTH, cache, access)
    name = TRUTH.files["vcf"].name
    private = ".private/parts/small_variants.GRCh38.HG003.v4.2.1"
    assert files(cache) == {f"{private}/{name}.part", f"{private}/{name}.part.json"}
    ensure(TRUTH, cache, access)
    assert server.requests(path)[-1].range == "bytes=100-"
    assert not [name for name in files(cache) if ".private" in name]


def test_a_kill_while_a_genome_is_compressed_costs_no_second_download(cache, mirror, monkeypatch):
    put_genome(mirror, GENOME, bgzf=False)

    def killed(plain: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(index, "recompress", killed)
        ensure(GENOME, cache, of(mirror))
    unreachable(mirror)
    shelf = ensure(GENOME, cache, of(mirror))
    assert shelf.faults(rehash=True) == {}
    assert not [name for name in files(cache) if ".private" in name]


def other_genome(mirror):
    put(mirror, GENOME, "fasta", gzip.compress(b">chrX\n" + b"ACGT\n" * 9))


def other_stratifications(mirror):
    table = "other\tUnion/other.bed.gz\n"
    beds = {"GRCh38@all/Union/other.bed.gz": gzip.compress(b"chr1\t1\t2\n")}
    put(mirror, STRATIFICATIONS, "archive", tar_gz(beds | {NAME: table.encode()}))


def other_truth(mirror):
    write_vcf(mirror / TRUTH.files["vcf"].tail, [("chr2", 7, "A", "C", "0/1")], CONTIGS, ["X"])


@pytest.mark.parametrize(
    ("entry", "put_first", "put_other"),
    [
        (GENOME, lambda mirror: put_genome(mirror, GENOME, True), other_genome),
        (
            STRATIFICATIONS,
            lambda mirror: put_stratifications(mirror, STRATIFICATIONS),
            other_stratifications,
        ),
        (TRUTH, lambda mirror: put_truth(mirror, TRUTH), other_truth),
    ],
)
def test_a_kill_while_a_file_is_replaced_leaves_nothing_that_was_made_from_the_old_one(
    cache, mirror, monkeypatch, entry, put_first, put_other
):
    put_first(mirror)
    shelf = ensure(entry, cache, of(mirror))
    main, *derived = [product for product in shelf.products if product != "confident.bed"]
    for product in shelf.products:  # the new files are to be accepted
        if (receipt := json.loads((shelf.folder / f"{product}.json").read_text()))["download"]:
            (shelf.folder / f"{receipt['file']}.json").unlink()
    put_other(mirror)
    publish = Shelf.publish

    def killed(shelf: Shelf, staged: Path, receipt: Receipt) -> None:
        if receipt.file in derived:
            raise KeyboardInterrupt
        publish(shelf, staged, receipt)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Shelf, "publish", killed)
        ensure(entry, cache, of(mirror))
    assert main not in shelf.faults()
    assert set(derived) <= set(shelf.faults())
    ensure(entry, cache, of(mirror))
    fresh = ensure(entry, cache.with_name("fresh"), of(mirror))
    for product in derived:
        assert (shelf.folder / product).read_bytes() == (fresh.folder / product).read_bytes()


def test_s3_that_hides_a_missing_index_behind_403_is_no_obstacle(cache, mirror, server):
    put_truth(mirror, TRUTH)
    for file in TRUTH.files.values():
        server.files[f"/{file.tail}"] = (mirror / file.tail).read_bytes()
    server.fail(f"/{TRUTH.files['tbi'].tail}", Answer(status=403))
    shelf = ensure(TRUTH, cache, Access(mirror=server.url))
    assert shelf.receipt("truth.vcf.gz.tbi").made
    server.fail(f"/{TRUTH.files['vcf'].tail}", Answer(status=403))
    with pytest.raises(NotPermitted):
        ensure(TRUTH, cache.with_name("other"), Access(mirror=server.url))
