"""The driver of a run as a batch job of SLURM: its script, and what it asks for."""

import shlex
import sys
from collections.abc import Mapping

from control.record import slurm_command
from control.record.request import read_request
from control.record.run_dir import RunDir
from control.runs import command
from control.settings import Settings, SlurmLauncher
from engines.contract.errors import Transient

_KILLED_TRIES, _LIMIT_TRIES = 3, 20
_LOOKS = 60  # of five seconds, and what the controller takes: it may be started anew meanwhile


def job_name(run_id: str) -> str:
    """How the job of a run's driver is called."""
    return f"plumbline-{run_id}"


def script(run_dir: RunDir) -> str:
    """The batch script: the driver, and what is to be done when it is killed."""
    python, settings, path = (
        shlex.quote(str(each)) for each in (sys.executable, run_dir.settings, run_dir.path)
    )
    return f"""#!/bin/sh
# The driver of a run of Plumbline.
{python} -P -m control.runs.driver --config {settings} {path} &
driver=$!
trap 'kill -TERM "$driver"' TERM  # its time is nearly over, or somebody wants the node
while :; do
    wait "$driver"
    code=$?
    kill -0 "$driver" 2>/dev/null || break  # else only the waiting was interrupted
done
case $code in
    {Transient.code}) tries={_LIMIT_TRIES} ;;  # it was told to end
    129 | 1[3-9]? | 2??) tries={_KILLED_TRIES} ;;
    *) exit $code ;;
esac
looks=0
while [ "${{SLURM_RESTART_COUNT:-0}}" -lt $tries ] && [ $looks -lt {_LOOKS} ]; do
    if state=$(squeue --noheader --jobs="$SLURM_JOB_ID" --format=%T); then
        case $state in
            *RUNNING) ;;
            *) break ;;  # somebody has cancelled the job: requeue would bring it back
        esac
        echo "--- plumbline: the driver ended with $code and is put back into the queue ---"
        scontrol requeue "$SLURM_JOB_ID" && exec sleep 600  # until SLURM ends this attempt
    fi
    looks=$((looks + 1))
    sleep 5
done
exit $code
"""


def arguments(run_dir: RunDir, settings: Settings, launcher: SlurmLauncher) -> list[str]:
    """The options of sbatch.

    Raises:
        EngineError, UnreadableRun: the request asks for what cannot be.
    """
    request = read_request(run_dir)
    assert request is not None
    need = command.need_of(settings, request)
    log = str(run_dir.driver_log).replace("%", "%%")
    given = {
        "job-name": job_name(run_dir.run_id),
        "comment": f"drives Plumbline's run {run_dir.run_id}",
        "dependency": "singleton",
        "export": "ALL",
        "chdir": run_dir.path,
        "output": log,
        "open-mode": "append",
        "nodes": 1,
        "ntasks": 1,
        "cpus-per-task": need.cores or launcher.cpus,
        "mem": f"{need.mem_mb or launcher.mem_mb}M",
        "time": launcher.runtime,
        "signal": f"B:TERM@{warned_seconds(launcher.runtime)}",
        "partition": launcher.partition,
        "account": launcher.account,
        "qos": launcher.qos,
    }
    options = [f"--{name}={value}" for name, value in given.items() if value != ""]
    return ["--parsable", "--requeue", *options, *launcher.extra]


def warned_seconds(runtime: str) -> int:
    """How long before the end of its time a job is told, to end well: longer than that takes."""
    return min(120, int(runtime) * 60 // 4) if runtime.isdigit() else 120


def environ(ours: Mapping[str, str]) -> dict[str, str]:
    """Without what describes a job that the service itself may be: it would count for this one.

    Without options of sbatch, too: what a driver's job asks for is said by the launcher alone.
    """
    left_out = slurm_command.HIDING + slurm_command.OF_A_JOB
    return {
        k: v for k, v in ours.items() if k in slurm_command.OF_PEOPLE or not k.startswith(left_out)
    }
