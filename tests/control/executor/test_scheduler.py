"""Real Snakemake with ``--scheduler plumbline``: what starts when, and what never happens."""

import subprocess
import sys
from pathlib import Path

RULES = """
shell.executable("/bin/bash")
TRACE = 'echo start {rule} {wildcards} {resources.mem_mb} >> order; '
DONE = ' && echo end {rule} {wildcards} >> order'


rule all:
    input:
        "counted",
        "found",
        expand("urgent/{number}", number=range(3)),
        expand("used/{number}", number=range(6)),
        expand("grouped/{number}.b", number=range(4)),
        "retried",


rule urgent:
    output: "urgent/{number}"
    priority: 50
    resources: mem_mb=100
    shell: TRACE + "touch {output}" + DONE


rule make:
    output: temp("made/{number}")
    resources: mem_mb=100
    shell: TRACE + "echo something > {output}" + DONE


rule use:
    input: "made/{number}"
    output: "used/{number}"
    resources: mem_mb=100
    shell: TRACE + "ls made | wc -l > {output}" + DONE


rule fails_with_little:
    output: "retried"
    resources: mem_mb=lambda wildcards, attempt: 100 * attempt
    shell: TRACE + "[[ {resources.mem_mb} -gt 100 ]] && touch {output}; ok=$?" + DONE + "; exit $ok"


rule first_of_group:
    output: "grouped/{number}.a"
    group: "pair"
    resources: mem_mb=100
    shell: TRACE + "touch {output}" + DONE


rule second_of_group:
    input: "grouped/{number}.a"
    output: "grouped/{number}.b"
    group: "pair"
    resources: mem_mb=100
    shell: TRACE + "touch {output}" + DONE


checkpoint find:
    output: "found"
    priority: 60  # as long as it runs, Snakemake removes no temporary file
    resources: mem_mb=100
    shell: TRACE + "echo 5 > {output}" + DONE


def found(wildcards):
    with checkpoints.find.get().output[0].open() as file:
        return expand("late/{number}", number=range(int(file.read())))


rule late:
    output: "late/{number}"
    resources: mem_mb=100
    shell: TRACE + "touch {output}" + DONE


rule count:
    input: found
    output: "counted"
    resources: mem_mb=100
    shell: TRACE + "ls late | wc -l > {output}" + DONE
"""


def snakemake(folder: Path, rules: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the rules in the folder."""
    (folder / "Snakefile").write_text(rules)
    command = [sys.executable, "-m", "snakemake", "--scheduler", "plumbline", "--cores", "3"]
    command += ["--workflow-profile", "none", "--resources", "mem_mb=300", *options]
    return subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
    )


def test_all_kinds_of_jobs_in_order_and_within_the_memory(tmp_path: Path) -> None:
    done = snakemake(tmp_path, RULES, "--retries", "1")
    assert done.returncode == 0, done.stdout
    lines = [line.split() for line in (tmp_path / "order").read_text().splitlines()]

    starts = [(line[1], line[2:-1]) for line in lines if line[0] == "start"]
    assert len(starts) == 3 + 6 + 6 + 4 + 4 + 2 + 1 + 5 + 1  # each once, the failed one twice
    # started in one round, they write in any order
    first = [name for name, _ in starts[:6]]
    assert (first.count("find"), first.count("urgent")) == (1, 3)
    assert (tmp_path / "counted").read_text().strip() == "5"

    held: dict[str, int] = {}
    for what, *job in lines:
        if what == "start":
            held[" ".join(job[:-1])] = int(job[-1])
            assert sum(held.values()) <= 300
        else:
            held.pop(" ".join(job))

    # what uses a temporary file goes before what makes the next one: never all six at once
    assert max(int((tmp_path / f"used/{number}").read_text()) for number in range(6)) <= 3
    assert not (tmp_path / "made").exists()


LANES = """
rule all:
    input: expand("merged/{sample}", sample=range(3))


rule align:
    input: "reads/{sample}.{lane}"
    output: temp("aligned/{sample}.{lane}")
    shell: "cp {input} {output}; echo align {wildcards.sample} >> order"


rule merge:
    input: expand("aligned/{{sample}}.{lane}", lane=range(2))
    output: "merged/{sample}"
    shell: "touch {output}; echo merge {wildcards.sample} >> order"
"""


def test_one_sample_is_put_together_before_the_next_is_aligned(tmp_path: Path) -> None:
    """Whatever the size of its lanes: else those of all samples would lie on the disk at once."""
    (tmp_path / "reads").mkdir()
    for sample in range(3):
        for lane in range(2):
            (tmp_path / f"reads/{sample}.{lane}").write_text("A" * 1000 * (9 * lane + sample + 1))
    done = snakemake(tmp_path, LANES, "--cores", "1")
    assert done.returncode == 0, done.stdout
    order = [line.split() for line in (tmp_path / "order").read_text().splitlines()]
    assert [what for what, _ in order] == 3 * ["align", "align", "merge"]
    assert all(len({sample for _, sample in order[n : n + 3]}) == 1 for n in (0, 3, 6))


PIPE = """
rule all:
    input: "read"


rule write:
    output: pipe("written")
    shell: "echo something > {output}"


rule read:
    input: "written"
    output: "read"
    shell: "cat {input} > {output}"
"""


def test_a_job_that_needs_more_than_there_is_ends_the_run_at_once(tmp_path: Path) -> None:
    done = snakemake(tmp_path, PIPE, "--cores", "1", "--max-jobs-per-timespan", "5/1s")
    assert done.returncode == 1
    assert "_cores: 2/1" in done.stdout
    assert "--max-jobs-per-timespan has no effect with --scheduler plumbline" in done.stdout
