"""Sites that load modules: a rule gets its programs from those that the configuration names."""

from workflow_folder import OWN

MODULE = """\
module() {
  printf '%s\\n' "module $*" >>"$MODULES_SEEN"
  if [[ $1 == load ]]; then shift; for name; do PATH=$MODULES/$name/bin:$PATH; done; fi
}
"""
HAPPY = '#!/bin/sh\necho "this is hap.py of a module" >&2\nexit 3\n'


def test_a_rule_loads_what_is_named(folder, snakemake, monkeypatch):
    (folder / "modules.sh").write_text(MODULE)
    program = folder / "modules/hap.py/0.3.15/bin/hap.py"
    program.parent.mkdir(parents=True)
    program.write_text(HAPPY)
    program.chmod(0o755)
    monkeypatch.setenv("BASH_ENV", str(folder / "modules.sh"))
    monkeypatch.setenv("MODULES", str(folder / "modules"))
    monkeypatch.setenv("MODULES_SEEN", str(folder / "seen"))
    engine = "small_variants: {engine: happy}\nenvmodules: {happy: [hap.py/0.3.15]}\n"
    (folder / "config.yaml").write_text(OWN + engine)
    loading = ("--software-deployment-method", "env-modules")
    ended = snakemake("results/small_variants/a.summary.json", "--cores", "1", *loading)
    assert ended.returncode == 1
    assert (folder / "seen").exists(), ended.stdout + ended.stderr
    assert (folder / "seen").read_text() == "module purge\nmodule load hap.py/0.3.15\n"
    (log,) = (folder / "logs/compare_small_variants_with_happy").glob("a.log")
    assert "this is hap.py of a module" in log.read_text()
