"""The code that is shipped for GPUs is that of the sources, and nvcc still takes them."""

import shutil

import pytest

from engines.contract.errors import Unavailable
from engines.screen.kernel.gpu_code import compiled, shipped_code, sources_digest


def test_the_shipped_code_is_made_of_these_sources() -> None:
    first, *rest = shipped_code().decode().splitlines()
    again = "run python -m engines.screen.kernel.gpu_code"
    assert first == f"// made by gpu_code.py of sources {sources_digest()}", again
    assert any(".entry screen_reads" in line for line in rest)


@pytest.mark.skipif(not shutil.which("nvcc"), reason="no nvcc")
@pytest.mark.parametrize("architecture", ["sm_90", "compute_75"])
def test_nvcc_takes_the_sources(architecture: str) -> None:
    code = compiled(architecture)
    assert b"screen_reads" in code
    assert (code[:4] == b"\x7fELF") == (architecture == "sm_90")


def test_without_nvcc_there_is_a_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="nvcc is not there"):
        compiled("sm_90")
