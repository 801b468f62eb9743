"""The service, for scripts and notebooks: submit runs, follow them, take their results."""

import logging
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from control.client import follow
from control.client.api import PAGE, Api, Json
from control.client.following import PATIENCE, Following, Message

ENDED = ("completed", "failed", "cancelled", "interrupted")
"""States in which nothing goes on; an interrupted run can be resumed."""
INDEX_SECONDS = 0.2
"""What the list of runs may be behind the messages."""

Run = Json
"""A run, as ``/api/v1/openapi.json`` describes it: run_id, state, name, jobs, why, actions …"""


class Client:
    """The service, as one user asks it; may be used by several threads.

    What the service refuses, and what fails on the way, is an ``EngineError`` with ``message``,
    ``hint`` and ``error_class`` ("transient" may pass by itself, "permanent" will not): ``Refused``
    with ``status`` for an answer of the service, else ``Transient``, ``Unavailable``, ``TimedOut``
    and others of ``engines.contract.errors``. What may be asked twice is asked again first.

    Args:
        url: ``https://HOST/PREFIX`` or ``unix:PATH``; None: PLUMBLINE_URL, else the service that
            this account runs.
        token: None: PLUMBLINE_TOKEN, else where the commands look for it.
        patience: seconds for which a service that is away is waited for while a run is followed.
        say: told, in a line, what is waited for; by default the log ``control.client``.

    Attributes:
        api: for whatever has no method here: ``client.api.get("/runs/RUN/jobs")``.

    Raises:
        Unavailable: no service was named, and this account runs none.
        BadUsage: no address.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        patience: float = PATIENCE,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.api = Api(url, token=token)
        self._patience = patience
        self._say = say or logging.getLogger("control.client").warning

    def submit(
        self,
        analysis: str = "",
        *,
        targets: Iterable[str] = (),
        config: Mapping[str, Any] | str | Path | None = None,
        samples: Iterable[Mapping[str, str | None]] | str | Path | None = None,
        name: str = "",
        profile: str = "default",
        launcher: str | None = None,
        options: Mapping[str, Any] | None = None,
        upload: bool = False,
        key: str | None = None,
    ) -> Run:
        """Submit a run, which then waits in the queue.

        Args:
            analysis: by name, as the page of a new run lists them; without it and without
                targets: all.
            targets: rules or files to make, in the place of an analysis.
            config: the configuration, or its file (YAML).
            samples: the sample sheet: its file, its text (more than one line), or its rows.
            name: what people call the run.
            profile: where and how its jobs run.
            launcher: where its driver lives.
            options: of Snakemake: cores, mem_mb …
            upload: send the local files that configuration and sheet name.
            key: the same one gives the same run, however often this is called.

        Raises:
            Refused: it cannot run (422, with every reason), or may not.
            EngineError: a file cannot be read, or the service does not answer.
        """
        from control.client import submission  # with YAML, which only this needs
        from control.client.uploading import Uploader

        content = submission.content(config, samples, options or {})
        if upload:
            content = submission.with_uploads(content, Uploader(self.api))
        chosen = list(targets)
        asked = {"analysis": analysis or ("" if chosen else "all"), "targets": chosen}
        asked |= {"name": name, "profile": profile}
        asked |= {"launcher": launcher} if launcher else {}
        return submission.send(self.api, content | asked, key)

    def runs(self, /, *, most: int | None = None, **filters: Any) -> list[Run]:
        """Runs, the newest first.

        Args:
            most: how many; None: all.
            filters: state (one or a list), owner, analysis, rule, text, sort, descending.
        """
        asked = {"limit": PAGE if most is None else min(PAGE, most), **filters}
        return list(self.api.pages("/runs", asked, most))

    def run(self, run_id: str) -> Run:
        """Everything about one run.

        Raises:
            Refused: there is none (404), or it is somebody else's (403).
        """
        return self.api.get(_path(run_id))

    def messages(
        self, run_id: str, since: int = 0, *, timeout: float | None = None
    ) -> Generator[Message, None, None]:
        """The messages of a run as they come, in order, each once, until it ends.

        A connection that breaks, or a service that is started again, is waited for and asked for
        what comes next. It also ends where the run is interrupted and nobody has resumed it.

        Args:
            run_id: of the run.
            since: sequence of the last message that you have.
            timeout: seconds after which it is enough; None: as long as the run takes.

        Raises:
            Refused: no valid token (401), another's run (403), no such run (404).
            TimedOut: the run has not ended in time.
            EngineError: the service was away for longer than ``patience``.
        """
        return follow.follow(self.following(run_id, since, timeout))

    def following(self, run_id: str, since: int, timeout: float | None) -> Following:
        """How far a run has been followed: for :meth:`messages`, here and of AsyncClient."""
        return Following(
            self.api, run_id, since, patience=self._patience, timeout=timeout, say=self._say
        )

    def wait(self, run_id: str, timeout: float | None = None) -> Run:
        """Wait until a run has ended, or is interrupted; gives it.

        Raises:
            TimedOut: it has not within ``timeout`` seconds.
            EngineError: as :meth:`messages`.
        """
        began, run = time.monotonic(), self.run(run_id)
        while run["state"] not in ENDED:
            for _ in self.messages(run_id, run["last_sequence"], timeout=left(began, timeout)):
                pass
            time.sleep(INDEX_SECONDS)
            run = self.run(run_id)
        return run

    def cancel(self, run_id: str) -> Run:
        """End a run now; its running jobs are interrupted.

        Raises:
            Refused: it has ended (409), or is not yours to steer (403).
        """
        return self.api.post(f"{_path(run_id)}/cancel")

    def stop(self, run_id: str) -> Run:
        """Let the running jobs finish, and start no more.

        Raises:
            Refused: as :meth:`cancel`.
        """
        return self.api.post(f"{_path(run_id)}/stop")

    def resume(self, run_id: str) -> Run:
        """Queue a run again, which does what is not done yet.

        Raises:
            Refused: as :meth:`cancel`.
        """
        return self.api.post(f"{_path(run_id)}/resume")

    def results(self, run_id: str) -> list[Message]:
        """The machine-readable outcomes that the jobs have told so far: messages of type result."""
        found: list[Message] = []
        since = 0
        while True:
            page = self.api.get(f"{_path(run_id)}/events", {"since": since, "type": "result"})
            found += page["messages"]
            since = page["next"]
            if since >= page["last"]:
                return found

    def files(self, run_id: str) -> list[Json]:
        """The files of a run's results so far: path, size, modified, link."""
        return list(self.api.pages(f"{_path(run_id)}/files", {"limit": PAGE}))

    def download(
        self, run_id: str, folder: str | Path = ".", files: Iterable[str] = ()
    ) -> list[Path]:
        """Bring results here, each complete or not at all; gives where they lie.

        Args:
            run_id: of the run.
            folder: for them.
            files: which, as :meth:`files` names them; without: all.

        Raises:
            InputMissing: the run has no such file.
            CannotWrite: the folder cannot be written.
            EngineError: the service does not answer.
        """
        from control.client.download import fetch_files

        return [path for path, _ in fetch_files(self.api, run_id, Path(folder), files)]


def left(began: float, timeout: float | None) -> float | None:
    """What is left of so many seconds since then."""
    return None if timeout is None else began + timeout - time.monotonic()


def _path(run_id: str) -> str:
    return f"/runs/{quote(run_id, safe='')}"
