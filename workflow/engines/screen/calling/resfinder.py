"""ResFinder and PointFinder, where they are installed, on the reads that a screen keeps."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engines.contract.errors import BadData, BadUsage, EngineError, Unavailable
from engines.screen.calling import kma
from engines.screen.calling.kept import kept, key_of
from engines.screen.calling.nothing import never_empty
from engines.screen.calling.tool import run
from engines.screen.databases import tables

_PARTS = ("comp.b", "length.b", "name", "seq.b")  # of an index of KMA
_PROGRAM = "run_resfinder.py"
_ODD = re.compile(r"[^A-Za-z0-9._+-]")
_NO_ROW = "'NoneType' object has no attribute 'res_database'"
_HINT = "apt install resfinder resfinder-db, or conda install -c bioconda resfinder"

# what differs between two runs on the same reads: who ran it, when, on which files
_OF_THE_RUN = ("run_date", "software_executions", "software_commit", "key")


def program() -> list[str]:
    """The command that starts ResFinder, with a Python that has its modules.

    It is a script of the system's Python; ours comes first on the PATH and lacks them.

    Raises:
        Unavailable: it is not installed.
    """
    script = shutil.which(_PROGRAM)
    if script is None:
        raise Unavailable("ResFinder is not installed", hint=_HINT)
    with open(script, encoding="utf-8", errors="replace") as lines:
        named = lines.readline().removeprefix("#!").split()
    pythons = [word for word in named[:1] if Path(word).is_absolute() and "env" not in word]
    pythons += [str(Path(script).with_name("python3")), "/usr/bin/python3"]
    for python in dict.fromkeys(pythons):
        if Path(python).exists() and _has_modules(python):
            return [python, script]
    raise Unavailable(
        f"{script}: no Python has its modules (cgelib)", hint=f"install it again: {_HINT}"
    )


def _has_modules(python: str) -> bool:
    done = subprocess.run([python, "-c", "import cgelib"], capture_output=True, env=_environment())
    return done.returncode == 0


def _environment() -> dict[str, str]:
    """Ours without our Python, and with one order of sets: its tables depend on it."""
    ours = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    return {k: v for k, v in os.environ.items() if k not in ours} | {"PYTHONHASHSEED": "0"}


def there() -> bool:
    """Whether ResFinder can be run."""
    try:
        program()
    except Unavailable:
        return False
    return True


def call(
    reads: Sequence[Path],
    acquired: Path,
    folder: Path,
    species: str = "",
    mutations: Path | None = None,
    cache: Path | None = None,
) -> dict[str, Any]:
    """Run ResFinder on single reads or pairs; with a species and its database PointFinder too.

    Its tables and ``resfinder.json`` land in ``folder``.

    Args:
        acquired: a ResFinder folder with the files of its classes.
        species: as ResFinder knows it, for example ``Escherichia coli``.
        mutations: a PointFinder folder.

    Returns:
        Its JSON.

    Raises:
        Unavailable: it is not installed. EngineError, Transient: it failed. BadData: no result,
            or a gene was found that the database says nothing about (4.3.0 ends with a traceback).
        BadUsage: ``folder`` is not empty.
    """
    start = program()
    if any(folder.iterdir()):  # it takes what lies there for its own earlier work
        raise BadUsage(f"{folder}: is not empty", hint="give ResFinder a folder of its own")
    places = {"out": folder, "acquired": acquired, "classes": _classes(acquired, cache)}
    options = ["-acq", "-db_res", "acquired", "-db_res_kma", "classes"]
    if species and mutations:
        # 4.3.0 does not look at its option -db_point_kma: the index has to lie in the database
        places["mutations"] = _species(mutations, species, cache)
        options += ["-c", "-s", species, "-db_point", "mutations"]
    with never_empty(reads) as some:
        links = {_plain_name(number, path): path for number, path in enumerate(some, 1)}
        command = [*start, "-ifq", *links, "-o", "out", "-j", "out/resfinder.json", *options]
        _run(command, places | links)
    result = folder / "resfinder.json"
    try:
        found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadData(f"{result}: ResFinder wrote no result", hint="run it by hand") from error
    return found


def _plain_name(number: int, path: Path) -> str:
    """The name of a file as its tables show it, without what a shell would act on."""
    return f"{number}_{_ODD.sub('_', path.name)}"


def _run(command: list[str], places: dict[str, Path]) -> None:
    """Run it on links with plain names: it starts KMA by a line of words, and blanks break that."""
    with tempfile.TemporaryDirectory(prefix="plumbline-resfinder-") as scratch:
        for name, path in places.items():
            (Path(scratch) / name).symlink_to(path.resolve())
        try:
            run(command, Path(scratch), env=_environment())
        except EngineError as error:
            if _NO_ROW not in error.message:
                raise
            raise BadData(
                f"{places['acquired']}: ResFinder fails on a gene without a row in phenotypes.txt",
                hint="plumbline references verify names such genes; call without ResFinder",
            ) from error


def _classes(acquired: Path, cache: Path | None) -> Path:
    """A folder with KMA's index of each class, by the name of the class."""
    names = [fields[0] for _, fields in tables.rows(acquired / "config")]
    return _indexes({name: [acquired / f"{name}.fsa"] for name in names}, "resfinder", cache)


def _species(mutations: Path, species: str, cache: Path | None) -> Path:
    """A copy of one species of a PointFinder folder, with KMA's index beside its genes."""
    name = "_".join(species.lower().split())
    home = mutations / name if (mutations / name).is_dir() else mutations / name.partition("_")[0]
    genes = [line.strip() for line in tables.lines(home / "genes.txt") if line.strip()]
    prefix = kma.index([f for g in genes if (f := home / f"{g}.fsa").exists()], cache)
    files = [path for path in sorted(home.iterdir()) if path.is_file()]
    key = key_of(str(prefix), *(path.name for path in files), *(p.read_bytes() for p in files))
    needed = [f"{home.name}/{path.name}" for path in files]
    needed += [f"{home.name}/{home.name}.{part}" for part in _PARTS]

    def make(folder: Path) -> None:
        shutil.copytree(home, folder / home.name, copy_function=shutil.copyfile)
        for part in _PARTS:
            shutil.copyfile(f"{prefix}.{part}", folder / home.name / f"{home.name}.{part}")
        for name in ("config", "VERSION"):
            if (mutations / name).exists():
                shutil.copyfile(mutations / name, folder / name)

    return kept("pointfinder", key, make, needed, cache)


def _indexes(wanted: dict[str, list[Path]], what: str, cache: Path | None) -> Path:
    made = {name: kma.index(files, cache) for name, files in wanted.items()}
    needed = [f"{name}.{part}" for name in made for part in _PARTS]

    def make(folder: Path) -> None:
        for name, prefix in made.items():
            for part in _PARTS:
                shutil.copyfile(f"{prefix}.{part}", folder / f"{name}.{part}")

    return kept(what, key_of(*made, *map(str, made.values())), make, needed, cache)


def normalised(result: dict[str, Any]) -> dict[str, Any]:
    """A result without what differs from run to run: when, on which files, the order of sets."""
    return {key: _sorted(value) for key, value in result.items() if key not in _OF_THE_RUN}


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted((_sorted(one) for one in value), key=lambda one: json.dumps(one))
    return value


def normalised_table(text: str) -> list[str]:
    """The lines of one of its tables: without the sample's, words of a cell in one order."""
    lines = [line for line in text.splitlines() if not line.startswith("# Sample:")]
    return [
        "\t".join(", ".join(sorted(cell.split(", "))) for cell in line.split("\t"))
        for line in lines
    ]
