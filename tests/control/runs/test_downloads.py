"""What comes out of a run: its results, its logs, a zip; and nothing else, whatever is asked."""

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from submission_lab import make_run, service

from control.record.run_dir import Run, RunDir, State
from control.runs import inside
from control.runs.downloads import (
    open_driver_log,
    open_log,
    open_report,
    open_result,
    zip_results,
)
from control.runs.inside import CHUNK, Walk
from control.runs.results import list_results
from engines.contract.errors import EngineError, InputMissing, NotPermitted


@pytest.fixture
def run_dir(tmp_path):
    return make_run(service(tmp_path))


def put(folder: Path, path: str, content: str | bytes = "x") -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def result(run_dir: RunDir, path: str, content: str | bytes = "x") -> Path:
    return put(run_dir.work / "results", path, content)


def read(file: inside.OpenFile, *span: int) -> bytes:
    with file:
        return b"".join(file.chunks(*span))


def names(run_dir: RunDir) -> list[str]:
    return [found.path for found in list_results(run_dir).files]


# ---- lists


def test_a_list_in_the_order_of_paths_with_sizes(run_dir):
    for path, content in {"b.tsv": "12", "a/z.json": "1", "a.vcf": "123", "é/x y.txt": ""}.items():
        result(run_dir, path, content)
    os.utime(run_dir.work / "results/b.tsv", (0, 1_700_000_000.5))
    page = list_results(run_dir)
    assert [(found.path, found.size) for found in page.files] == [
        ("a/z.json", 1),
        ("a.vcf", 3),
        ("b.tsv", 2),
        ("é/x y.txt", 0),
    ]
    assert page.files[2].modified == 1_700_000_000.5
    assert (page.cursor, page.left_out) == (None, {})


def test_a_run_without_results(run_dir):
    assert list_results(run_dir).files == []
    run_dir.work.rmdir()
    assert list_results(run_dir).files == []


def test_what_is_no_plain_file_of_the_owner_is_left_out_and_counted(run_dir, monkeypatch):
    result(run_dir, "good.txt")
    result(run_dir, ".snakemake/x")
    result(run_dir, "a\nb")
    result(run_dir, "a\\b")
    put(run_dir.work / "results", os.fsdecode(b"\xff.vcf"))
    (run_dir.work / "results/link").symlink_to("good.txt")
    (run_dir.work / "results/folder").symlink_to("/etc")
    os.mkfifo(run_dir.work / "results/pipe")
    page = list_results(run_dir)
    assert [found.path for found in page.files] == ["good.txt"]
    assert page.left_out == {"hidden": 1, "strange name": 3, "link": 2, "no regular file": 1}
    walk = Walk(run_dir.work / "results", owner=os.getuid() + 1)
    assert list(walk.files()) == []
    assert walk.left_out["of another account"] == 1


def test_the_folder_of_results_may_be_no_link(run_dir, tmp_path):
    put(tmp_path, "elsewhere/secret.txt")
    (run_dir.work / "results").symlink_to(tmp_path / "elsewhere")
    assert list_results(run_dir).files == []
    with pytest.raises(NotPermitted):
        open_result(run_dir, "secret.txt")


@given(
    st.lists(
        st.lists(st.sampled_from(["a", "b", "a.b", "a-b", "B", "é"]), min_size=1, max_size=3),
        max_size=12,
    ),
    st.integers(1, 5),
)
@examples(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_together_have_every_file_once(tmp_path_factory, paths, limit):
    run_dir = make_run(service(tmp_path_factory.mktemp("pages")))
    there = set()
    for parts in paths:
        path = run_dir.work.joinpath("results", *parts, "file")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        there.add(str(path.relative_to(run_dir.work / "results")))
    seen, cursor = [], ""
    while cursor is not None:
        page = list_results(run_dir, limit, cursor)
        assert len(page.files) <= limit
        seen += [found.path for found in page.files]
        cursor = page.cursor
    assert len(seen) == len(set(seen))
    assert set(seen) == there


# ---- one file


def test_bytes_of_a_result(run_dir):
    content = os.urandom(2 * CHUNK + 7)
    result(run_dir, "a/b.vcf.gz", content)
    assert read(open_result(run_dir, "a/b.vcf.gz")) == content
    assert read(open_result(run_dir, "a/b.vcf.gz"), 10, 20) == content[10:20]
    assert read(open_result(run_dir, "a/b.vcf.gz"), CHUNK - 1) == content[CHUNK - 1 :]
    assert read(open_result(run_dir, "a/b.vcf.gz"), 0, 10**12) == content
    assert read(open_result(run_dir, "a/b.vcf.gz"), 10**12) == b""
    with open_result(run_dir, "a/b.vcf.gz") as file:
        assert (file.name, file.size) == ("b.vcf.gz", len(content))


def test_the_etag_changes_with_the_content(run_dir):
    file = result(run_dir, "a.txt", "one")
    with open_result(run_dir, "a.txt") as first, open_result(run_dir, "a.txt") as same:
        assert first.etag == same.etag
        assert not first.has_changed()
        file.write_text("two")
        os.utime(file, ns=(0, 10**18))
        assert first.has_changed()
    with open_result(run_dir, "a.txt") as second:
        assert second.etag != first.etag


def test_a_file_that_is_not_there(run_dir):
    for path in ("nothing.txt", "no/thing.txt"):
        with pytest.raises(InputMissing, match="no such file"):
            open_result(run_dir, path)
    with pytest.raises(InputMissing, match="no such run"):
        open_result(RunDir(run_dir.path.with_name("20200101-000000-0000")), "a")


PLAIN = ("a.txt", "in", "out", "up", "deep", "pipe", "etc", "passwd", "secret.txt", "config.yaml")
STRANGE = ("..", ".", "", ".snakemake", "\0", "\n", "\udcff", "é", "x" * 300, "%2e%2e", "..\\", "~")
PARTS = st.sampled_from(PLAIN + STRANGE)


@pytest.fixture(scope="module")
def yard(tmp_path_factory):
    """A run with links out of its results, and a secret beside each folder."""
    root = tmp_path_factory.mktemp("yard")
    run_dir = make_run(service(root))
    result(run_dir, "a.txt", "shown")
    result(run_dir, "deep/a.txt", "shown")
    put(run_dir.work, ".snakemake/secret.txt", "secret")
    for folder in (root, run_dir.path, run_dir.work):
        put(folder, "secret.txt", "secret")
    results = run_dir.work / "results"
    (results / "in").symlink_to("deep")
    (results / "out").symlink_to(root)
    (results / "up").symlink_to("../secret.txt")
    os.mkfifo(results / "pipe")
    return run_dir


@given(
    st.lists(PARTS, min_size=1, max_size=8).map("/".join),
    st.sampled_from(["", "/", "results/", "WORK/"]),
)
@example("up", "")
@example("out/secret.txt", "")
@example("../secret.txt", "")
@example(".snakemake/secret.txt", "WORK/")
@examples(max_examples=400)
def test_nothing_but_results_is_ever_opened(yard, path, start):
    for text in (path, start.replace("WORK", str(yard.work)) + path):
        try:
            opened = open_result(yard, text)
        except EngineError as error:
            assert error.message.isprintable()
        else:
            assert read(opened) == b"shown"
        try:
            opened = open_log(yard, text)
        except EngineError as error:
            assert error.message.isprintable()
        else:
            # logs may lie anywhere in the working directory that is not hidden
            inner = os.path.realpath(f"/proc/self/fd/{opened._fd}")
            opened.close()
            assert Path(inner).is_relative_to(yard.work)
            assert ".snakemake" not in inner


def test_a_file_of_another_account_is_not_opened(run_dir, monkeypatch):
    result(run_dir, "a.txt")
    monkeypatch.setattr("control.runs.downloads.owner_of", lambda run_dir: os.getuid() + 1)
    with pytest.raises(NotPermitted, match="not a file of the run's owner"):
        open_result(run_dir, "a.txt")


def test_no_descriptor_is_left_open(run_dir):
    result(run_dir, "a/b/c.txt")
    before = len(os.listdir("/proc/self/fd"))
    for path in ("a/b/c.txt", "a/b/x", "a/b/c.txt/d", "../x"):
        try:
            open_result(run_dir, path).close()
        except EngineError:
            continue
    for _ in zip_results(run_dir):
        pass
    walk = Walk(run_dir.work, os.getuid()).files()
    next(walk)
    walk.close()
    assert len(os.listdir("/proc/self/fd")) == before


# ---- logs and the report


def test_logs_of_jobs(run_dir, tmp_path):
    put(run_dir.work, "logs/a.log", "0123456789")
    put(run_dir.work, ".snakemake/slurm_logs/rule_a/1.log", "slurm")
    put(run_dir.work, ".snakemake/metadata/x", "secret")
    put(run_dir.path, "secret.log", "secret")
    assert read(open_log(run_dir, "logs/a.log"), 3, 6) == b"345"
    assert read(open_log(run_dir, "./logs/../logs/a.log")) == b"0123456789"
    assert read(open_log(run_dir, str(run_dir.work / "logs/a.log"))) == b"0123456789"
    assert read(open_log(run_dir, ".snakemake/slurm_logs/rule_a/1.log")) == b"slurm"
    outside = ("../secret.log", "/etc/passwd", ".snakemake/metadata/x", "")
    for path in (*outside, ".snakemake/slurm_logs/../metadata/x", str(run_dir.path / "secret.log")):
        with pytest.raises(NotPermitted):
            open_log(run_dir, path)
    (run_dir.work / "logs/link.log").symlink_to(run_dir.path / "secret.log")
    with pytest.raises(NotPermitted):
        open_log(run_dir, "logs/link.log")


def test_logs_of_a_working_directory_elsewhere_and_behind_a_link(run_dir, tmp_path):
    put(tmp_path, "real/project/logs/a.log", "log")
    put(tmp_path, "real/project/results/a.txt", "result")
    (tmp_path / "home").symlink_to("real")
    elsewhere = tmp_path / "home/project"
    run_dir.write_run(Run(state=State.RUNNING, workdir=str(elsewhere)))
    assert read(open_log(run_dir, str(elsewhere / "logs/a.log"))) == b"log"
    assert read(open_log(run_dir, str(tmp_path / "real/project/logs/a.log"))) == b"log"
    assert read(open_log(run_dir, "logs/a.log")) == b"log"
    assert read(open_result(run_dir, "a.txt")) == b"result"


def test_the_log_of_snakemake_and_the_report(run_dir):
    for opener in (open_driver_log, open_report):
        with pytest.raises(InputMissing):
            opener(run_dir)
    run_dir.driver_log.write_text("said")
    run_dir.report.write_text("<html>")
    assert read(open_driver_log(run_dir)) == b"said"
    assert read(open_report(run_dir)) == b"<html>"


# ---- the zip


def unzipped(run_dir: RunDir) -> dict[str, bytes]:
    content = b"".join(zip_results(run_dir))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        prefix = f"{run_dir.run_id}/"
        assert all(name.startswith(prefix) for name in archive.namelist())
        return {name.removeprefix(prefix): archive.read(name) for name in archive.namelist()}


def test_a_zip_of_all_results(run_dir):
    packed = os.urandom(CHUNK + 1)
    result(run_dir, "small/a.vcf.gz", packed)
    result(run_dir, "summary.json", "{}" * 5000)
    result(run_dir, "empty.tsv", "")
    result(run_dir, "é x.txt", "é")
    os.utime(run_dir.work / "results/empty.tsv", (0, 0))  # before the zip's own time began
    content = b"".join(zip_results(run_dir))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        kinds = {info.filename.split("/")[-1]: info.compress_type for info in archive.infolist()}
    assert kinds["a.vcf.gz"] == zipfile.ZIP_STORED
    assert kinds["summary.json"] == zipfile.ZIP_DEFLATED
    assert len(content) < len(packed) + 3000
    files = unzipped(run_dir)
    manifest = files.pop("MANIFEST.tsv").decode()
    assert files == {
        "empty.tsv": b"",
        "small/a.vcf.gz": packed,
        "summary.json": b"{}" * 5000,
        "é x.txt": "é".encode(),
    }
    rows = [line.split("\t") for line in manifest.splitlines()]
    assert rows[0] == ["path", "bytes", "modified"]
    assert rows[1] == ["empty.tsv", "0", "1970-01-01T00:00:00.000Z"]
    assert [row[:2] for row in rows[2:4]] == [
        ["small/a.vcf.gz", str(CHUNK + 1)],
        ["summary.json", "10000"],
    ]


def test_a_zip_of_nothing(run_dir):
    assert unzipped(run_dir) == {"MANIFEST.tsv": b"path\tbytes\tmodified\n"}
    with pytest.raises(InputMissing):
        zip_results(RunDir(run_dir.path.with_name("20200101-000000-0000")))


def test_a_zip_is_made_while_it_is_sent(run_dir):
    result(run_dir, "big.vcf.gz", b"x" * (8 * CHUNK))
    sizes = [len(block) for block in zip_results(run_dir)]
    assert max(sizes) <= CHUNK + 1000, "never more than a block in memory"
    assert len(sizes) >= 8
    assert 0 not in sizes, "an empty block would end a chunked answer"


def test_a_file_that_vanishes_or_changes_meanwhile_is_told(run_dir):
    going = result(run_dir, "b.txt", "b")
    cut = result(run_dir, "c.vcf.gz", b"c" * (4 * CHUNK))
    result(run_dir, "a.vcf.gz", b"a" * (2 * CHUNK))
    result(run_dir, "d.txt", "d")
    (run_dir.work / "results/link").symlink_to("a.vcf.gz")
    stream, blocks = zip_results(run_dir), []
    for block in stream:
        blocks.append(block)
        if going.exists():  # while the first one is sent
            going.unlink()
        elif b"c.vcf.gz" in block and cut.stat().st_size == 4 * CHUNK:
            os.truncate(cut, CHUNK)
    with zipfile.ZipFile(io.BytesIO(b"".join(blocks))) as archive:
        assert archive.testzip() is None
        files = {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}
    assert files["a.vcf.gz"] == b"a" * (2 * CHUNK)
    assert files["c.vcf.gz"] == b"c" * CHUNK
    assert files["d.txt"] == b"d"
    assert "b.txt" not in files
    told = files["ERRORS.txt"].decode()
    assert "c.vcf.gz: was written to meanwhile" in told
    assert "left out: link (1)" in told
    assert "b.txt" not in files["MANIFEST.tsv"].decode()


def test_what_a_run_fetched_is_listed_but_not_in_the_zip(run_dir):
    result(run_dir, "fetched/a/small_variants.vcf.gz", "12345")
    result(run_dir, "fetched/a/small_variants.summary.json", "{}")
    result(run_dir, "fetched.tsv", "mine")
    result(run_dir, "small_variants/fetched/a.tsv", "mine too")
    files = unzipped(run_dir)
    assert files.pop("ERRORS.txt") == b"left out: fetched/, which the run fetched (2, 7 bytes)\n"
    assert sorted(files) == ["MANIFEST.tsv", "fetched.tsv", "small_variants/fetched/a.tsv"]
    assert b"fetched/a/" not in files["MANIFEST.tsv"].replace(b"small_variants/fetched/a.", b"")
    assert read(open_result(run_dir, "fetched/a/small_variants.vcf.gz")) == b"12345"
    listed = [file.path for file in list_results(run_dir).files]
    assert "fetched/a/small_variants.vcf.gz" in listed


def test_a_file_that_cannot_be_opened_any_more_is_told(run_dir, monkeypatch):
    result(run_dir, "a.txt", "a")
    result(run_dir, "b.txt", "b")
    real = open_result

    def opening(run_dir: RunDir, path: str) -> inside.OpenFile:
        (run_dir.work / "results/a.txt").unlink(missing_ok=True)
        return real(run_dir, path)

    monkeypatch.setattr("control.runs.downloads.open_result", opening)
    files = unzipped(run_dir)
    assert files["ERRORS.txt"] == b"results/a.txt: no such file\n"
    assert files["b.txt"] == b"b"


def test_large_files_have_the_large_form(run_dir, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1000)
    result(run_dir, "big.vcf.gz", b"x" * 5000)
    content = b"".join(zip_results(run_dir))
    monkeypatch.undo()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        info = archive.infolist()[0]
        assert info.extract_version == 45, "zip64"
        assert archive.read(info) == b"x" * 5000


def test_a_client_that_leaves_closes_the_files(run_dir):
    result(run_dir, "big.vcf.gz", b"x" * (4 * CHUNK))
    before = len(os.listdir("/proc/self/fd"))
    stream = zip_results(run_dir)
    next(stream)
    stream.close()
    assert len(os.listdir("/proc/self/fd")) == before
