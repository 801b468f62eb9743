"""Deaths from text, as a user's file would hold them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engines.calibrate.ages import AGE_GROUPS
from engines.calibrate.case import Deaths
from engines.calibrate.va_data import read_cause_map, read_deaths
from engines.contract.errors import EngineError

Read = Callable[..., Deaths]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files of all tests are; each test writes its own anew."""
    return tmp_path_factory.mktemp("va")


@pytest.fixture(scope="session")
def read(folder: Path) -> Read:
    """``read(text, age="neonate", name="deaths.csv", cause_map=text, …)``."""

    def deaths(
        content: str | bytes,
        age: str = "neonate",
        name: str = "deaths.csv",
        cause_map: str = "",
        **options: Any,
    ) -> Deaths:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if cause_map:
            map_path = folder / "map.csv"
            map_path.write_text(cause_map)
            options["cause_map"] = read_cause_map(map_path)
        return read_deaths("insilicova", path, AGE_GROUPS[age], **options)

    return deaths


@pytest.fixture(scope="session")
def refused(read: Read, folder: Path) -> Callable[..., tuple[str, str]]:
    """The message, without the folder, and the hint of what is refused."""

    def explain(*args: Any, **options: Any) -> tuple[str, str]:
        with pytest.raises(EngineError) as caught:
            read(*args, **options)
        return caught.value.message.replace(f"{folder}/", ""), caught.value.hint

    return explain
