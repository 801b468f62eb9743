"""Sound FASTQ of every form gives the same records; the plainest reader says which."""

import gzip
import os
import subprocess
import sys
import threading
from pathlib import Path

import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.screen.reads import Reads, open_reads
from engines.screen.reads.decoding import Chunk
from engines.screen.reads.looked_at import MateCounts, look_at

Record = tuple[str, str, str]

RECORDS = st.lists(
    st.tuples(
        st.text("abcXYZ019:_ ", min_size=1, max_size=12).map(str.strip).filter(bool),
        st.text("ACGTNacgtnRYK", max_size=70),
    ),
    min_size=1,
    max_size=30,
)


def text_of(records: list[Record], line_end: str = "\n", last_line_ends: bool = True) -> bytes:
    text = "".join(
        line_end.join((f"@{name}", bases, "+", quality, "")) for name, bases, quality in records
    )
    return (text if last_line_ends else text.removesuffix(line_end)).encode()


def seen(reads: Reads, threads: int = 1, chunk: int = 4096) -> list[list[Record]]:
    """For each mate what its records hold, by their offsets."""
    found: list[list[Record]] = [[] for _ in range(2 if reads.paired else 1)]
    for batch in reads.batches(threads, chunk):
        _, error = look_at(batch)
        assert error is None
        for mate, records in zip(batch.mates, found, strict=True):
            text = mate.data.tobytes().decode("latin-1")
            for r in mate.records:
                at, size = int(r["seq"]), int(r["length"])
                name = text[r["start"] + 1 :][: r["name"]]
                quality = text[r["quality"] :][:size]
                records.append((name, text[at : at + size], quality))
                assert text[r["start"]] == "@" and text[r["end"] - 1] == "\n"
    return found


@settings(max_examples=80, deadline=None)
@given(
    records=RECORDS,
    quality=st.characters(min_codepoint=33, max_codepoint=126),
    form=st.tuples(st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans()),
    empty_lines=st.integers(0, 2),
    chunk=st.sampled_from([300, 1000, 1 << 20]),
    threads=st.sampled_from([0, 2]),
)
def test_any_sound_file_is_read_as_it_stands(
    tmp_path_factory: pytest.TempPathFactory,
    records: list[tuple[str, str]],
    quality: str,
    form: tuple[str, bool, bool],
    empty_lines: int,
    chunk: int,
    threads: int,
) -> None:
    line_end, last_line_ends, packed = form
    whole = [(f"{i}{name}", bases, quality * len(bases)) for i, (name, bases) in enumerate(records)]
    if not whole[-1][1]:  # without its last line feed an empty quality is no line
        last_line_ends = True
    text = text_of(whole, line_end, last_line_ends)
    if last_line_ends:
        text += line_end.encode() * empty_lines
    path = tmp_path_factory.mktemp("r") / "r.fastq"
    path.write_bytes(gzip.compress(text) if packed else text)
    assert seen(open_reads(str(path)), threads, chunk) == [whole]


def some(count: int, prefix: str = "r", length: int = 40) -> list[Record]:
    return [(f"{prefix}{i}", "ACGT" * (length // 4), "F" * length) for i in range(count)]


def test_every_form_of_a_file_gives_the_same(tmp_path: Path) -> None:
    records = some(3000)
    text = text_of(records)
    forms = {"plain": text, "gz": gzip.compress(text), "members": b""}
    forms["members"] = b"".join(
        gzip.compress(text[i : i + 7000]) for i in range(0, len(text), 7000)
    )
    for name, data in forms.items():
        (tmp_path / name).write_bytes(data)
    with pysam.BGZFile(str(tmp_path / "bgz"), "wb") as blocks:
        blocks.write(text)
    for name in (*forms, "bgz"):
        assert seen(open_reads(str(tmp_path / name))) == [records], name


def test_standard_input_and_named_pipes(tmp_path: Path) -> None:
    text = gzip.compress(text_of(some(500)))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(text,))
    writer.start()
    assert seen(open_reads(str(pipe))) == [some(500)]
    writer.join()
    code = (
        "from engines.screen.reads import open_reads\n"
        "print(sum(map(len, open_reads('-').batches(2))))"
    )
    run = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, check=True)
    assert run.stdout == b"500\n"


@pytest.mark.parametrize("threads", [0, 1, 2])
def test_mates_of_different_lengths_stay_together(tmp_path: Path, threads: int) -> None:
    long, short = some(4000, length=200), some(4000, length=20)
    (tmp_path / "1").write_bytes(text_of(long))
    (tmp_path / "2").write_bytes(text_of(short))
    reads = open_reads(str(tmp_path / "1"), str(tmp_path / "2"))
    assert seen(reads, threads, 5000) == [long, short]


def test_interleaved_mates_and_lanes(tmp_path: Path) -> None:
    mates = [[(f"{i}/{m}", "ACGT" * 9, "F" * 36) for i in range(999)] for m in (1, 2)]
    together = [record for pair in zip(*mates, strict=True) for record in pair]
    (tmp_path / "both").write_bytes(text_of(together))
    assert seen(open_reads(str(tmp_path / "both"), interleaved=True), 1, 3000) == mates
    lanes = [some(700, "a"), some(5, "b"), some(900, "c")]
    paths = [tmp_path / str(i) for i in range(3)]
    for path, lane in zip(paths, lanes, strict=True):
        path.write_bytes(text_of(lane))
    names = [str(path) for path in paths]
    assert seen(open_reads(names), 1, 3000) == [[record for lane in lanes for record in lane]]


def test_a_read_longer_than_many_chunks(tmp_path: Path) -> None:
    records = [("long", "ACGTTGCA" * 200_000, "F" * 1_600_000), *some(3)]
    (tmp_path / "r").write_bytes(text_of(records))
    assert seen(open_reads(str(tmp_path / "r")), 1, 100_000) == [records]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("A:1 1:N:0:ACGT", "A:1 2:N:0:ACGT"),
        ("A:1/1", "A:1/2"),
        ("SRR1.7.1", "SRR1.7.2"),
        ("r_1", "r_2"),
        ("same", "same"),
        ("same\tx", "same y"),
    ],
)
def test_names_of_mates_in_use(tmp_path: Path, one: str, two: str) -> None:
    for number, name in enumerate((one, two), 1):
        (tmp_path / str(number)).write_bytes(text_of([(name, "ACGT", "FFFF")]))
    seen(open_reads(str(tmp_path / "1"), str(tmp_path / "2")))


def test_what_a_mate_counts(tmp_path: Path) -> None:
    records = [
        ("a", "ACGTN", "!!!!!"),
        ("b", "", ""),
        ("c", "AGATCGGAAGAGCACACG", "I" * 18),
        ("d", "acgtR", "~~~~~"),
    ]
    (tmp_path / "r").write_bytes(text_of(records))
    batch = next(open_reads(str(tmp_path / "r")).batches())
    (counts,), error = look_at(batch)
    assert error is None
    assert counts == MateCounts(4, 28, 2, 18 * 40 + 5 * 93, 1, 0, 18, 33, 126)
    assert counts.mean_quality == pytest.approx((18 * 40 + 5 * 93) / 28)
    assert counts.with_more(MateCounts()) == counts


def test_bytes_read_are_those_of_the_files(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    names = [str(tmp_path / str(i)) for i in range(2)]
    for name in names:
        Path(name).write_bytes(gzip.compress(text_of(some(2000))))
    list(open_reads(names).batches(1, 5000, lambda *step: told.append(step)))
    size = sum(map(os.path.getsize, names))
    assert told[-1] == (size, size) and told == sorted(told)


def test_a_source_is_closed_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(text_of(some(20)))
    before = len(os.listdir("/proc/self/fd"))
    batches = open_reads(str(tmp_path / "r")).batches(2, 300)
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    for thread in threading.enumerate():
        if thread.name.startswith("decode-"):
            thread.join()
    assert len(os.listdir("/proc/self/fd")) == before


def test_no_memory_is_told_and_nobody_waits_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "r").write_bytes(text_of(some(2000)))
    batches = open_reads(str(tmp_path / "r")).batches(1, 5000)
    next(batches)

    class Full(Chunk):
        def __init__(self, size: int) -> None:
            if size:
                raise MemoryError
            super().__init__(size)

    monkeypatch.setattr("engines.screen.reads.decoding.Chunk", Full)
    with pytest.raises(MemoryError):
        list(batches)
