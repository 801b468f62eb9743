"""Runs of a tiny workflow on another host: this one, by a real sshd and with folders of its own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from run_lab import Lab, wait_until
from ssh_server import SshServer

from control.record.run_dir import RunDir, State
from control.runs import launch
from control.runs.launch import Launched
from control.runs.lease import is_free

ANALYSES = {
    "analyses": {"all": {"title": "All", "targets": ["all"]}},
    "schemas": {"configuration": "workflow/schema.yaml", "samples": "workflow/schema.yaml"},
    "sheet": "samples",
    "files": {"configuration": {"inputs.*": "file", "table": "table"}, "samples": {}},
}
SNAKEFILE = r"""
wildcard_constraints:
    sample=r"\w+",
rule all:
    default_target: True
    input:
        expand("results/{sample}.txt", sample=config["jobs"]),
        expand("results/{name}/data.txt", name=config["inputs"]),

rule make:
    output:
        "results/{sample}.txt",
    log:
        "logs/{sample}.log",
    params:
        how=lambda wildcards: config["jobs"][wildcards.sample],
    shell:
        "( {params.how} ) > {log} 2>&1 && echo done > {output}"

rule copy:
    input:
        lambda wildcards: config["inputs"][wildcards.name],
    output:
        "results/{name}/data.txt",
    shell:
        "cp {input} {output}"
"""


class SshLab(Lab):
    """A service here, and a plumbline of its own settings behind a server.

    Args:
        folder: of the test.
        server: the server.
        launcher: keys of the launcher ``lab`` that differ.
        settings: keys of the settings here.
    """

    def __init__(
        self,
        folder: Path,
        server: SshServer,
        launcher: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        own = {"kind": "ssh", "host": "lab", "config_file": str(server.config)}
        there = {"plumbline": str(server.plumbline), "folder": str(folder / "there" / "runs")}
        launchers = {"lab": {**own, **there, **(launcher or {})}}
        super().__init__(folder, launchers=launchers, **settings)
        self.server = server
        workflow = self.settings.workflow / "workflow"
        (workflow / "Snakefile").write_text(SNAKEFILE)
        (workflow / "analyses.yaml").write_text(yaml.safe_dump(ANALYSES))
        (workflow / "schema.yaml").write_text("type: object\nproperties: {}\n")
        content = {
            "runs": [str(folder / "there" / "runs")],
            "state": str(folder / "there" / "state"),
            "workflow": str(self.settings.workflow),
        }
        server.service.write_text(json.dumps(content))

    def queue(self, jobs: Mapping[str, str], **request: Any) -> RunDir:
        """A run that waits to be started on the other host; ``inputs``: name → file."""
        inputs = request.pop("inputs", {})
        run_dir = super().queue(jobs, **{"launcher": "lab", **request})
        config = {"jobs": dict(jobs), "inputs": {name: str(file) for name, file in inputs.items()}}
        run_dir.config.write_text(json.dumps(config))
        return run_dir

    def launch(self, run_dir: RunDir) -> Launched:
        """Launch it, as the steward does."""
        return launch.start(run_dir, self.settings)

    def there(self, run_dir: RunDir) -> RunDir:
        """The same run on the other side."""
        return RunDir(self.folder / "there" / "runs" / run_dir.run_id)

    def let_go_of(self, run_dir: RunDir, launched: Launched) -> int:
        """Wait until the process here has ended; gives its exit code."""
        wait_until(lambda: launched.poll() is not None, "the end of the launch")
        wait_until(lambda: is_free(run_dir), "the end of the lease")
        code = launched.poll()
        assert code is not None
        return code

    def words(self, run_dir: RunDir) -> list[str]:
        """Texts of what was noted in the events."""
        lines = run_dir.events.read_text().splitlines()
        events = [json.loads(line) for line in lines]
        return [each["message"] for each in events if each.get("from") == "launcher"]

    def is_running(self, run_dir: RunDir) -> bool:
        """Whether it runs, as far as is known here."""
        return run_dir.run.exists() and run_dir.state() is State.RUNNING
