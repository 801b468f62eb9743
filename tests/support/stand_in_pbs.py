"""A stand-in for PBS: qsub, qstat and qdel on this machine, as far as profiles/pbs uses them.

What they print is like OpenPBS's (its manual pages; messages as its users quote them). Jobs are
processes, each in a group of its own; the queue is a folder, named by STAND_IN_PBS.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

PROGRAMS = ("qsub", "qstat", "qdel")
LINE = "{id:<17.17} {name:<16.16} {user:<16} {time:>8} {state} {queue:<5}"


def install(folder: Path) -> Path:
    """The programs, in a folder for PATH; the queue is beside them."""
    (folder / "queue").mkdir(parents=True)
    (folder / "bin").mkdir()
    for name in PROGRAMS:
        program = folder / "bin" / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -S {__file__} {name} "$@"\n')
        program.chmod(0o755)
    return folder / "bin"


def queue() -> Path:
    return Path(os.environ["STAND_IN_PBS"])


def qsub(arguments: list[str]) -> int:
    number = 1 + len(list(queue().glob("*.json")))
    name = f"{number}.server.example"
    script = queue() / f"{number}.sh"
    script.write_text(sys.stdin.read())
    log = arguments[arguments.index("-o") + 1]
    with open(log, "wb") as output:
        process = subprocess.Popen(
            ["/bin/sh", str(script)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
            env={"PBS_JOBID": name, "PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/")},
        )
    job = {"id": name, "process": process.pid, "arguments": arguments}
    (queue() / f"{number}.json").write_text(json.dumps(job))
    print(name)
    return 0


def qstat(arguments: list[str]) -> int:
    with open(queue() / "asked", "a") as handle:
        handle.write(" ".join(arguments) + "\n")
    if (queue() / "down").exists():
        print("Connection refused\nqstat: cannot connect to server server", file=sys.stderr)
        return 255
    if arguments[:2] == ["-x", "-f"]:
        print(f"Job Id: {arguments[2]}\n    job_state = F\n    Exit_status = -29\n")
        return 0
    lines, code = [], 0
    for name in arguments:
        path = queue() / f"{name.partition('.')[0]}.json"
        if not path.exists():
            print(f"qstat: Unknown Job Id {name}", file=sys.stderr)
            code = 153
        elif not is_there(json.loads(path.read_text())["process"]):
            history = "use -x or -H to obtain historical job information"
            print(f"qstat: {name} Job has finished, {history}", file=sys.stderr)
            code = 35
        else:
            given = {"id": name, "name": "rule", "user": "ann", "time": "00:00:00", "state": "R"}
            lines.append(LINE.format(**given, queue="workq"))
    if lines:
        print("Job id            Name             User              Time Use S Queue")
        print("----------------  ---------------- ----------------  -------- - -----")
        print("\n".join(lines))
    return code


def qdel(arguments: list[str]) -> int:
    for name in arguments:
        job = json.loads((queue() / f"{name.partition('.')[0]}.json").read_text())
        with suppress(ProcessLookupError):
            os.killpg(job["process"], signal.SIGTERM)
    return 0


def is_there(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


if __name__ == "__main__":
    sys.exit({"qsub": qsub, "qstat": qstat, "qdel": qdel}[sys.argv[1]](sys.argv[2:]))
