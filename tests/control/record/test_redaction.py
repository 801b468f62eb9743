"""Secrets stay out, and what is none stays in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.record.redaction import command_line, hide_secrets, is_secret

SECRETS = st.text("ABCDEFGHIJabcdefghij0123456789/+_", min_size=6, max_size=30).map(
    lambda text: "S" + text
)


@given(SECRETS)
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
        "tool --token-file /run/token --tokens 3",
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
        ("git clone https://ghp_abc@example.org/r.git", "git clone https://***@example.org/r.git"),
    ],
)
def test_secrets_in_text(text: str, hidden: str) -> None:
    assert hide_secrets(text) == hidden


def test_names() -> None:
    for name in ("token", "--api-key", "S3_SECRET_ACCESS_KEY", "dbPassword", "apikey"):
        assert is_secret(name)
    for name in ("keyboard", "--keep-going", "token_file", "key_column", "cores", ""):
        assert not is_secret(name)


def test_a_module_is_named_as_it_is_typed() -> None:
    assert command_line(["/x/snakemake/__main__.py", "-c2"]) == "snakemake -c2"
