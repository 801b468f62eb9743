"""Screens of one machine share its GPUs: each has one of its own, or the processor."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from engines.contract.errors import Transient
from engines.gpu import slots
from engines.screen.case import Request
from engines.screen.device import opened_device
from engines.screen.kernel.cpu import Cpu
from engines.screen.kernel.gpu import Gpu


def asking(device: str, gpu: int | None = None) -> Request:
    return Request("s", (Path("r.fq"),), Path("."), device=device, gpu=gpu)


def test_two_screens_have_a_gpu_each_and_the_third_none(stand_in, monkeypatch):
    monkeypatch.setenv("STAND_IN_CUDA_COUNT", "2")
    monkeypatch.setattr(slots, "TURN_SECONDS", 0.1)
    with ExitStack() as stack:
        opened = [stack.enter_context(opened_device(asking("auto"))) for _ in range(3)]
        assert [type(each) for each in opened] == [Gpu, Gpu, Cpu]
        assert [opened[0].name[:10], opened[1].name[:10]] == ["stand-in 0", "stand-in 1"]
        with pytest.raises(Transient, match="1 GPU asked for: 2 there, held GPU-00000000 by"):
            stack.enter_context(opened_device(asking("gpu")))
        with pytest.raises(Transient):
            stack.enter_context(opened_device(asking("gpu", gpu=1)))
    with opened_device(asking("gpu", gpu=1)) as again:
        assert again.name.startswith("stand-in 1")
