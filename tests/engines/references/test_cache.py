"""What is in the cache and is not right, checksums of the first download, where it is."""

import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from small_mirror import (
    FASTA,
    files,
    of,
    put,
    put_genome,
    put_stratifications,
    put_truth,
    truth_entry,
    unreachable,
)

from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.references import catalogue
from engines.references.cache import Shelf, default_root
from engines.references.ensure import Access, ensure

TRUTH = truth_entry()
GENOME = catalogue.load().choose("genome", "GRCh38")
STRATIFICATIONS = catalogue.load().choose("stratifications", "GRCh38")


def pinned(entry, role, **checksums):
    """The same entry in a catalogue that knows more."""
    file = replace(entry.files[role], **checksums)
    return replace(entry, files=entry.files | {role: file})


# --- what is in the cache and is not right ------------------------------------


def test_a_file_of_another_size_is_not_used(cache, mirror, capsys):
    put_truth(mirror, TRUTH)
    shelf = ensure(TRUTH, cache, of(mirror))
    vcf = shelf.folder / "truth.vcf.gz"
    good = vcf.read_bytes()
    vcf.write_bytes(good[:-28])
    with pytest.raises(BadData, match="its receipt says"):
        ensure(TRUTH, cache, Access(offline=True))
    ensure(TRUTH, cache, of(mirror))
    assert vcf.read_bytes() == good
    assert "it is not used and fetched again" in capsys.readouterr().err
    assert (shelf.folder / "truth.vcf.gz.tbi").stat().st_mtime_ns >= vcf.stat().st_mtime_ns


def test_a_damaged_file_is_gone_even_if_it_cannot_be_fetched_now(cache, mirror):
    put_truth(mirror, TRUTH)
    shelf = ensure(TRUTH, cache, of(mirror))
    (shelf.folder / "confident.bed").write_text("chr1\t0\t1\n")
    unreachable(mirror)
    with pytest.raises(InputMissing):
        ensure(TRUTH, cache, of(mirror))
    assert not (shelf.folder / "confident.bed").exists()


@pytest.mark.parametrize("product", ["truth.vcf.gz", "truth.vcf.gz.tbi", "confident.bed"])
def test_verify_finds_other_bytes_of_the_same_size(cache, mirror, product):
    put_truth(mirror, TRUTH)
    shelf = ensure(TRUTH, cache, of(mirror))
    path = shelf.folder / product
    good = path.read_bytes()
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert shelf.faults() == {}  # sizes only
    with pytest.raises(BadData, match="sha256"):
        ensure(TRUTH, cache, Access(offline=True, verify=True))
    ensure(TRUTH, cache, replace(of(mirror), verify=True))
    assert path.read_bytes() == good


def test_a_file_of_unpacked_stratifications_is_watched_too(cache, mirror):
    put_stratifications(mirror, STRATIFICATIONS)
    shelf = ensure(STRATIFICATIONS, cache, of(mirror))
    bed = next(shelf.folder.rglob("*alldifficult*"))
    good = bed.read_bytes()
    bed.write_bytes(good[:-1] + b"x")
    assert "sha256" in shelf.faults(rehash=True)["stratifications"]
    bed.unlink()
    assert "is not there" in shelf.faults()["stratifications"]
    ensure(STRATIFICATIONS, cache, of(mirror))
    assert bed.read_bytes() == good


def test_a_lost_genome_index_is_made_again_without_a_download(cache, mirror):
    put_genome(mirror, GENOME, bgzf=False)
    shelf = ensure(GENOME, cache, of(mirror))
    (shelf.folder / "genome.fa.gz.gzi").unlink()
    unreachable(mirror)
    ensure(GENOME, cache, of(mirror))
    assert shelf.faults(rehash=True) == {}


def test_a_file_without_a_receipt_is_not_used(cache, mirror):
    put_truth(mirror, TRUTH)
    shelf = ensure(TRUTH, cache, of(mirror))
    (shelf.folder / "truth.vcf.gz.json").unlink()
    assert shelf.faults() == {"truth.vcf.gz": "has no receipt"}
    ensure(TRUTH, cache, of(mirror))
    assert shelf.faults(rehash=True) == {}


@pytest.mark.parametrize("gone", [True, False])
@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"file": "truth.vcf.gz"}', "no download", "\xe9", "[" * 9999]
)
def test_a_receipt_that_cannot_be_read_is_an_error_and_never_loses_the_pin(
    cache, mirror, text, gone
):
    put_truth(mirror, TRUTH)
    shelf = ensure(TRUTH, cache, of(mirror))
    receipt = shelf.folder / "truth.vcf.gz.json"
    if text == "no download":
        text = json.dumps(json.loads(receipt.read_text()) | {"download": {"name": "x"}})
    receipt.write_bytes(text.encode("latin-1"))
    if gone:
        (shelf.folder / "truth.vcf.gz").unlink()
    before = {name: (cache / name).read_bytes() for name in files(cache)}
    with pytest.raises(BadData, match=str(receipt)) as failure:
        ensure(TRUTH, cache, of(mirror))
    assert "delete it" in failure.value.hint
    assert {name: (cache / name).read_bytes() for name in files(cache)} == before
    receipt.unlink()
    ensure(TRUTH, cache, of(mirror))
    assert shelf.faults(rehash=True) == {}


# --- checksums of the first download ------------------------------------------


def test_the_first_download_pins_what_comes_later(cache, mirror):
    put_truth(mirror, TRUTH)
    shelf = ensure(TRUTH, cache, of(mirror))
    (shelf.folder / "confident.bed").unlink()
    put(mirror, TRUTH, "bed", b"chr1\t0\t4501\nchr2\t0\t3500\n")
    with pytest.raises(BadData, match="by its first download of 20") as failure:
        ensure(TRUTH, cache, of(mirror))
    assert f"delete {shelf.folder}/confident.bed.json" in failure.value.hint
    assert not (shelf.folder / "confident.bed").exists()
    (shelf.folder / "confident.bed.json").unlink()
    ensure(TRUTH, cache, of(mirror))
    assert b"4501" in (shelf.folder / "confident.bed").read_bytes()


def test_the_pin_of_a_recompressed_genome_is_that_of_the_publisher(cache, mirror):
    put_genome(mirror, GENOME, bgzf=False)
    shelf = ensure(GENOME, cache, of(mirror))
    (shelf.folder / "genome.fa.gz").unlink()
    ensure(GENOME, cache, of(mirror))
    (shelf.folder / "genome.fa.gz").unlink()
    put(mirror, GENOME, "fasta", gzip.compress(FASTA.replace(b"T", b"G")))
    with pytest.raises(BadData, match="by its first download"):
        ensure(GENOME, cache, of(mirror))


def test_a_checksum_that_the_catalogue_learns_later_is_enforced(cache, mirror):
    put_truth(mirror, TRUTH)
    ensure(TRUTH, cache, of(mirror))
    right = hashlib.md5((mirror / TRUTH.files["vcf"].tail).read_bytes()).hexdigest()
    assert Shelf(cache, pinned(TRUTH, "vcf", md5=right)).faults() == {}
    wiser = pinned(TRUTH, "vcf", md5="0" * 32)
    assert "the catalogue 0000" in Shelf(cache, wiser).faults()["truth.vcf.gz"]
    with pytest.raises(BadData, match="by the catalogue"):
        ensure(wiser, cache, of(mirror))
    assert "truth.vcf.gz" in Shelf(cache, wiser).faults()


def test_a_checksum_of_the_catalogue_is_noted_in_the_receipt(cache, mirror):
    put_truth(mirror, TRUTH)
    sha256 = hashlib.sha256((mirror / TRUTH.files["vcf"].tail).read_bytes()).hexdigest()
    shelf = ensure(pinned(TRUTH, "vcf", sha256=sha256), cache, of(mirror))
    assert shelf.receipt("truth.vcf.gz").pinned_by == "catalogue"
    assert shelf.receipt("confident.bed").pinned_by == "first download"


# --- where the cache is -------------------------------------------------------


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("PLUMBLINE_REFERENCES", raising=False)
    assert default_root() == tmp_path / ".cache/plumbline/references"
    monkeypatch.setenv("XDG_CACHE_HOME", "/c")
    assert default_root() == Path("/c/plumbline/references")
    monkeypatch.setenv("XDG_CACHE_HOME", "c")  # not absolute: to be ignored
    assert default_root() == tmp_path / ".cache/plumbline/references"
    monkeypatch.setenv("PLUMBLINE_REFERENCES", "/r")
    assert default_root() == Path("/r")
    monkeypatch.setenv("PLUMBLINE_REFERENCES", "~/r")
    assert default_root() == tmp_path / "r"
    monkeypatch.setenv("PLUMBLINE_REFERENCES", "r")
    assert default_root() == Path.cwd() / "r"
    monkeypatch.setenv("PLUMBLINE_REFERENCES", "~nobody-of-this-name/r")
    with pytest.raises(BadUsage, match="nobody-of-this-name"):
        default_root()
