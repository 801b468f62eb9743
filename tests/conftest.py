"""What holds for all tests."""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are called by their argument: a gzip header holds the second it was made in,
    and two workers that collect in different seconds would not agree on the name."""
    return argname if isinstance(val, bytes) else None
