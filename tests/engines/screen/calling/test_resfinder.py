"""ResFinder where it is installed: what two runs on the same reads may differ in, and no more."""

import pytest

from engines.contract.errors import BadData, BadUsage, Unavailable
from engines.screen.calling import resfinder


def test_the_order_of_sets_and_the_run_itself_make_no_difference():
    one = {"run_date": "x", "phenotypes": {"a": {"regions": ["p", "q"]}, "b": 1}, "key": "1"}
    other = {"phenotypes": {"b": 1, "a": {"regions": ["q", "p"]}}, "run_date": "y", "key": "2"}
    assert resfinder.normalised(one) == resfinder.normalised(other)
    third = {"phenotypes": {"b": 1, "a": {"regions": ["q"]}}}
    assert resfinder.normalised(one) != resfinder.normalised(third)
    table = "# Sample: {}\nvanA\tVancomycin, Teicoplanin, Vancomycin\n"
    same = "# Sample: {}\nvanA\tTeicoplanin, Vancomycin, Vancomycin\n"
    assert resfinder.normalised_table(table) == resfinder.normalised_table(same)
    assert resfinder.normalised_table(table) != resfinder.normalised_table(table[:-12])


def test_without_resfinder(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="not installed"):
        resfinder.program()
    assert not resfinder.there()


def stand_in(tmp_path, monkeypatch, text):
    """A ResFinder that does ``text``, and a database of no classes."""
    script = tmp_path / "bin" / "run_resfinder.py"
    script.parent.mkdir()
    script.write_text(text)
    monkeypatch.setattr(resfinder, "program", lambda: ["/usr/bin/env", "python3", str(script)])
    (tmp_path / "db").mkdir()
    (tmp_path / "db/config").write_text("# nothing\n")
    (tmp_path / "out").mkdir()
    return tmp_path / "db", tmp_path / "out"


def test_it_runs_with_one_order_of_sets_and_without_our_python(tmp_path, monkeypatch):
    text = (
        "import json, os, sys; assert open('1_my_reads.fq').read() == '@r'; "
        "out = sys.argv[sys.argv.index('-j') + 1]; "
        "names = ('PYTHONHASHSEED', 'PYTHONPATH'); "
        "json.dump({name: os.environ.get(name) for name in names}, open(out, 'w'))"
    )
    monkeypatch.setenv("PYTHONPATH", "/ours")
    database, out = stand_in(tmp_path, monkeypatch, text)
    reads = [tmp_path / "my reads.fq"]  # blanks break the line by which it starts KMA
    reads[0].write_text("@r")
    found = resfinder.call(reads, database, out, cache=tmp_path / "cache")
    assert found == {"PYTHONHASHSEED": "0", "PYTHONPATH": None}
    with pytest.raises(BadUsage, match="is not empty"):  # it would take over what lies there
        resfinder.call(reads, database, out, cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "raise AttributeError(\"'NoneType' object has no attribute 'res_database'\")",
            "without a row",
        ),
        ("pass", "wrote no result"),
    ],
)
def test_how_it_fails_is_told(tmp_path, monkeypatch, text, words):
    database, out = stand_in(tmp_path, monkeypatch, text)
    (tmp_path / "r.fq").write_text("@r")
    with pytest.raises(BadData, match=words):
        resfinder.call([tmp_path / "r.fq"], database, out, cache=tmp_path / "cache")
