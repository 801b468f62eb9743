"""Settings: what is given is checked, what is wrong is named by file and key."""

from pathlib import Path

import pytest

from control.settings import SlurmLauncher, SshLauncher, StateDir, load
from engines.contract.errors import BadData, InputMissing


@pytest.fixture(autouse=True)
def homeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the machine that runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("PLUMBLINE_CONFIG", raising=False)
    monkeypatch.delenv("PLUMBLINE_RUNS", raising=False)


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "service.yaml"
    file.write_text(text)
    return file


def test_without_a_file_it_is_a_service_for_one_on_this_machine(tmp_path: Path) -> None:
    settings = load()
    assert settings.runs == [tmp_path / "state/plumbline/runs"]
    assert settings.state == tmp_path / "state/plumbline"
    assert settings.listen == "127.0.0.1:8765"
    assert settings.access.everyone_sees_all_runs is False


def test_the_variable_for_runs_does_not_move_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUMBLINE_RUNS", str(tmp_path / "elsewhere"))
    settings = load()
    assert settings.runs == [tmp_path / "elsewhere"]
    assert settings.state == tmp_path / "state/plumbline"


def test_options_go_before_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "listen: 127.0.0.1:1\nlog_level: debug\n")
    settings = load(file, {"listen": "127.0.0.1:2", "log_level": None})
    assert (settings.listen, settings.log_level) == ("127.0.0.1:2", "debug")


def test_the_file_is_found_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUMBLINE_CONFIG", str(written(tmp_path, "workers: 3\n")))
    assert load().workers == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lisen: x", "unknown key lisen; did you mean 'listen'?"),
        ("limits: {core: 3}", "unknown key limits.core; did you mean 'cores'?"),
        ("access: {oidc: {issuer: x, client_idd: y}}", "access.oidc.client_id: Field required"),
        ("public_url: plumbline.lab.org", "public_url: String should match pattern"),
        ("limits: {runs: 0}", "limits.runs: Input should be greater than or equal to 1, not 0"),
        ("runs: [a\n", "no YAML"),
        ("- a\n- b\n", "not a list of keys and values"),
        ("access: {jwt: {issuer: x, audience: y}}", "give either jwks_url or public_key_file"),
        ("launchers: {hpc: {kind: pbs}}", "launchers.hpc: Input tag 'pbs'"),
        (
            "launchers: {hpc: {kind: slurm, acount: x}}",
            "unknown key launchers.hpc.acount; did you mean 'account'?",
        ),
        ("launchers: {hpc: {kind: slurm, partition: 'a b'}}", "launchers.hpc.partition: String"),
        ("launchers: {hpc: {kind: slurm, runtime: 1h}}", "launchers.hpc.runtime: String"),
        ("launchers: {hpc: {kind: slurm, extra: [-x]}}", "one long option of sbatch"),
        ("launchers: {hpc: {kind: slurm, extra: [--no-requeue]}}", "set by the launcher itself"),
        ("launchers: {hpc: {kind: ssh, host: -oProxyCommand=x}}", "launchers.hpc.host: String"),
        (
            "launchers: {hpc: {kind: ssh, host: a, options: [ProxyCommand=x]}}",
            "should be NAME=VALUE, with a name of",
        ),
        ("launchers: {local: {kind: ssh, host: a}}", "local is this machine"),
    ],
)
def test_what_is_wrong_is_told_by_file_and_key(tmp_path: Path, text: str, told: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(BadData) as caught:
        load(file)
    assert str(file) in caught.value.message
    assert told in caught.value.message
    assert "\n" not in caught.value.message


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="no such settings file"):
        load(tmp_path / "nowhere.yaml")


def test_the_state_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    state = StateDir(tmp_path / "a" / "state").make()
    assert state.path.stat().st_mode & 0o777 == 0o700
    folders = {"journals", "backups", "workers", "charts"}
    assert {path.name for path in state.path.iterdir()} == folders
    StateDir(state.path).make()  # again, as you like


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("{proxy_header: {trusted: [my-proxy]}}", "access.proxy_header.trusted.0"),
        ("{proxy_header: {trusted: [10.0.0.1/8]}}", "access.proxy_header.trusted.0"),
        ("{proxies: [10.0.0.300]}", "access.proxies.0"),
        ("{origins: [portal.lab.org]}", "access.origins.0"),
        ("{origins: ['https://portal.lab.org/']}", "access.origins.0"),
        ("{audit_days: 30}", "access.audit_days"),
    ],
)
def test_a_network_or_an_origin_that_is_none_is_refused(
    tmp_path: Path, text: str, key: str
) -> None:
    with pytest.raises(BadData, match=key):
        load(written(tmp_path, f"access: {text}\n"))


def test_networks_origins_and_a_unix_socket_may_be_named(tmp_path: Path) -> None:
    text = "access: {proxies: [unix, 10.0.0.0/8, '::1'], origins: ['https://portal.lab.org:8443']}"
    assert load(written(tmp_path, text)).access.proxies == ["unix", "10.0.0.0/8", "::1"]


def test_a_folder_that_the_logger_made_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o755)
    (tmp_path / "state").chmod(0o755)
    assert StateDir(tmp_path / "state").make().path.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("{sources: [runs/2026]}", "allow.sources.0"),
        ("{sources: ['http://data.lab.org']}", "allow.sources.0"),
        ("{sources: ['file:///data']}", "allow.sources.0"),
        ("{sources: ['s3://']}", "allow.sources.0"),
        ("{sources: ['s3://runs/../x']}", "allow.sources.0"),
        ("{sources: ['s3://runs/*']}", "allow.sources.0"),
        ("{sources: ['s3://runs/{sample}']}", "allow.sources.0"),
        ("{sources: ['https://me:secret@data.lab.org']}", "allow.sources.0"),
        ("{uploads: ['https://data.lab.org']}", "allow.uploads.0"),
        ("{uploads: ['file:///']}", "allow.uploads.0"),
        ("{uploads: ['file://host/out']}", "allow.uploads.0"),
    ],
)
def test_an_address_that_cannot_be_opened_is_refused(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(BadData, match=key):
        load(written(tmp_path, f"allow: {text}\n"))


def test_what_runs_share_and_where_they_may_read_and_write(tmp_path: Path) -> None:
    text = "allow: {sources: ['s3://runs/2026/', 'https://data.lab.org'], uploads: ['file:///out']}"
    settings = load(written(tmp_path, f"{text}\nshared: {{fetched: ~/big}}\n"))
    assert settings.allow.sources == ["s3://runs/2026/", "https://data.lab.org"]
    assert settings.shared.fetched == Path("~/big").expanduser()
    assert settings.shared.cohort is None
    closed = load(written(tmp_path, "{}"))
    assert (closed.allow.sources, closed.allow.uploads) == (None, [])


def test_launchers_come_whole_out_of_the_file_and_out_of_what_a_driver_is_given(
    tmp_path: Path,
) -> None:
    text = (
        "launchers:\n"
        "  hpc: {kind: slurm, partition: long, runtime: 4320, extra: [--constraint=haswell]}\n"
        "  far: {kind: ssh, host: ann@login.hpc.org, options: [Port=2222], folder: ~/runs}\n"
    )
    settings = load(written(tmp_path, text))
    hpc, far = settings.launchers["hpc"], settings.launchers["far"]
    assert isinstance(hpc, SlurmLauncher) and isinstance(far, SshLauncher)
    assert (hpc.runtime, hpc.cpus, hpc.extra) == ("4320", 1, ["--constraint=haswell"])
    assert (far.host, far.files, far.plumbline) == ("ann@login.hpc.org", "copy", "plumbline")
    assert load(written(tmp_path, settings.model_dump_json())) == settings
