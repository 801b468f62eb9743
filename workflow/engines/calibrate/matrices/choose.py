"""Which matrices a calibration uses: those of a file, of the installed package, or of the cache."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engines.calibrate.case import Deaths, Matrices, Matrix
from engines.calibrate.matrices import check, csv_file, json_file, rda, samples
from engines.calibrate.matrices.expand import expand
from engines.calibrate.matrices.inventory import UNSAID, Inventory, Table
from engines.contract.errors import BadData, EngineError, InputMissing

Package = Callable[[], tuple[str, Any] | None]
"""Asks R for the version of the installed package vacalibration and its matrices, as JSON."""

KIND = "calibration"  # of reference data
PRODUCT = "misclassification.json"
_ENSURE = "run: plumbline references ensure calibration"


# --- finding ------------------------------------------------------------------


def find(
    file: Path | None,
    package: Package,
    cache: Path | None = None,
    *,
    rscript: str = "Rscript",
    samples_of: str | None = None,
) -> Inventory:
    """All matrices of the source to use: ``file``, else the package, else the cache.

    Nothing is downloaded.

    Args:
        package: asked only where there is no ``file``.
        cache: root of the cache of ``plumbline references``; None for the usual one.
        samples_of: the country whose posterior samples are wanted out of a file of R.

    Raises:
        InputMissing: no such file, or no source at all; the hint says how to get one.
        BadData: a source that cannot be understood. Unavailable: it needs R, which is not there.
    """
    if file is not None:
        return _of_file(file, rscript, samples_of)
    return _of_package(package()) or _of_cache(cache)


def _of_package(installed: tuple[str, Any] | None) -> Inventory | None:
    if installed is None:
        return None
    version, data = installed
    name, stamp = f"vacalibration {version}", json_file.version_of(data)
    return _inventory("package", name, stamp, None, json_file.tables(data, name))


def _of_file(file: Path, rscript: str, samples_of: str | None) -> Inventory:
    if not file.is_file():
        raise InputMissing(f"{file}: no such file", hint="--misclassification names a file")
    if file.stat().st_size == 0:
        raise BadData(f"{file}: is empty", hint="it has to hold a misclassification matrix")
    ending = file.suffix.lower()
    if ending in rda.ENDINGS:
        found = rda.read(file, rscript, samples_of)
        warnings = tuple(f"{file.name}: {name} is no matrix" for name in found["not_read"])
        tables = json_file.tables(found["matrices"] or {}, file.name)
        version = found["version"] or ""
        return _inventory("file", file.name, version, file, tables, warnings)
    if ending == ".json":
        data = json_file.read_json(file)
        stamp, tables = json_file.version_of(data), json_file.tables(data, file.name)
        if _is_download(file) and isinstance(data.get("name"), str):
            return _inventory("download", data["name"], stamp, file, tables)
        return _inventory("file", file.name, stamp, file, tables)
    if ending in (".csv", ".tsv", ".txt"):
        return _inventory("file", file.name, "", file, csv_file.tables(file))
    raise BadData(
        f"{file}: a misclassification file ends in .json, .csv, .rda or .rds, not {ending!r}",
        hint="rename it after what is in it",
    )


def _is_download(file: Path) -> bool:
    """Whether a file is a link into the cache, as the workflow makes them."""
    target = file.resolve()
    return target.name == PRODUCT and target.with_name(f"{PRODUCT}.json").is_file()


def _of_cache(cache: Path | None) -> Inventory:
    # not needed, and not imported, where matrices come from elsewhere
    from engines.references import catalogue
    from engines.references.cache import Shelf, default_root

    entry = catalogue.load().choose(KIND)
    shelf = Shelf(cache or default_root(), entry)
    faults = shelf.faults()
    path = shelf.folder / PRODUCT
    if not path.exists():
        raise InputMissing(
            "there are no misclassification matrices: the R package vacalibration is not "
            f"installed, and {path} is not there",
            hint=f"{_ENSURE}; or bring a file of your own by --misclassification",
        )
    if faults:
        product, fault = next(iter(faults.items()))
        raise BadData(f"{shelf.folder / product}: {fault}", hint=_ENSURE)
    data = json_file.read_json(path)
    stamp, name = json_file.version_of(data), entry.publisher.name
    return _inventory("download", name, stamp, path, json_file.tables(data, PRODUCT))


def _inventory(
    source: str,
    name: str,
    version: str,
    path: Path | None,
    tables: Sequence[Table],
    warnings: tuple[str, ...] = (),
) -> Inventory:
    said = f"{name}, version {version}" if version else name
    return Inventory(source, said, version, path, tuple(tables), warnings)


# --- choosing -----------------------------------------------------------------


def choose(
    inventory: Inventory,
    deaths: Sequence[Deaths],
    *,
    age_group: str,
    country: str,
    mmat_type: str,
) -> Matrices:
    """The matrix of each algorithm, brought to the causes of its deaths.

    Args:
        inventory: what :func:`find` gave.
        mmat_type: prior, fixed or samples.

    Raises:
        BadUsage: an age group, algorithm or country without a matrix.
        BadData: a matrix that is none, does not serve ``mmat_type``, or has other causes.
    """
    chosen: dict[str, Matrix] = {}
    warnings = list(inventory.warnings)
    for each in deaths:
        table = inventory.table(age_group, each.algorithm, country, mmat_type)
        if table.algorithm is None and len(deaths) > 1:
            algorithms = ", ".join(d.algorithm for d in deaths)
            raise BadData(
                f"{table.where}: does not say of which algorithm it is, and there are deaths of "
                f"{algorithms}",
                hint="give each matrix the name of its algorithm",
            )
        chosen[each.algorithm] = _of_causes(table, each, mmat_type)
        warnings += _doubts(table, each, mmat_type)
    return Matrices(
        chosen,
        inventory.source,
        inventory.name,
        inventory.version,
        inventory.path,
        tuple(dict.fromkeys(warnings)),
    )


def _of_causes(table: Table, deaths: Deaths, mmat_type: str) -> Matrix:
    try:
        if mmat_type == "samples":
            return samples.matrix(table, deaths.causes, deaths.broad)
        found = check.matrix(table, mmat_type)
        return expand(found, deaths.causes, deaths.broad, table.where)
    except EngineError as error:
        if deaths.algorithm in error.message:
            raise
        message = f"{error.message} (algorithm {deaths.algorithm})"
        raise type(error)(message, hint=error.hint) from error


def _doubts(table: Table, deaths: Deaths, mmat_type: str) -> list[str]:
    """What a reader of the result has to know of how a table was used."""
    found = []
    left_out = [cause for cause in table.rows if cause not in deaths.broad]
    if left_out:
        found.append(
            f"{deaths.algorithm}: {len(left_out)} of {len(table.rows)} causes of the "
            f"misclassification matrix are no causes of these deaths and are left out, the other "
            f"rates normalised: {', '.join(left_out)}"
        )
    per_cent = mmat_type == "prior" and table.form == UNSAID
    if per_cent and all(abs(sum(row) - 100) < 1e-3 for row in table.values):
        found.append(
            f"{table.where}: every row sums to 100; read as Dirichlet parameters, not as per cent"
        )
    return found
