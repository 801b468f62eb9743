"""A service's folders for tests of submissions, and the real workflow's demo as one of them."""

import gzip
import importlib
import os
import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from control.record.request import Request
from control.record.run_dir import Run, RunDir, State
from control.runs.analyses import read_workflow
from control.runs.submit import Submission
from control.runs.upload_record import Upload
from control.runs.uploads import Uploads
from control.settings import Settings

VCF = gzip.compress(b"##fileformat=VCFv4.2\n")


def service(folder: Path, **settings: Any) -> Settings:
    """Settings whose every folder is in ``folder``."""
    own = {"runs": [folder / "runs"], "state": folder / "state"}
    return Settings.model_validate({**own, **settings})


def demo(settings: Settings, **changes: Any) -> Submission:
    """The demo, as the service offers it to be tried."""
    example = read_workflow(settings.workflow).examples()["demo"]
    asked = {"analysis": "all", "config": example["config"], "samples": example["samples"]}
    return Submission.model_validate({**asked, **changes})


def uploaded(settings: Settings, user: str, name: str, content: bytes = VCF) -> Upload:
    """A finished upload."""
    uploads = Uploads(settings, user)
    id = uploads.create(name, len(content)).id
    uploads.append(id, 0, [content])
    return uploads.finish(id)


def make_run(
    settings: Settings, seconds: float = 1_700_000_000, state: State | None = None, **more: Any
) -> RunDir:
    """A run of anna's, in a state that is written; without one it waits in the queue."""
    run_dir = RunDir.create(settings.runs[0], seconds)
    run_dir.request.write_text(Request(user="anna", analysis="all").to_json())
    run_dir.work.mkdir()
    if state is not None:
        run_dir.write_run(Run(state=state, **{"launched_by": "driver", **more}))
    return run_dir


def run_ids(settings: Settings) -> list[str]:
    """What anybody who lists the runs sees."""
    runs = settings.runs[0]
    return sorted(name for name in os.listdir(runs) if not name.startswith("."))


def left_behind(settings: Settings) -> list[str]:
    """Everything beside the runs, runs too, but for the folders that they share."""
    return [name for name in os.listdir(settings.runs[0]) if not name.startswith(".shared-")]


def killed_at(step: int, work: Callable[[], object], names: dict[str, list[str]]) -> bool:
    """Do ``work`` in a child that is killed around its ``step``-th change of the disk.

    Args:
        step: from 0; an even one kills before the change, an odd one behind it.
        names: module → functions of it that change the disk.

    Returns:
        Whether it was killed; else the work came to its end before.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _arm(step, names)
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert status == 0 or os.WIFSIGNALED(status), "the work failed"
    return os.WIFSIGNALED(status)


def _arm(step: int, names: dict[str, list[str]]) -> None:
    seen = 0

    def armed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal seen
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)
            result = function(*args, **kwargs)
            if seen + 1 == step:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 2
            return result

        return call

    for module, functions in names.items():
        loaded = importlib.import_module(module)
        for name in functions:
            setattr(loaded, name, armed(getattr(loaded, name)))
