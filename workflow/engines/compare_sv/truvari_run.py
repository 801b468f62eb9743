"""Running truvari's own commands, each in a process of this Python environment."""

import json
import os
import re
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from engines.compare_sv import truvari_process
from engines.compare_sv.options import Options
from engines.contract.errors import EngineError, Transient, Unavailable
from engines.contract.progress import say

_EXCEPTION = re.compile(r"[\w.]*(Error|Exception|Interrupt|Exit)\b(: .*)?")
_LOGGED = re.compile(r"(?:.*\[(?:ERROR|CRITICAL)\]|ERROR:root:|CRITICAL:root:|\[E::\w+\])\s*(.*)")
_HINTS = {
    r"multi-allelic": "a record with several ALT alleles reached truvari: please report it",
    r"Tag not defined|tag id=": "a key that the VCF header lacks reached truvari: please report it",
    r"MemoryError": "give a smaller --sizemax, or more memory",
    r"fai index": "pysam 0.24 breaks truvari refine: install a version below 0.24",
}


class Truvari:
    """One benchmark in a fresh folder: bench, then perhaps refine, then ga4gh.

    Attributes:
        version: truvari's.
        folder: truvari's result folder.
        commands: what was run, without the interpreter.
        warnings: what it could not do.
    """

    def __init__(self, work: Path) -> None:
        try:
            self.version = metadata.version("truvari")
        except metadata.PackageNotFoundError as error:
            raise Unavailable("truvari is not installed", hint="run 'make setup'") from error
        self.folder = work / "truvari"
        self.commands: list[str] = []
        self.warnings: list[str] = []
        # its temporary files go with ours; a fixed hash seed: the same order of everything
        self._environment = {**os.environ, "TMPDIR": str(work), "PYTHONHASHSEED": "0"}

    def bench(
        self,
        truth: Path,
        query: Path,
        reference: Path | None,
        confident: Path | None,
        options: Options,
    ) -> dict[str, Any]:
        """Compare call by call; returns truvari's ``summary.json``."""
        arguments = [f"--base={truth}", f"--comp={query}", f"--output={self.folder}"]
        if reference:
            arguments.append(f"--reference={reference}")
        if confident:
            arguments.append(f"--includebed={confident}")
        self._run("bench", *arguments, *options.bench_arguments())
        return _read_json(self.folder / "summary.json")

    def refine(
        self, reference: Path, options: Options, threads: int
    ) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Compare haplotypes where calls were left unmatched.

        Returns:
            truvari's variant and region summaries, or None where there was nothing to refine.
        """
        if not self._has_candidates():
            return None
        self._run(
            "refine",
            "--use-original-vcfs",
            f"--align={options.align}",
            f"--coords={options.coords}",
            f"--buffer={options.buffer}",
            f"--threads={threads}",
            f"--reference={reference}",
            str(self.folder),
        )
        variants = self.folder / "refine.variant_summary.json"
        if not variants.exists():  # it leaves with 0 when no region has calls of both sides
            return None
        return _read_json(variants), _read_json(self.folder / "refine.region_summary.json")

    def ga4gh(self, refined: bool) -> tuple[dict[str, Any], Path, Path]:
        """Gather the calls of each side with their decisions (GA4GH tags BD and BK).

        Returns:
            truvari's summary of them, the truth VCF and the query VCF.
        """
        prefix = self.folder / "ga4gh"
        arguments = [f"--input={self.folder}", f"--output={prefix}"]
        self._run("ga4gh", *arguments, *([] if refined else ["--no-refine"]))
        return (
            _read_json(Path(f"{prefix}.summary.json")),
            Path(f"{prefix}.base.vcf.gz"),
            Path(f"{prefix}.comp.vcf.gz"),
        )

    def refined_regions(self) -> int:
        """Regions whose haplotypes were compared."""
        rows = (self.folder / "refine.regions.txt").read_text(encoding="utf-8").splitlines()
        column = rows[0].split("\t").index("refined")
        return sum(row.split("\t")[column] == "True" for row in rows[1:])

    def _has_candidates(self) -> bool:
        """Leave out regions that refine cannot parse: contigs with - or : in the name."""
        path = self.folder / "candidate.refine.bed"
        rows = path.read_text(encoding="utf-8").splitlines()
        usable = [row for row in rows if not set("-:") & set(row.partition("\t")[0])]
        if len(usable) < len(rows):
            self.warnings.append(
                f"{len(rows) - len(usable):,} regions are not refined: truvari cannot read "
                "contig names with - or :"
            )
            path.write_text("".join(f"{row}\n" for row in usable), encoding="utf-8")
        return bool(usable)

    def _run(self, *arguments: str) -> None:
        """Run one command, its log to ours.

        Raises:
            EngineError: it failed; with the last line that says why.
            Transient: it was killed, or one of its worker processes.
        """
        self.commands.append(" ".join(("truvari", *arguments)))
        # -P: a folder of the user's called truvari must not be imported
        command = [sys.executable, "-P", truvari_process.__file__, *arguments]
        lines = []
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=self._environment,
            process_group=0,  # so that its pool of workers can be ended with it
        ) as process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    lines.append(line.rstrip())
                    say(lines[-1])
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        if process.returncode:
            _explain(arguments[0], process.returncode, lines)


def _explain(command: str, code: int, lines: list[str]) -> None:
    ended_by = -code if code < 0 else code - 128  # truvari itself, or a worker of its pool
    if ended_by in set(signal.Signals):
        raise Transient(
            f"truvari {command} was ended by {signal.Signals(ended_by).name}",
            hint="most often too little memory: give more, or a smaller --sizemax",
        )
    cause = last_meaningful_line(lines)
    hint = next((hint for pattern, hint in _HINTS.items() if re.search(pattern, cause)), "")
    if not hint and command == "refine":
        hint = "its own messages are above; --no-refine gives the result of bench alone"
    raise EngineError(
        f"truvari {command} failed (exit code {code}): {cause}",
        hint=hint or "its own messages are above",
    )


def last_meaningful_line(lines: list[str]) -> str:
    """The line that says why: the exception, else the last logged error, else the last line."""
    for line in reversed(lines):
        if _EXCEPTION.fullmatch(line):
            return line
    for line in reversed(lines):
        if (found := _LOGGED.fullmatch(line)) and "fix parameters" not in line:
            return found[1]
    return next((line for line in reversed(lines) if line.strip()), "it said nothing")


def _read_json(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data
