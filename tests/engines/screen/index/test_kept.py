"""Index files: mapped as they were written, refused when they are not, kept and made again."""

import json
from pathlib import Path

import numpy as np
import pytest

from engines.contract.errors import BadData, InputMissing
from engines.screen.index import build_index, kept_index, load_index
from engines.screen.index.kept import place
from engines.screen.index.layout import MAGIC


@pytest.fixture
def fasta(tmp_path: Path) -> Path:
    random = np.random.default_rng(3)
    path = tmp_path / "genes.fa"
    path.write_text(">g\n" + "".join(random.choice(list("ACGT"), 3000)) + "\n")
    return path


def test_what_was_written_is_what_is_mapped(fasta: Path, tmp_path: Path) -> None:
    made = build_index([fasta], tmp_path / "i")
    mapped = load_index(tmp_path / "i")
    assert mapped.header == made.header
    assert (mapped.filter == made.filter).all() and (mapped.table == made.table).all()
    assert not mapped.table.flags.writeable and mapped.shortest_read == 21


def other_format(data: bytes) -> bytes:
    length = int.from_bytes(data[8:16], "little")
    header = json.loads(data[16 : 16 + length])
    text = json.dumps({**header, "format": 9}, sort_keys=True).encode()
    return data[:16] + text + data[16 + length :]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda data: b"", "not an index"),
        (lambda data: b">gene\nACGTACGTACGTACGT\n", "not an index"),
        (lambda data: MAGIC + b"\xff" * 90, "not an index"),
        (other_format, "of format 9, and this version reads 1"),
        (lambda data: data[:100], "header is cut off"),
        (lambda data: data.replace(b'"words"', b'"wurds"'), "header is damaged"),
        (lambda data: data[:-8], "bytes where"),
        (lambda data: data + b"\0", "bytes where"),
        (lambda data: data[:-9] + bytes([data[-9] ^ 4]) + data[-8:], "its checksum is another"),
    ],
)
def test_a_file_that_is_no_index_says_so_and_how_to_get_one(
    fasta: Path, tmp_path: Path, damage: object, says: str
) -> None:
    path = tmp_path / "i"
    build_index([fasta], path)
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(BadData) as caught:
        load_index(path)
    assert caught.value.message.startswith(f"index {path}: ") and says in caught.value.message
    assert "made again from the FASTA files" in caught.value.hint


def test_no_index_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="no such file") as caught:
        load_index(tmp_path / "none")
    assert "FASTA" in caught.value.hint


def test_an_index_is_made_once_and_kept_by_content(
    fasta: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    first = kept_index([fasta], folder=cache)
    (kept,) = cache.iterdir()
    with monkeypatch.context() as patch:
        patch.setattr("engines.screen.index.kept.make_index", None)
        again = kept_index([fasta], folder=cache)
    assert again.header == first.header
    fasta.write_text(fasta.read_text().replace("A", "C", 1))
    kept_index([fasta], folder=cache)
    kept_index([fasta], k=31, folder=cache)
    assert len(list(cache.iterdir())) == 3 and kept.exists()


def test_a_damaged_one_in_the_cache_is_made_again_and_that_is_said(
    fasta: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = kept_index([fasta], folder=tmp_path / "cache")
    path = place([fasta], "nucleotide", 21, tmp_path / "cache")
    whole = path.read_bytes()
    path.write_bytes(whole[:-8])
    again = kept_index([fasta], folder=tmp_path / "cache")
    assert again.header == first.header and path.read_bytes() == whole
    assert "made again" in capsys.readouterr().err


def test_a_cache_that_cannot_be_written_is_no_obstacle(
    fasta: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache").write_text("a file where a folder is needed")
    index = kept_index([fasta], folder=tmp_path / "cache")
    assert index.header.words > 2900
    assert "not kept for the next run" in capsys.readouterr().err


def test_a_missing_fasta_is_told_before_anything_else(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match=r"none\.fa: no such file"):
        kept_index([tmp_path / "none.fa"], folder=tmp_path)
