"""From the published file of R to misclassification.json: 48 matrices, checked one by one."""

import shutil
from pathlib import Path
from typing import Any

from engines.calibrate.ages import AGE_GROUPS, ALGORITHMS, COUNTRIES
from engines.calibrate.matrices import check, json_file, rda
from engines.calibrate.matrices.inventory import Inventory, Table
from engines.contract.errors import BadData, EngineError, Unavailable
from engines.contract.provenance import as_json

_HINT = "the source has something else under this name; nothing was kept"


def needs_r() -> None:
    """Raises Unavailable where there is no R to read the published file with."""
    if shutil.which("Rscript") is None:
        raise Unavailable(
            "the misclassification matrices are published as a file of R, and Rscript is not there",
            hint=rda.INSTALL,
        )


def write(published: Path, target: Path, name: str) -> str:
    """Write the Dirichlet parameters of all matrices as JSON.

    ``{"name", "version", "orientation", AGE: {"causes", ALGORITHM: {COUNTRY: {"asDirich"}}}}``

    Args:
        name: of what they were published in.

    Returns:
        What was done, for the receipt.

    Raises:
        BadData: a matrix is missing, or is no matrix of positive numbers.
        Unavailable: R or its package jsonlite is not there.
    """
    found = rda.read(published)
    tables = json_file.tables(found["matrices"] or {}, published.name)
    version = found["version"] or ""
    inventory = Inventory("download", published.name, version, published, tables)
    data: dict[str, Any] = {
        "name": name,
        "version": version,
        "orientation": "rows = true (CHAMPS) cause, columns = VA cause",
    }
    for age_group in AGE_GROUPS:
        data[age_group] = _of_age(inventory, age_group)
    target.write_text(as_json(data), encoding="utf-8")
    return f"Dirichlet parameters of {published.name}, read by R {found['r']}"


def _of_age(inventory: Inventory, age_group: str) -> dict[str, Any]:
    found: dict[str, Any] = {"causes": list(AGE_GROUPS[age_group].causes)}
    for algorithm in ALGORITHMS:
        found[algorithm] = {}
        for country in COUNTRIES:
            table, rows = _checked(inventory, age_group, algorithm, country)
            if table.rows != AGE_GROUPS[age_group].causes:
                raise BadData(
                    f"{table.where}: has other causes than {age_group}s die of", hint=_HINT
                )
            found[algorithm][country] = {"asDirich": rows}
    return found


def _checked(
    inventory: Inventory, age_group: str, algorithm: str, country: str
) -> tuple[Table, list[list[float]]]:
    try:
        table = inventory.table(age_group, algorithm, country, "prior")
        matrix = check.matrix(table, "prior")
    except EngineError as error:
        raise BadData(error.message, hint=_HINT) from error
    assert matrix.dirichlet is not None  # or "prior" had refused it
    return table, [list(row) for row in matrix.dirichlet]
