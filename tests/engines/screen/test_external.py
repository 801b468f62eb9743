"""Another program in our place: what it gets, how it is believed, what its end means."""

import json
import stat
from pathlib import Path

import pytest

from engines.contract.errors import BadData, BadUsage, InputMissing, Transient
from engines.screen import external
from engines.screen.case import Request

WRITES = """
out = sys.argv[sys.argv.index("--output-dir") + 1]
for name in ("taxonomy_results", "resistance_mutations", "quality_metrics"):
    open(f"{out}/{name}.json", "w").write("{}")
"""


@pytest.fixture
def program(tmp_path):
    """Makes a program of a piece of Python; gives the request that runs it."""

    def made(code: str, **more: object) -> Request:
        path = tmp_path / "bio_gpu_pipeline"
        path.write_text(f"#!/usr/bin/env python3\nimport json, os, sys, signal\n{code}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        (tmp_path / "out").mkdir(exist_ok=True)
        given = {"r1": (Path("a_1.fq.gz"),), "r2": (Path("a_2.fq.gz"),), "threads": 3}
        given |= {"reference": Path("genomes"), "resistance": Path("amr"), "out": tmp_path / "out"}
        return Request(sample="S1", executable=path, **(given | more))

    return made


def test_it_gets_the_command_line_of_the_earlier_service_and_one_gpu(program, capfd):
    told = 'json.dump([sys.argv[1:], os.environ["CUDA_VISIBLE_DEVICES"]], open(f"{out}/x", "w"))'
    request = program(WRITES + told)
    written = external.run(request, request.out, gpu=2)
    arguments, visible = json.loads((request.out / "x").read_text())
    assert arguments == [
        "--progress-json", "--r1", "a_1.fq.gz", "--r2", "a_2.fq.gz",
        "--output-dir", str(request.out), "--reference-db", "genomes", "--resistance-db", "amr",
        "--sample-id", "S1", "--threads", "3", "--gpu-device", "0",
    ]  # fmt: skip
    assert visible == "2"  # and it counts from 0 what it sees
    assert [path.name for path in written] == ["quality_metrics.json", "resistance_mutations.json",
                                               "taxonomy_results.json", "x"]  # fmt: skip


def test_stages_of_any_name_are_told(program, capfd):
    stages = [{"stage": "amr_init", "progress": 12.5, "message": "Loading"}, {"stage": "x"}, [1]]
    lines = "\n".join(f"print({json.dumps(stage)!r})" for stage in stages)
    request = program(f"{lines}\nprint('words')\n{WRITES}")
    external.run(request, request.out)
    said = capfd.readouterr().err.splitlines()
    assert json.loads(said[0])["data"] == {"stage": "Loading", "progress": 12.5}
    assert said[1:] == ['{"stage": "x"}', "[1]", "words"]


def test_much_that_nobody_asked_for_does_not_stop_it(program, capfd):
    lines = "for _ in range(3000): print('y' * 79), print('z' * 79, file=sys.stderr)"
    request = program(f"{lines}\n{WRITES}")
    external.run(request, request.out)
    assert capfd.readouterr().err.count("z" * 79) == 3000


FAILED = '{"stage": "amr", "progress": -1, "message": "no database"}'
BUSY = '{"error_class": "transient", "code": 75, "message": "busy"}'
SAYS = "print({!r}, file=sys.stderr); sys.exit({})".format
CUT_OFF = WRITES + 'open(f"{out}/quality_metrics.json", "w").write("{")'
FAILURES = {
    "a stage of -1, and an exit code of 0": (
        f"{WRITES}\nprint({FAILED!r})",
        BadData,
        "ended with a stage that failed: amr: no database",
    ),
    "no results": ("", BadData, "ended without taxonomy_results.json"),
    "results that are cut off": (CUT_OFF, BadData, "quality_metrics.json: is not JSON"),
    "killed": ("os.kill(os.getpid(), signal.SIGKILL)", Transient, "killed, most often"),
    "killed below a shell": ("sys.exit(137)", Transient, "killed, most often"),
    "no memory on the GPU": (SAYS("out of memory", 1), Transient, "out of memory"),
    "its own words": (SAYS(BUSY, 75), Transient, "^busy$"),
    "a plain failure": (SAYS("No such file", 1), BadData, "ended with 1: No such file"),
}


@pytest.mark.parametrize(("code", "error", "says"), FAILURES.values(), ids=FAILURES)
def test_how_it_fails(program, code, error, says):
    request = program(code)
    with pytest.raises(error, match=says):
        external.run(request, request.out)


def test_what_it_cannot_take_is_said_before_it_starts(program, tmp_path):
    lanes = (Path("1.fq"), Path("2.fq"))
    with pytest.raises(BadUsage, match="one file of forward and one of reverse"):
        external.run(program("", r1=lanes, r2=lanes), tmp_path)
    with pytest.raises(BadUsage, match="needs --reference-db"):
        external.run(program("", reference=None), tmp_path)
    gone = program("")
    gone.executable.unlink()
    with pytest.raises(InputMissing, match="No such file"):
        external.run(gone, tmp_path)
