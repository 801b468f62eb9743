"""All reads as one text: every record, mates behind each other, or an error."""

import io
import json
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from reads_lab import call, lane, record, refused, write

from engines.reads.stream import stream
from engines.screen.reads import open_reads

NAME = st.text("abcdefgh.:", min_size=1, max_size=12)
READ = st.tuples(NAME, st.text("ACGTN", min_size=1, max_size=50))


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(READ, READ), min_size=1, max_size=40))
def test_pairs_are_woven_into_each_other(tmp_path_factory, pairs) -> None:
    folder = tmp_path_factory.mktemp("r")
    ones = [record(f"{a[0]}/1", a[1], "I" * len(a[1])) for a, _ in pairs]
    twos = [record(f"{a[0]}/2", b[1], "#" * len(b[1])) for a, b in pairs]
    files = [str(write(folder / "1.fq.gz", "".join(ones)))]
    files.append(str(write(folder / "2.fq", "".join(twos).removesuffix("\n"))))
    out = io.BytesIO()
    assert stream(open_reads(files[:1], files[1:]), out, "test") == 2 * len(pairs)
    assert out.getvalue().decode() == "".join(a + b for a, b in zip(ones, twos, strict=True))


def test_unpaired_reads_stay_as_they_are(tmp_path: Path) -> None:
    text = lane(30_000, 1)
    done = call("stream", write(tmp_path / "r.fq.gz", text), "--title", "reading it")
    assert done.exit_code == 0 and done.stdout == text
    said = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")][-1]
    size = (tmp_path / "r.fq.gz").stat().st_size
    assert said["data"] | {"rate": 0} == {
        "stage": "reading it", "done": size, "total": size, "progress": 100.0, "unit": "bytes",
        "rate": 0,
    }  # fmt: skip
    assert "30,000 reads" in done.stderr


def test_a_fault_at_the_end_is_told(tmp_path: Path) -> None:
    """The check looks at the first reads only; whoever aligns them sees all."""
    one = write(tmp_path / "1.fq.gz", lane(30_000, 1) + record("x"))
    two = write(tmp_path / "2.fq.gz", lane(30_000, 2) + record("y"))
    assert 'read 30001: "x" and "y" are no mates' in refused(call("stream", one, two))["message"]
    cut = tmp_path / "c.fq.gz"
    cut.write_bytes(one.read_bytes()[:-20])
    assert "cut off" in refused(call("stream", cut))["message"]


def test_who_takes_no_more_ends_it_without_a_word(tmp_path: Path) -> None:
    file = write(tmp_path / "r.fq", lane(100_000, 1))
    command = [sys.executable, "-m", "engines.reads", "stream", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.read(10)
        running.stdout.close()
        said = running.stderr.read().decode()
    assert running.returncode == 141
    assert "error" not in said and "Traceback" not in said
