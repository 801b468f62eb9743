"""The matrices of one file as they stand there, and finding the ones of a calibration."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.contract.errors import BadData, BadUsage, nearest

OTHER = "other"  # of the published estimates: pooled over countries, for any country not among them

# what the numbers of a table are
DIRICHLET, MEAN, SAMPLES = "dirichlet", "mean", "samples"
UNSAID = "matrix"  # parameters or rates: its rows show which

# for each --mmat-type, what serves, best first
SERVES = {
    "prior": (DIRICHLET, UNSAID),
    "fixed": (MEAN, UNSAID, DIRICHLET),
    "samples": (SAMPLES,),
}


@dataclass(frozen=True)
class Table:
    """One matrix of a file, unchecked; age group, algorithm and country None where unsaid.

    Attributes:
        form: dirichlet, mean, samples, or matrix.
        rows: names of the true causes.
        columns: names of the algorithm's causes.
        values: a list of rows of numbers as found; of samples, a list of such lists.
        where: file and place, for messages.
    """

    age_group: str | None
    algorithm: str | None
    country: str | None
    form: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Sequence[Any]
    where: str


@dataclass(frozen=True)
class Inventory:
    """All matrices of one source.

    Attributes:
        source: file, package, or download.
        name: for people.
        version: of the estimates; empty where nobody knows.
        path: the file; None for an installed package.
        tables: in the order of the source.
        warnings: what of the source was not read.
    """

    source: str
    name: str
    version: str
    path: Path | None
    tables: tuple[Table, ...]
    warnings: tuple[str, ...] = ()

    def causes(self, age_group: str, algorithm: str) -> tuple[str, ...]:
        """Names of the true causes of an algorithm's matrices, in their order.

        Raises:
            BadUsage: there are none for this age group or algorithm.
            BadData: their rows have other names than their columns.
        """
        return names(self._of_algorithm(age_group, algorithm)[0])

    def countries(self, age_group: str, algorithm: str) -> tuple[str, ...]:
        """The countries with a matrix of this algorithm; empty where they are for any.

        Raises:
            BadUsage: there are none for this age group or algorithm.
        """
        return _names(table.country for table in self._of_algorithm(age_group, algorithm))

    def table(self, age_group: str, algorithm: str, country: str, mmat_type: str) -> Table:
        """The matrix to use.

        Raises:
            BadUsage: an age group, algorithm or country that has none, with the nearest that has.
            BadData: none that serves this ``mmat_type``, or two of them.
        """
        found = self._of_country(self._of_algorithm(age_group, algorithm), country)
        for form in SERVES[mmat_type]:
            fitting = [table for table in found if table.form == form]
            if len(fitting) > 1:
                raise BadData(
                    f"{self.name}: {len(fitting)} matrices fit {algorithm}, {country}: "
                    + "; ".join(table.where for table in fitting),
                    hint="keep one, or name the age group, algorithm and country of each",
                )
            if fitting:
                return fitting[0]
        raise _does_not_serve(found, mmat_type)

    def _of_algorithm(self, age_group: str, algorithm: str) -> list[Table]:
        ages = _names(table.age_group for table in self.tables)
        of_age = [table for table in self.tables if table.age_group in (None, age_group)]
        if not of_age:
            raise self._none("age group", age_group, ages, "--age-group")
        algorithms = _names(table.algorithm for table in of_age)
        found = [table for table in of_age if table.algorithm in (None, algorithm)]
        if not found:
            raise self._none("algorithm", algorithm, algorithms, "the name in --va-data")
        return found

    def _of_country(self, tables: list[Table], country: str) -> list[Table]:
        found = [table for table in tables if table.country in (None, country)]
        if not found:
            countries = _names(table.country for table in tables)
            raise self._none("country", country, countries, "--country")
        return found

    def _none(self, what: str, name: str, known: Sequence[str], option: str) -> BadUsage:
        near = nearest(name, known)
        hints = [f"did you mean {near}?"] if near else []
        hints.append(f"there are: {', '.join(known)}")
        if what == "country" and OTHER in known and near != OTHER:
            hints.append(f"{option} {OTHER} is for any country that is not among them")
        else:
            hints.append(f"correct {option}, or bring a matrix by --misclassification")
        return BadUsage(f"{self.name}: no matrix for the {what} {name!r}", hint="; ".join(hints))


def names(table: Table) -> tuple[str, ...]:
    """The causes of a table, in the order of its rows.

    Raises:
        BadData: fewer than two, one twice, not square, or other names in rows than in columns.
    """
    rows, columns, where = table.rows, table.columns, table.where
    for what, found in (("row", rows), ("column", columns)):
        if "" in found:
            raise BadData(f"{where}: {what} {found.index('') + 1} has no name", hint="name it")
        for name in found:
            if found.count(name) > 1:
                raise BadData(f"{where}: the {what} {name!r} is there twice", hint="keep one")
    for ours, theirs, what, other in (
        (rows, columns, "row", "column"),
        (columns, rows, "column", "row"),
    ):
        for name in ours:
            if name not in theirs:
                near = nearest(name, [n for n in theirs if n not in ours])
                raise BadData(
                    f"{where}: has a {what} {name!r} and no such {other}",
                    hint=(f"is {near!r} meant? " if near else "")
                    + "rows and columns have the same causes",
                )
    if len(rows) < 2:
        raise BadData(f"{where}: has 1 cause, at least 2 are needed", hint="")
    return rows


def _names(found: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _does_not_serve(found: Sequence[Table], mmat_type: str) -> BadData:
    has = " and ".join(_names(table.form for table in found))
    hint = {
        "prior": "--mmat-type fixed takes rates; for prior each row needs Dirichlet parameters",
        "fixed": "--mmat-type samples takes samples",
        "samples": "--mmat-type prior takes Dirichlet parameters, fixed takes rates; samples are "
        "an array of samples x true causes x VA causes",
    }[mmat_type]
    return BadData(
        f"{found[0].where}: has {has} only, which is not what --mmat-type {mmat_type} needs",
        hint=hint,
    )
