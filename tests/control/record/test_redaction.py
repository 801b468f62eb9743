"""Secrets stay out, and what is none stays in."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control.record.redaction import command_line, hide_secrets, is_secret

LETTERS = "ABCDEFGHIJabcdefghij0123456789"
# what ends a word, a value or an option somewhere; on both ends, as there it does the most harm
MARKS = ",;&)}@ -"
WORDS = st.text(LETTERS + "/+_", min_size=6, max_size=30).map(lambda text: "S" + text)
ARGUMENTS = st.builds(
    lambda *parts: "".join(parts),
    st.text(MARKS, max_size=2),
    st.lists(st.text(LETTERS, min_size=6), min_size=1, max_size=3).map(" ,".join),
    st.text(LETTERS + MARKS, max_size=12),
)


def pieces(secret: str) -> list[str]:
    """The parts of a secret that nobody could take for something else."""
    return [piece for piece in re.split(r"\W", secret) if len(piece) >= 6]


@settings(deadline=None)
@given(ARGUMENTS, ARGUMENTS)
def test_no_part_of_a_value_shows(secret: str, second: str) -> None:
    line = command_line(
        [
            "snakemake",
            "--config",
            f"db_password={secret}",
            f"tokens={secret}",
            f"url=https://example.org/x?sig={secret.replace(' ', '')}",
            f"ftp=ftp://u:{secret.replace(' ', '')}@example.org",
            f'remote={{"db_pass": "{secret}", "region": "eu"}}',
            *("--storage-s3-secret-key", secret, second.lstrip("-")),
            *("--cores", "2"),
        ]
    )
    assert not [piece for piece in pieces(secret) + pieces(second) if piece in line]
    assert '"region": "eu"' in line and line.endswith(" --storage-s3-secret-key *** *** --cores 2")


@settings(deadline=None)
@given(ARGUMENTS)
def test_no_part_of_a_value_shows_in_text(secret: str) -> None:
    word = secret.replace(" ", "")
    for text in (
        f"export DB_PASS={word}",
        f"password: {word}",
        f"curl --password '{secret}' u",
        f"curl --password=-{word} u",
        f'{{\\"api_key\\": \\"{secret}\\"}}',
        f"{{api_key: S{secret.translate(str.maketrans('', '', ',}'))}, n: 1}}",
        f"https://account.example.org/c?sp=r&sig={word}",
        f"https://u:p@{word}@example.org/x",
    ):
        hidden = hide_secrets(text)
        assert not [piece for piece in pieces(secret) if piece in hidden], hidden
        assert hide_secrets(hidden) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "key " + "A" * 200_000,  # took minutes
        "key " + "A-" * 100_000,
        "token" + " " * 200_000,
        "token " + "{ " * 100_000,
        "--key " * 50_000,
        "--" * 100_000 + "key",
        "api_key=" + "\\" * 200_000,
        'api_key="' + '\\"' * 100_000,
        'api_key="\\" ' * 20_000,
        "api_key=[" * 20_000,
        "key ://" + "a@" * 100_000,
        "key " + "bearer " * 50_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_long_word_ends_in_its_time(text: str) -> None:
    hide_secrets(text)  # without an end in sight where the work grows with the square


@settings(deadline=None)
@given(WORDS)
def test_no_way_to_give_a_secret_shows_it(secret: str) -> None:
    arguments = [
        "/opt/bin/snakemake",
        "--logger-x-token",
        secret,
        f"--s3-access-key={secret}",
        "--config",
        f"dbPassword={secret}",
        f"key={secret}",
        f'remote={{"token": "{secret}", "region": "eu"}}',
        f"auth={{api_key: {secret}}}",
        f"header=Authorization: Bearer {secret}{secret}",
        f"url=https://me:{secret.replace('/', '')}@example.org/x",
        f"https://me:{secret.replace('/', '')}@example.org/x?token={secret}",
        f"signed=https://example.org/x?id=3&X-Amz-Signature={secret}",
    ]
    line = command_line(arguments)
    assert secret not in line and secret.replace("/", "") not in line
    assert line.startswith("snakemake --logger-x-token *** ") and "region" in line
    assert "example.org/x?id=3" in line


@pytest.mark.parametrize(
    "text",
    [
        "sort --key=2,2 a.tsv",
        "python -c 'sorted(x, key=len)'",
        "snakemake --keep-going --configfile config/keys.yaml",
        "tool --token-file /run/token --token-lifetime 3",
        "sort --keys 2 --key 3",
        "tool --use-auth --cores 2; tool --use-auth -v",
        "KeyError: 'sample' in line 3",
        "conda activate base; bcftools view -i 'INFO/DP>10' in.vcf.gz",
        "ssh://example.org/path@v1 and mail a@b.c",
        "Waiting at most 5 seconds for missing files: a.txt",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert hide_secrets(text) == text


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("curl -u x --password hunter2 u", "curl -u x --password *** u"),
        ("DB_PASSWORD='a b c' run", "DB_PASSWORD='***' run"),
        ('{"api_key": "abc", "n": 1}', '{"api_key": "***", "n": 1}'),
        ("-H 'Authorization: Bearer abcdefghij'", "-H 'Authorization: Bearer ***'"),
        ("curl --password -abc -v", "curl --password *** -v"),
        ("{api_key: a b, n: 1}", "{api_key: ***, n: 1}"),
        ("password=it's u", "password=*** u"),
        ("password = 'x y' u", "password = '***' u"),
        ("x?se=1&sig=a%2Bb", "x?se=1&sig=***"),
        ("git clone https://u:p@ss@example.org/r.git", "git clone https://***@example.org/r.git"),
        ("git clone https://ghp_abc@example.org/r.git", "git clone https://***@example.org/r.git"),
    ],
)
def test_secrets_in_text(text: str, hidden: str) -> None:
    assert hide_secrets(text) == hidden


def test_names() -> None:
    for name in (
        "token",
        "--api-key",
        "S3_SECRET_ACCESS_KEY",
        "dbPassword",
        "apikey",
        "db_pass",
        "sig",
    ):
        assert is_secret(name)
    for name in ("keyboard", "--keep-going", "token_file", "key_column", "cores", ""):
        assert not is_secret(name)


def test_a_module_is_named_as_it_is_typed() -> None:
    assert command_line(["/x/snakemake/__main__.py", "-c2"]) == "snakemake -c2"
