"""docs/service.md names every setting and every metric; its example is a valid one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel
from web_lab import WebLab

from control.settings import Limits, Settings

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "service.md").read_text()


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each key as the table may name it: in full, or below a section that it is listed with."""
    for name, field in model.model_fields.items():
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        below = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if below and below[0] is not Limits and not prefix:
            yield from keys(below[0], f"{name}.")
        elif below:
            yield f"{prefix}{name}", f"{prefix}{name}"
            for key in below[0].model_fields:
                yield f"{prefix}{name}.{key}", key
        else:
            yield f"{prefix}{name}", f"{prefix}{name}"


@pytest.mark.parametrize(("key", "told"), list(keys(Settings)), ids=lambda value: value)
def test_every_setting_is_described(key: str, told: str) -> None:
    table = TEXT.split("## Settings")[1].split("## Deployment")[0]
    assert f"`{told}`" in table, key


def test_example_is_valid() -> None:
    example = yaml.safe_load(TEXT.split("```yaml")[1].split("```")[0])
    assert Settings.model_validate(example).base_path == "/plumbline"


def test_every_metric_is_described(tmp_path: Path) -> None:
    lab = WebLab(tmp_path)
    lab.run()
    answer = lab.client("vera").get("/metrics").text
    lab.index.close()
    names = {line.split()[2] for line in answer.splitlines() if line.startswith("# TYPE")}
    assert names
    assert [name for name in names if f"`{name}`" not in TEXT] == []
