"""Rows with verbal autopsies: whose deaths they are, and one dataset for each country."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from engines.calibrate import ages
from engines.calibrate.case import EXAMPLE
from engines.configuration.plan import CALIBRATION, Dataset
from engines.configuration.problems import Problems
from engines.configuration.sheet import VA_DATA, Row
from engines.contract.wording import did_you_mean, either, quoted

LONGEST = 100  # characters of a country, which becomes part of a file name


def find_datasets(
    row: Row, config: Mapping[str, Any], taken: Mapping[str, Dataset], problems: Problems
) -> Iterator[Dataset]:
    """The calibrations that one row asks for; what is wrong goes to ``problems``.

    Args:
        taken: datasets of the rows above, by name.
    """
    va_data = {VA_DATA[column]: row.cells[column] for column in VA_DATA if column in row.cells}
    age_group = row.get("age_group")
    if age_group is None:
        problems.add(row.where("age_group"), "is missing; write neonate or child")
    examples = [column for column in VA_DATA if row.get(column) == EXAMPLE]
    if examples and len(examples) < len(va_data):
        what = f"{EXAMPLE} beside a file: made-up and real deaths do not go together"
        problems.add(row.where(examples[0]), what)
    of_its_own = bool(config[CALIBRATION]["misclassification"]) and not examples
    countries = _countries(row, of_its_own, problems)
    own: set[str] = set()
    for country in countries:
        name = row.sample
        if len(countries) > 1:
            part = _as_part_of_a_name(country)
            name = f"{row.sample}.{part}"
            if not part or name in own:
                what = f"{quoted(country)} cannot become part of a file name of its own"
                problems.add(row.where("country"), f"{what}; give it a row of its own")
        if name in taken:
            what = f"its results would be called {name}, as those of another row are"
            problems.add(row.where("sample"), f"{what}; choose another name")
        own.add(name)
        if age_group:
            yield Dataset(name, va_data, age_group, country)


def _countries(row: Row, any_will_do: bool, problems: Problems) -> list[str]:
    """The countries of a row, each once, in the spelling of the published matrices.

    Args:
        any_will_do: they are of the site's own matrices, which the engine reads.
    """
    cell = row.get("country")
    if cell is None:
        hint = "write the country of the deaths, or other for any without matrices of its own"
        problems.add(row.where("country"), f"is missing; {hint}")
        return []
    known = {ages.fold(country): country for country in ages.COUNTRIES}
    found: list[str] = []
    for name in map(str.strip, cell.split(",")):
        if not name or len(name) > LONGEST:
            what = f"longer than {LONGEST} characters" if name else "missing between commas"
            problems.add(row.where("country"), f"a country is {what}")
            continue
        country = name if any_will_do else known.get(ages.fold(name))
        if country is None:
            near = did_you_mean(name, ages.COUNTRIES) or f"; there is {either(ages.COUNTRIES)}"
            problems.add(row.where("country"), f"there are no matrices of {quoted(name)}{near}")
        elif country in found:
            problems.add(row.where("country"), f"{quoted(country)} is there twice")
        else:
            found.append(country)
    return found


def _as_part_of_a_name(country: str) -> str:
    """Letters, digits, dot, dash and underscore, as names of samples are."""
    plain = unicodedata.normalize("NFKD", country).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "_", plain).strip("_")
