"""The way to a GPU, on a stand-in for its driver: counts, memory, faults, which GPU."""

import ctypes
from pathlib import Path

import numpy as np
import pytest
from screen_reads_lab import index_of, mate_of

from engines.contract.errors import BadUsage, Transient, Unavailable
from engines.screen.index import Index
from engines.screen.kernel.cpu import Cpu
from engines.screen.kernel.cuda import visible_number
from engines.screen.kernel.devices import open_device
from engines.screen.kernel.gpu import Gpu
from engines.screen.kernel.screen import Screen, Search
from engines.screen.reads import open_reads
from engines.screen.reads.batches import Mate

LETTERS = np.array(list("ACGTACGTACGTACGTNa"))


def random_reads(count: int, longest: int, seed: int) -> list[str]:
    random = np.random.default_rng(seed)
    lengths = random.integers(0, longest, count)
    return ["".join(random.choice(LETTERS, n)) for n in lengths]


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> list[Index]:
    gene = random_reads(1, 2000, 1)[0] + "ACGTTGACCATTGACCATGACCA" * 3
    folder = tmp_path_factory.mktemp("i")
    protein = index_of(folder, ["MKRLDEWYFNQHPSTGAVICRRS"], "protein", 4)
    return [index_of(folder, [gene], "nucleotide", k) for k in (12, 16, 21)] + [protein]


@pytest.fixture(scope="module")
def mate(indexes: list[Index]) -> Mate:
    return mate_of([*random_reads(300, 1200, 2), *random_reads(1, 2000, 1), ""])


def test_counts_are_those_of_the_processor(
    stand_in: ctypes.CDLL, indexes: list[Index], mate: Mate
) -> None:
    gpu, cpu = Gpu(), Cpu()
    for stride in (1, 3):
        ours, theirs = (
            device.hits([device.hold(index, stride) for index in indexes], mate)
            for device in (gpu, cpu)
        )
        assert [hits.tolist() for hits in ours] == [hits.tolist() for hits in theirs]
        assert all(hits.sum() > 0 for hits in ours)
    gpu.close()
    assert stand_in.stand_in_live() == 0


def test_a_batch_too_large_for_its_memory_is_looked_at_in_parts(
    stand_in: ctypes.CDLL,
    indexes: list[Index],
    mate: Mate,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("engines.screen.kernel.gpu.LEAST", 1000)
    index = indexes[0]
    gpu = Gpu()
    gpu.batch = 64_000
    held = gpu.hold(index, 1)
    monkeypatch.setenv("STAND_IN_CUDA_ROOM", "5000")
    hits = gpu.hits([held], mate)[0]
    assert hits.tolist() == Cpu().hits([index.for_kernel(1)], mate)[0].tolist()
    assert gpu.batch == 4000
    assert capsys.readouterr().err.count("memory of the GPU is full") == 4
    gpu.close()
    monkeypatch.delenv("STAND_IN_CUDA_ROOM")
    gpu = Gpu()
    held = gpu.hold(index, 1)
    monkeypatch.setenv("STAND_IN_CUDA_ROOM", "100")
    with pytest.raises(Transient, match="memory of the GPU is full"):
        gpu.hits([held], mate)


def test_samples_one_after_another_share_context_and_indexes(
    stand_in: ctypes.CDLL, indexes: list[Index], tmp_path: Path
) -> None:
    fastq = tmp_path / "r.fastq"
    reads = [read for read in random_reads(50, 400, 3) if read]
    fastq.write_text("".join(f"@r{i}\n{r}\n+\n{'I' * len(r)}\n" for i, r in enumerate(reads)))
    searches = [Search("one", indexes[0]), Search("two", indexes[3])]
    with Screen(searches, Gpu(), threads=3) as screen:
        first = screen.run(open_reads(str(fastq)))
        held = stand_in.stand_in_live()
        again = screen.run(open_reads(str(fastq)))
        assert stand_in.stand_in_live() == held
    assert first.found == again.found == Screen(searches).run(open_reads(str(fastq))).found
    assert first.device == "stand-in 0 (CUDA 13.0)"


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("cuInit:100", Unavailable, "no GPU: the driver finds none"),
        ("cuInit:803", Unavailable, r"CUDA_ERROR_STAND_IN \(803\) in cuInit"),
        ("cuDevicePrimaryCtxRetain:2", Transient, "memory of the GPU is full"),
        ("cuDevicePrimaryCtxRetain:46", Transient, "in cuDevicePrimaryCtxRetain"),
    ],
)
def test_a_driver_that_fails_is_explained(
    stand_in: ctypes.CDLL,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    error: type[Exception],
    says: str,
) -> None:
    monkeypatch.setenv("STAND_IN_CUDA_FAIL", fault)
    with pytest.raises(error, match=says):
        open_device("gpu")


def test_a_driver_too_old_for_the_shipped_code_says_what_to_do(
    stand_in: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN_CUDA_FAIL", "cuModuleLoadData:222")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="does not take the kernel") as caught:
        open_device("gpu")
    assert "update the driver" in caught.value.hint


def test_a_fault_in_the_middle_is_transient_and_everything_is_given_back(
    stand_in: ctypes.CDLL, indexes: list[Index], mate: Mate, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stand_in.stand_in_live()
    gpu = Gpu()
    held = gpu.hold(indexes[0], 1)
    monkeypatch.setenv("STAND_IN_CUDA_FAIL", "cuLaunchKernel:719")
    with pytest.raises(Transient, match="719"):
        gpu.hits([held], mate)
    gpu.close()
    assert stand_in.stand_in_live() == before


def test_auto_takes_the_gpu_that_works_and_says_when_there_is_none(
    stand_in: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert open_device("auto").name == "stand-in 0 (CUDA 13.0)"
    monkeypatch.setenv("STAND_IN_CUDA_COUNT", "0")
    assert open_device("auto").name == "cpu"
    assert "screening on the processor: no GPU" in capsys.readouterr().err


def test_without_a_driver_gpu_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engines.screen.kernel.cuda.LIBRARY", "libcuda-that-is-not-there.so")
    with pytest.raises(Unavailable, match="cannot be loaded") as caught:
        open_device("gpu")
    assert (caught.value.code, caught.value.error_class) == (69, "permanent")


def test_devices_that_nobody_knows_are_refused() -> None:
    with pytest.raises(BadUsage, match="did you mean gpu"):
        open_device("gpus")
    with pytest.raises(BadUsage, match="GPU -1"):
        open_device("gpu", -1)


def test_a_gpu_hidden_by_the_environment_is_found_or_explained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The earlier system set CUDA_VISIBLE_DEVICES=k and asked for GPU k: no such GPU for k > 0."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    assert visible_number(3, 1) == 0
    assert visible_number(0, 1) == 0
    with pytest.raises(Unavailable, match="GPU 2: 1 visible; CUDA_VISIBLE_DEVICES is 3"):
        visible_number(2, 1)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    with pytest.raises(Unavailable, match=r"GPU 1: 1 visible$"):
        visible_number(1, 1)
