"""What a profile and the rules of the workflow ask of a cluster."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from engines.contract.errors import BadData

_RULE = re.compile(r"^\s*(?:rule|checkpoint) (\w+):", re.MULTILINE)
_AMOUNT = re.compile(r"^\s*(mem_mb|runtime)=[^\d\n]*?(\d+)\b.*$", re.MULTILINE)
_THREADS = re.compile(r"^\s*threads: (\d+)\b", re.MULTILINE)
_COMMAND = re.compile(r"^\s*(shell|run|script|notebook|wrapper|cwl):", re.MULTILINE)
_GROWING = re.compile(r"(\d+) ?\* ?attempt")


@dataclass(frozen=True)
class Asked:
    """What a profile asks for.

    Attributes:
        file: its configuration, for hints.
        executor: where its jobs run.
        jobs, retries, latency_wait: as its keys of these names; 0 where it does not say.
        defaults: what every job asks for, by the name of the resource.
        of_rules: what single rules ask for besides or instead.
        partitions: from which a job that names none gets the one that fits.
    """

    file: Path
    executor: str
    jobs: int = 0
    retries: int = 0
    latency_wait: int = 5
    defaults: Mapping[str, str] = field(default_factory=dict)
    of_rules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    partitions: tuple[str, ...] = ()

    @property
    def is_slurm(self) -> bool:
        """Whether its jobs go to SLURM."""
        return self.executor in ("slurm", "plumbline-slurm")

    def where(self, key: str) -> str:
        """The key of the profile, for a hint."""
        return f"{self.file}, default-resources: {key}"

    def requests(self, workflow: Path, attempt: int = 1) -> Iterator["Job"]:
        """What jobs ask for: one of the defaults, then one of each rule.

        Args:
            workflow: folder of the workflow.
            attempt: for which they ask; most ask for more at each.
        """
        choice = {"slurm_partition": ",".join(self.partitions)} if self.partitions else {}
        rules = {"": dict[str, str](), **dict(_rules(workflow))}
        for rule in dict.fromkeys([*rules, *self.of_rules]):
            own = {**rules.get(rule, {}), **self.of_rules.get(rule, {})}
            asks = {**choice, **self.defaults, **own}
            yield Job(rule, {name: _at(value, attempt) for name, value in asks.items()})


@dataclass(frozen=True)
class Job:
    """What a job of a rule asks for; values that are computed are left out."""

    rule: str
    resources: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.resources.get(name, "")

    def number(self, name: str) -> int:
        """An amount; 0 where it is none, or computed."""
        value = self[name]
        return int(value) if value.isdigit() else 0

    @property
    def gpus(self) -> int:
        """How many GPUs."""
        in_gres = re.search(r"gpu(?::[\w-]+)?:(\d+)", self["gres"] + self["slurm_extra"])
        return self.number("gpu") or (int(in_gres[1]) if in_gres else 0)

    @property
    def called(self) -> str:
        """How it is named in a finding."""
        return f"rule {self.rule}" if self.rule else "default-resources"


def read(file: Path) -> Asked:
    """What a profile's configuration asks for.

    Raises:
        BadData: it cannot be read.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        return Asked(
            file,
            str(content.get("executor") or "local"),
            _number(content.get("jobs")),
            _number(content.get("retries")),
            _number(content.get("latency-wait", 5)),
            _named(content.get("default-resources")),
            _by_rule(content.get("set-resources"), content.get("set-threads")),
            _partitions(content),
        )
    except (OSError, ValueError, LookupError, AttributeError, yaml.YAMLError) as error:
        raise BadData(f"profile {file}: cannot be read: {error}"[:300]) from None


def _partitions(profile: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the file of partitions, which is found from where Snakemake is typed."""
    executor = profile.get("executor")
    if not (file := profile.get(f"{executor}-partition-config")):
        return ()
    content = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    return tuple(map(str, content["partitions"]))


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _named(given: Any) -> dict[str, str]:
    """Resources as a profile may write them: ``{mem_mb: 4000}`` or ``[mem_mb=4000]``."""
    if isinstance(given, Mapping):
        return {str(name): str(value) for name, value in given.items()}
    return dict(str(each).split("=", 1) for each in given or [])


def _by_rule(resources: Any, threads: Any) -> dict[str, dict[str, str]]:
    """Likewise ``{rule: {mem_mb: 4000}}`` or ``[rule:mem_mb=4000]``, and threads."""
    found: dict[str, dict[str, str]] = {}
    if isinstance(resources, Mapping):
        found = {str(rule): _named(own) for rule, own in resources.items()}
    else:
        for each in resources or []:
            rule, _, amount = str(each).partition(":")
            found.setdefault(rule, {}).update(_named([amount]))
    for rule, number in _named(threads).items():
        found.setdefault(rule, {})["threads"] = number
    return found


def _at(value: str, attempt: int) -> str:
    """An amount at an attempt; what is no plain product stays what it is."""
    found = _GROWING.fullmatch(value)
    return str(int(found[1]) * attempt) if found else value


def _rules(workflow: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """What the rules of a workflow ask for that is written as a number, by its text.

    To ask Snakemake itself would need a configuration and a second; what it computes
    depends on the files of a run.
    """
    for file in sorted((workflow / "workflow").rglob("*.smk")):
        _, *parts = _RULE.split(file.read_text(encoding="utf-8"))
        for rule, body in zip(parts[::2], parts[1::2], strict=True):
            if "localrule:" in body or not _COMMAND.search(body):
                continue  # it runs where Snakemake does
            amounts = {
                found[1]: found[2] + " * attempt" * ("attempt" in found[0])
                for found in _AMOUNT.finditer(body)
            }
            threads = _THREADS.search(body)
            yield rule, amounts | ({"threads": threads[1]} if threads else {})
