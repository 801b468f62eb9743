"""Rows with somatic variants: which tumour, and of which disease it is tiered."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engines.configuration.places import file_problem
from engines.configuration.plan import ANNOTATION, Tumour
from engines.configuration.problems import Problems
from engines.configuration.settings import Source, builds, no_build
from engines.configuration.sheet import Row
from engines.contract.errors import EngineError

# How the column normal is told to the command.
NORMALS = {"matched": False, "none": True}


def find_tumour(row: Row, config: dict[str, Any], problems: Problems) -> Tumour | None:
    """The tumour of a row; what is wrong goes to ``problems``."""
    build = row.get("build") or config["build"]
    disease = row.get("disease")
    if build not in builds(config):
        problems.add(row.where("build"), no_build(build, config))
    if disease is None:
        what = "is missing; write the tumour's disease: a name, a DOID or an OncoTree code"
        problems.add(row.where("disease"), what)
    if not config[ANNOTATION]["knowledge"]:
        what = "is missing, and variants are to be tiered; make it with `plumbline knowledge"
        problems.add(row.where("somatic"), f"annotation.knowledge {what} compile`")
    if disease is None or build not in builds(config):
        return None
    normal = row.get("normal")
    return Tumour(
        name=row.sample,
        build=build,
        calls=row.cells["somatic"],
        disease=disease,
        sample=row.get("tumour"),
        callable=row.get("callable"),
        tumour_only=None if normal is None else NORMALS[normal],
        msi=row.get("msi"),
    )


def check_diseases(
    rows: Iterable[Row], config: dict[str, Any], source: Source, problems: Problems
) -> None:
    """Is the knowledge what `plumbline knowledge compile` makes, and does it know the diseases?"""
    # imported here, as most runs have no tumour
    from engines.annotate.knowledge import store

    file = config[ANNOTATION]["knowledge"]
    asked = [row for row in rows if row.get("disease")]
    if not file or not asked or file_problem(file):
        return
    try:
        diseases = store.load(Path(file)).diseases
    except EngineError as error:
        key = f"{ANNOTATION}.knowledge"
        problems.add(source.of(key), f"{key}: {error.message}; {error.hint}")
        return
    for row in asked:
        try:
            diseases.find(row.cells["disease"])
        except EngineError as error:
            problems.add(row.where("disease"), error.message)
