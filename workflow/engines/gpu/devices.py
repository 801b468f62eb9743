"""Which GPUs there are to choose from, by the names that CUDA_VISIBLE_DEVICES takes.

nvidia-smi's numbers follow the bus, CUDA's own by default the speed; so devices of the machine
are called by their UUID, which is the same everywhere, also in a container that sees one of them.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from engines.contract.errors import Unavailable

VISIBLE = "CUDA_VISIBLE_DEVICES"
OURS = "PLUMBLINE_GPUS"
"""The GPUs of the machine that jobs may use, where that is not all of them."""
HELD_BY = "PLUMBLINE_GPU_SLOT"
"""Set for a command that ``plumbline gpu`` started: the process that holds its GPUs."""
NVIDIA_SMI = "nvidia-smi"
JOB_IDS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "AWS_BATCH_JOB_ID")
ASK_SECONDS = 60  # without persistence mode the driver wakes every GPU first

_UUID = re.compile(r"(?:GPU|MIG)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_LINE = re.compile(r"\s*(?:GPU (\d+)|MIG [^:]*): (.*)\(UUID: ([^\s)]+)\)")


@dataclass(frozen=True)
class Offer:
    """GPUs to choose from.

    Attributes:
        devices: their names.
        scope: the job or command that was given them for itself; empty: they are the machine's.
        source: where their names come from.
    """

    devices: tuple[str, ...]
    scope: str
    source: str


@dataclass(frozen=True)
class Installed:
    """A GPU, or a part of one (MIG), as nvidia-smi lists it."""

    number: str
    model: str
    uuid: str


def offered() -> Offer:
    """What this process may choose from; nothing where there is no GPU.

    Raises:
        Unavailable: nvidia-smi fails, or a name stands for no GPU.
    """
    for source in (VISIBLE, OURS):
        if (names := os.environ.get(source)) is not None:
            scope = scope_of_visible() if source == VISIBLE else ""
            listed = _listed(names)
            return Offer(listed if scope else _resolved(listed, source), scope, source)
    return Offer(tuple(each.uuid for each in installed()), "", NVIDIA_SMI)


def scope_of_visible() -> str:
    """Who has chosen what is visible: an outer command, a scheduler's job, or nobody."""
    if VISIBLE in os.environ:
        if holder := os.environ.get(HELD_BY):
            return f"process-{holder}"
        for name in JOB_IDS:
            if job := os.environ.get(name):
                return f"{name.partition('_')[0].lower()}-{job}"
    return ""


def installed() -> list[Installed]:
    """The GPUs of this machine; of one that is divided, its parts. Empty without nvidia-smi.

    Raises:
        Unavailable: nvidia-smi cannot say.
    """
    try:
        asked = subprocess.run(
            [NVIDIA_SMI, "-L"], capture_output=True, timeout=ASK_SECONDS, check=False
        )
    except FileNotFoundError:
        return []
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _broken(str(error)) from error
    said = asked.stdout.decode("utf-8", "replace")
    if asked.returncode:
        lines = (said + asked.stderr.decode("utf-8", "replace")).strip().splitlines()
        if lines and lines[0].startswith("No devices"):
            return []
        raise _broken(lines[0] if lines else f"it ended with {asked.returncode}")
    return read_list(said)


def read_list(said: str) -> list[Installed]:
    """What ``nvidia-smi -L`` has printed."""
    found: list[Installed] = []
    for line in said.splitlines():
        if not (parts := _LINE.match(line)):
            continue
        number, model, uuid = parts[1], parts[2].strip(), parts[3]
        if number is None and found:  # a part stands below its GPU, and takes its place
            whole = found[-1]
            number, model = whole.number, whole.model
            if whole.uuid.startswith("GPU-"):
                found.pop()
        found.append(Installed(number or "0", model, uuid))
    return found


def _broken(why: str) -> Unavailable:
    return Unavailable(
        f"{NVIDIA_SMI}: {why}"[:300], hint=f"mend the driver, or name the GPUs in {OURS}"
    )


def _listed(names: str) -> tuple[str, ...]:
    """As CUDA reads it: what follows a name that cannot be one, such as -1, does not count."""
    found: list[str] = []
    for name in (part.strip() for part in names.split(",")):
        if not name or name.startswith("-") or name == "NoDevFiles":
            break
        found.append(name)
    return tuple(dict.fromkeys(found))


def _resolved(names: Sequence[str], source: str) -> tuple[str, ...]:
    """The same devices by UUID; where nvidia-smi is not there, as they stand."""
    if all(_UUID.fullmatch(name) for name in names):
        return tuple(names)
    here = installed()
    if not here:
        return tuple(names)
    found: list[str] = []
    for name in names:
        meant = [each.uuid for each in here if each.number == name or each.uuid.startswith(name)]
        if not meant:
            numbers = ", ".join(dict.fromkeys(each.number for each in here))
            raise Unavailable(
                f"{source}: there is no GPU {name!r}", hint=f"nvidia-smi shows {numbers}"
            )
        found += meant
    return tuple(dict.fromkeys(found))
