"""Whether the built-in calibration samples what it says, on data drawn from its own model.

    python benchmarks/check_sampler.py [--datasets 200] [--seed 1]

True fractions and matrices come from the prior, counts from them, and the engine fits the
counts: the true fraction must then lie anywhere among the draws alike. Fixed and prior mode,
one algorithm and two, in turn. Prints how many of the 50, 80 and 95 % intervals hold the truth,
cause by cause, and the p-value of Kolmogorov and Smirnov's test for even ranks; ends with 1
where one of these is out of limits that a right sampler keeps in 99 of 100 runs.
"""

import argparse
import math
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

R = Path(__file__).resolve().parents[1] / "workflow" / "engines" / "calibrate" / "r"
LEVELS = (0.5, 0.8, 0.95)
WRONG_ALARMS = 0.01


def ranks_of(datasets: int, seed: int) -> list[tuple[str, list[float]]]:
    """Kind of each data set, and for each cause where the truth lies among the draws, 0 to 1."""
    script = Path(__file__).with_suffix(".R")
    command = ["Rscript", "--no-init-file", str(script), str(R), str(datasets), str(seed)]
    found = []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    for line in process.stdout:
        if line.startswith("RANKS"):
            kind, *ranks = line.split()[1:]
            found.append((kind, [float(rank) for rank in ranks]))
            show(f"{len(found)} of {datasets}")
    if process.wait() or len(found) != datasets:
        raise SystemExit(f"R ended with {process.returncode} after {len(found)} data sets")
    show("")
    return found


def show(text: str) -> None:
    """What is under way, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r{text:20}\r", end="", file=sys.stderr, flush=True)


def binomial_limits(trials: int, chance: float, error: float) -> tuple[int, int]:
    """The fewest and the most successes that are not improbable."""
    log_odds = math.log(chance) - math.log1p(-chance)
    logs = [
        math.lgamma(trials + 1)
        - math.lgamma(k + 1)
        - math.lgamma(trials - k + 1)
        + k * log_odds
        + trials * math.log1p(-chance)
        for k in range(trials + 1)
    ]
    below, low = 0.0, 0
    while below + math.exp(logs[low]) < error / 2:
        below, low = below + math.exp(logs[low]), low + 1
    above, high = 0.0, trials
    while above + math.exp(logs[high]) < error / 2:
        above, high = above + math.exp(logs[high]), high - 1
    return low, high


def evenness(ranks: list[float]) -> float:
    """The p-value of even ranks: the series of Kolmogorov, with Stephens's correction."""
    ranks, size = sorted(ranks), len(ranks)
    distance = max(max((n + 1) / size - rank, rank - n / size) for n, rank in enumerate(ranks))
    x = (math.sqrt(size) + 0.12 + 0.11 / math.sqrt(size)) * distance
    if x < 0.3:
        return 1.0
    return min(1.0, 2 * sum((-1) ** (k - 1) * math.exp(-2 * (k * x) ** 2) for k in range(1, 101)))


def within(ranks: list[float], level: float) -> int:
    """How many truths the middle intervals of that level hold."""
    return sum(abs(rank - 0.5) <= level / 2 for rank in ranks)


def judge(found: list[list[float]]) -> bool:
    """Print what there is of each cause; True where all is within its limits."""
    causes = list(zip(*found, strict=True))
    error = WRONG_ALARMS / (len(causes) * (len(LEVELS) + 1))
    limits = [binomial_limits(len(found), level, error) for level in LEVELS]
    good = True
    for number, ranks in enumerate(causes, 1):
        held = [within(list(ranks), level) for level in LEVELS]
        even = evenness(list(ranks))
        good &= even >= error
        good &= all(low <= n <= high for n, (low, high) in zip(held, limits, strict=True))
        text = "  ".join(f"{n / len(ranks):6.1%}" for n in held)
        print(f"cause {number}      {text}   p = {even:.3f}")
    text = "  ".join(f"{low / len(found):.1%}-{high / len(found):.1%}" for low, high in limits)
    print(f"limits       {text}   p >= {error:.5f}")
    return good


def main() -> None:
    """Fit, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores")
    started = time.perf_counter()
    found = ranks_of(options.datasets, options.seed)
    seconds = time.perf_counter() - started
    print(f"{len(found)} data sets of 4 causes, {seconds:.1f} s, {seconds / len(found):.2f} s each")
    all_ranks = [rank for _, ranks in found for rank in ranks]
    for kind in sorted({kind for kind, _ in found}):
        ranks = [rank for each, of_each in found if each == kind for rank in of_each]
        text = "  ".join(f"{within(ranks, level) / len(ranks):6.1%}" for level in LEVELS)
        print(f"{kind:<10}   {text}")
    text = "  ".join(f"{within(all_ranks, level) / len(all_ranks):6.1%}" for level in LEVELS)
    print(f"all          {text}   for {', '.join(f'{level:.0%}' for level in LEVELS)}")
    if not judge([ranks for _, ranks in found]):
        print("out of limits: the sampler, or the model, is wrong")
        sys.exit(1)


if __name__ == "__main__":
    main()
