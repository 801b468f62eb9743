"""From what was asked to what is calibrated: engine, deaths and matrices, all checked."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engines.calibrate import ages
from engines.calibrate.ages import AgeGroup
from engines.calibrate.case import EXAMPLE, Case, Deaths, Example, Matrices, Request
from engines.calibrate.examples import of_package, synthetic
from engines.calibrate.matrices.choose import choose, find
from engines.calibrate.matrices.inventory import Inventory
from engines.calibrate.session import Hello, RSession
from engines.calibrate.va_data import align, read_cause_map, read_deaths
from engines.contract.errors import BadUsage, Unavailable, nearest
from engines.contract.progress import say
from engines.contract.wording import printable

PACKAGE = "vacalibration"
SHRINK_STRENGTH = 4.0  # of the package, where there is no path correction
NONE = "none"


def given_files(request: Request) -> dict[str, Path | None]:
    """Role → file that the user named."""
    data = {f"deaths of {a}": Path(f) for a, f in request.va_data.items() if f != EXAMPLE}
    return {**data, "cause map": request.cause_map, "misclassification": request.misclassification}


def read_all(request: Request) -> list[Deaths]:
    """The deaths of every algorithm, as they are read without R."""
    age = ages.age_group(request.age_group)
    if EXAMPLE in request.va_data.values():
        raise BadUsage(f"{EXAMPLE} has no causes to map", hint="name the files of your own deaths")
    inventory = _own(request)
    return _deaths(request, age, inventory)


def prepare(request: Request, r: RSession, folder: Path) -> Case:
    """Check everything that can be checked before anything is calibrated.

    Args:
        r: has just been started; asked only for what it alone knows.
        folder: for files that belong to this calibration alone.

    Raises:
        EngineError: with file, row or option, and what to do.
    """
    age = ages.age_group(request.age_group)
    _check_options(request)
    deaths, country, matrices, inventory, example = _material(request, age, r, folder)
    engine, why = _engine(request, r.hello)
    say(f"engine: {engine}{why}; seed {request.seed}")
    told = [warning for each in deaths for warning in each.warnings]
    return Case(
        request=request,
        engine=engine,
        compat=(request.compat or "2.2") if engine == "builtin" else None,
        age_group=age.name,
        country=country,
        mmat_type=request.mmat_type,
        ensemble=_ensemble(request),
        shrink_strength=_shrink_strength(request),
        deaths=tuple(deaths),
        not_calibrated=_not_calibrated(request, age, deaths[0]),
        matrices=matrices,
        inventory=inventory,
        example=example,
        warnings=tuple([*([example.text] if example else []), *told, *matrices.warnings]),
    )


# --- options ------------------------------------------------------------------


def _check_options(request: Request) -> None:
    if request.engine == PACKAGE and (request.compat or request.chains):
        name = "--compat" if request.compat else "--chains"
        raise BadUsage(
            f"{name} is an option of the built-in engine, not of the package {PACKAGE}",
            hint=f"leave {name} away, or use --engine builtin",
        )
    if request.path_correction and request.shrink_strength is not None:
        raise BadUsage(
            "--shrink-strength has no effect with path correction, whose prior is flat",
            hint="add --no-path-correction, or leave it away",
        )
    kinds = {file == EXAMPLE for file in request.va_data.values()}
    if len(kinds) > 1:
        raise BadUsage(
            f"{EXAMPLE} beside a file: made-up and real deaths do not go together",
            hint=f"use {EXAMPLE} for all algorithms, or for none",
        )


def _engine(request: Request, hello: Hello) -> tuple[str, str]:
    """The engine, and what to say of the choice."""
    version = hello.packages.get(PACKAGE)
    if request.engine == "builtin":
        return "builtin", ""
    if request.engine == PACKAGE:
        if version is None:
            raise Unavailable(
                f"the R package {PACKAGE} is not installed",
                hint="install it from CRAN, or use --engine builtin, which needs R and jsonlite",
            )
        return PACKAGE, f" {version}"
    if version is None:
        return "builtin", f" (the R package {PACKAGE} is not installed)"
    lacking = [name for name in ("rstan", "knitr") if not hello.packages.get(name)]
    lacking += [] if shutil.which("g++") else ["g++"]
    if lacking:
        return "builtin", f" ({PACKAGE} {version} is installed, but not {', '.join(lacking)})"
    if request.compat or request.chains:
        return "builtin", " (because of --compat or --chains)"
    return PACKAGE, f" {version}"


def _ensemble(request: Request) -> bool:
    several = len(request.va_data) > 1
    if request.ensemble and not several:
        say("--ensemble: there is one algorithm only, so there is nothing to put together")
    return several if request.ensemble is None else several and request.ensemble


def _shrink_strength(request: Request) -> float:
    if request.path_correction:
        return 0.0
    return SHRINK_STRENGTH if request.shrink_strength is None else request.shrink_strength


def _not_calibrated(request: Request, age: AgeGroup, deaths: Deaths) -> tuple[str, ...]:
    """The units of the deaths whose broad cause stays as it is."""
    known = {ages.fold(cause): cause for cause in (*age.causes, *deaths.broad)}
    wanted = [cause for cause in request.not_calibrated if cause != NONE]
    for cause in wanted:
        if ages.fold(cause) not in known:
            near = nearest(cause, known.values())
            meant = f"did you mean {near}? " if near else ""
            raise BadUsage(
                f"--not-calibrated {cause!r} is no cause",
                hint=f"{meant}known: {', '.join(known.values())}",
            )
    left = {ages.fold(cause) for cause in wanted}
    pairs = zip(deaths.causes, deaths.broad, strict=True)
    return tuple(cause for cause, broad in pairs if ages.fold(broad) in left)


# --- deaths and matrices --------------------------------------------------------


Material = tuple[list[Deaths], str, Matrices, Inventory | None, Example | None]


def _material(request: Request, age: AgeGroup, r: RSession, folder: Path) -> Material:
    """Deaths, country, matrices, what they were chosen from, and what to say of an example."""
    inventory = _own(request)
    example: Example | None = None
    if EXAMPLE not in request.va_data.values():
        deaths = _deaths(request, age, inventory)
    elif inventory is not None:
        raise BadUsage(f"{EXAMPLE} brings its own matrices", hint="leave --misclassification away")
    elif r.hello.packages.get(PACKAGE) is None:
        deaths, made_up, example = synthetic(request, list(_algorithms(request, None)), age)
        return deaths, ages.country(request.country), made_up, None, example
    else:
        deaths, example = of_package(list(_algorithms(request, None)), age, r, folder)
    inventory = inventory or find(None, lambda: _of_package(r, folder), request.cache)
    country, matrices = _matrices(request, age, inventory, deaths)
    return deaths, country, matrices, inventory, example


def _own(request: Request) -> Inventory | None:
    """The user's own matrices."""
    if request.misclassification is None:
        return None
    samples_of = request.country if request.mmat_type == "samples" else None
    return find(
        request.misclassification, lambda: None, rscript=request.rscript, samples_of=samples_of
    )


def _algorithms(request: Request, inventory: Inventory | None) -> dict[str, str]:
    """Algorithm as it is properly spelt → file."""
    names = {table.algorithm for table in inventory.tables} if inventory else set()
    own = [name for name in names if name]
    if None in names:  # a matrix that is for whatever algorithm there is
        own += request.va_data
    found = {ages.algorithm(name, own): file for name, file in request.va_data.items()}
    if len(found) < len(request.va_data):
        raise BadUsage("--va-data names an algorithm twice", hint="its deaths belong into one file")
    return found


def _deaths(request: Request, age: AgeGroup, inventory: Inventory | None) -> list[Deaths]:
    """The deaths of every algorithm, all over the same causes."""
    cause_map = read_cause_map(request.cause_map) if request.cause_map else None
    deaths = []
    for algorithm, file in _algorithms(request, inventory).items():
        causes = inventory.causes(age.name, algorithm) if inventory else age.causes
        own = None if set(causes) == set(age.causes) else causes
        deaths.append(read_deaths(algorithm, Path(file), age, own, cause_map, request.undetermined))
    return align(deaths)


def _of_package(r: RSession, folder: Path) -> tuple[str, Any] | None:
    version = r.hello.packages.get(PACKAGE)
    if version is None:
        return None
    output = folder / "package.json"
    r.ask({"do": "package_matrices", "output": str(output)}, say)
    return version, json.loads(output.read_text(encoding="utf-8"))


def _matrices(
    request: Request, age: AgeGroup, inventory: Inventory, deaths: Sequence[Deaths]
) -> tuple[str, Matrices]:
    """The country as it is properly spelt, and its matrices."""
    known = inventory.countries(age.name, deaths[0].algorithm)
    country = ages.country(request.country, known) if known else request.country
    say(printable(f"misclassification matrices: {inventory.name}, {country}"))
    chosen = choose(
        inventory,
        deaths,
        age_group=age.name,
        country=country,
        mmat_type=request.mmat_type,
    )
    return country, chosen
