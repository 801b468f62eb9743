"""What holds for any deaths: every form gives the same counts, and totals add up."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from engines.calibrate.ages import AGE_GROUPS, UNDETERMINED
from engines.calibrate.va_data import preview
from engines.contract.errors import BadData

AGES = st.sampled_from(sorted(AGE_GROUPS))
FEW = settings(max_examples=40, deadline=None)


@st.composite
def tables(draw):
    """An age group, and deaths by its broad causes, at least one."""
    age = AGE_GROUPS[draw(AGES)]
    size = len(age.causes)
    few = st.lists(st.integers(0, 12), min_size=size, max_size=size)
    return age, draw(few.filter(any))


def deaths_of(age, counts):
    return [cause for cause, n in zip(age.causes, counts, strict=True) for _ in range(n)]


def forms(age, counts):
    """The same deaths in every form."""
    causes = deaths_of(age, counts)
    by_cause = dict(zip(age.causes, counts, strict=True))
    yield json.dumps(by_cause)
    yield "cause;deaths\n" + "".join(f"{cause};{n}\n" for cause, n in by_cause.items())
    specific = {broad: cause for cause, broad in age.listed.items()}
    yield "ID,cause\n" + "".join(f'{i},"{specific[c]}"\n' for i, c in enumerate(causes))
    yield json.dumps([{"id": i, "cause": c} for i, c in enumerate(causes)])
    for one, zero in (("1", "0"), ("0.6", "0.05")):
        rows = (",".join(one if c == cause else zero for c in age.causes) for cause in causes)
        header = ",".join(age.causes)
        yield f"id,{header}\n" + "".join(f"{i},{row}\n" for i, row in enumerate(rows))


@FEW
@given(tables())
def test_every_form_gives_the_same_counts(read, case):
    age, counts = case
    for text in forms(age, counts):
        deaths = read(text, age=age.name)
        assert deaths.counts == tuple(counts)
        assert (deaths.causes, deaths.broad) == (age.causes, age.causes)
        assert (deaths.records, deaths.undetermined) == (sum(counts), 0)


@FEW
@given(tables(), st.lists(st.sampled_from(["", *UNDETERMINED]), max_size=8), st.booleans())
def test_totals_add_up(read, case, without, as_other):
    age, counts = case
    causes = deaths_of(age, counts) + without
    text = "ID,cause\n" + "".join(f"{i},{cause}\n" for i, cause in enumerate(causes))
    way = "other" if as_other else "set-aside"
    deaths = read(text, age=age.name, undetermined=way)
    assert deaths.records == len(causes) == sum(deaths.counts) + deaths.undetermined
    assert deaths.undetermined == (0 if as_other else len(without))
    assert sum(mapped.deaths for mapped in deaths.mapping) == deaths.records
    assert bool(without) == any("without a cause" in warning for warning in deaths.warnings)
    assert preview(deaths).count("100.0 %") >= 2


@FEW
@given(st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4), min_size=1, max_size=12))
def test_totals_of_probabilities_add_up(read, rows):
    """Ties and rows of nothing are counted too."""
    header = "id,Malaria,Measles,Prematurity,Stroke\n"
    text = header + "".join(
        f"{i}," + ",".join(str(v / 20) for v in row) + "\n" for i, row in enumerate(rows)
    )
    clear = [
        len({k for k in sums if sums[k] == max(sums.values())}) == 1
        for sums in ({"inf": a + b, "pre": c, "oth": d} for a, b, c, d in rows)
    ]
    if not any(clear):
        return
    deaths = read(text)
    assert sum(deaths.counts) == sum(clear)
    assert deaths.records == len(rows) == sum(deaths.counts) + deaths.undetermined
    assert sum(mapped.deaths for mapped in deaths.mapping) == len(rows)


@FEW
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_as_a_cause_breaks_anything(read, cause, name):
    """Any cause is counted or refused with an explanation, whatever characters it has."""
    text = json.dumps([{"id": "a", "cause": cause}, {"id": "b" + name, "cause": "Prematurity"}])
    try:
        deaths = read(text)
    except BadData as error:
        assert "unknown cause" in error.message
        assert error.message.isprintable()
    else:
        assert sum(deaths.counts) + deaths.undetermined == 2


@FEW
@given(st.binary(max_size=200))
def test_no_bytes_break_anything(read, content):
    try:
        deaths = read(content)
    except BadData as error:
        assert all(line.isprintable() for line in error.message.splitlines())
    else:
        assert deaths.records == sum(deaths.counts) + deaths.undetermined
