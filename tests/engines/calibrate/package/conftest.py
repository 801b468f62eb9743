"""R libraries with stand-ins of the package vacalibration, installed once."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from vacalibration_lab import SOURCES, VERSIONS, install, source_of, specification

from engines.calibrate.session import RSession


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By version; ``3.0`` has arguments that nobody knows, ``no knitr`` a knitr that fails."""
    folder = tmp_path_factory.mktemp("r")
    found = {}
    for version in VERSIONS:
        tools = [SOURCES / "knitr"] if version == "2.2" else []
        found[version] = install(folder / version, source_of(version, folder), *tools)
    later = source_of("2.2", folder / "later")
    code = later / "R" / "vacalibration.R"
    code.write_text(code.read_text().replace("missmat_type", "matrix_kind"))
    description = later / "DESCRIPTION"
    description.write_text(description.read_text().replace("2.2", "3.0"))
    found["3.0"] = install(folder / "3.0", later)
    knitr = folder / "knitr"
    shutil.copytree(SOURCES / "knitr", knitr)
    (knitr / "R" / "load.R").write_text('.onLoad <- function(...) stop("not here")\n')
    found["no knitr"] = install(folder / "no knitr", knitr)
    return found


@dataclass
class Asked:
    """An R process that sees certain libraries, and where a stand-in notes its arguments."""

    r: RSession
    arguments: Path
    output: Path

    def __call__(self, request: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        lines: list[str] = []
        self.arguments.unlink(missing_ok=True)
        asked = {**(request or specification()), "output": str(self.output), **changes}
        self.r.ask(asked, lines.append)
        noted = json.loads(self.arguments.read_text()) if self.arguments.exists() else None
        return {"result": json.loads(self.output.read_text()), "lines": lines, "arguments": noted}


@pytest.fixture(scope="session")
def ask(
    libraries: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Asked]]:
    """``ask("2.2")(request, option=value)``; each version has one process, asked repeatedly."""
    folder = tmp_path_factory.mktemp("asked")
    started: dict[str, Asked] = {}
    with ExitStack() as stack:

        def of(*versions: str | Path) -> Asked:
            paths = ":".join(str(libraries.get(str(version), version)) for version in versions)
            if paths not in started:
                arguments = folder / f"arguments-{len(started)}.json"
                with pytest.MonkeyPatch.context() as patch:
                    patch.setenv("R_LIBS_USER", paths)
                    patch.setenv("STANDIN_ARGUMENTS", str(arguments))
                    r = stack.enter_context(RSession())
                started[paths] = Asked(r, arguments, folder / f"result-{len(started)}.json")
            return started[paths]

        yield of
