"""A real SLURM cluster of our own: private folder, private ports, gone when its owner is.

    with SlurmCluster(folder) as cluster:          # in tests, see the fixture in conftest.py
        subprocess.run(["sinfo"], env=cluster.environ())

    python tests/support/slurm_cluster.py FOLDER   # by hand: prints the variable to export, runs
                                                   # until Ctrl-C

It needs Debian's slurm-wlm and munge (and slurmdbd, mariadb-server for accounting), no root,
and touches nothing of a SLURM that is installed: everything finds it by SLURM_CONF. Several
nodes run on this machine, each with a slurmd of its own that can be killed.
"""

import argparse
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from control.runs.orphans import die_with_parent

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol")
ACCOUNTING_PROGRAMS = ("slurmdbd", "mariadbd", "mariadb-install-db", "sacct", "sacctmgr")
SECONDS = 120.0
"""How long a daemon may take to answer, on a machine that has much else to do."""

_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def missing_programs(accounting: bool = False) -> list[str]:
    """Programs that a cluster needs and that are not here."""
    needed = PROGRAMS + ACCOUNTING_PROGRAMS * accounting
    return [name for name in needed if not shutil.which(name, path=_PATH)]


@dataclass
class SlurmCluster:
    """One cluster; a context manager that starts and stops it.

    Args:
        folder: for all its files; a short path, since sockets lie there.
        nodes: how many, named ``n1``, ``n2`` …
        cpus, mem_mb, gpus: of each node. The memory is only counted, never enforced.
        accounting: also a slurmdbd with a database, so that sacct works.
        settings: further lines of slurm.conf, or other values of those below.

    Attributes:
        partitions: ``cpu`` (the default) and ``gpu`` on all nodes, ``short`` (one minute).
        account: that jobs are booked on where there is accounting.
    """

    folder: Path
    nodes: int = 1
    cpus: int = 8
    mem_mb: int = 64_000
    gpus: int = 2
    accounting: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)

    partitions = ("cpu", "gpu", "short")
    account = "lab"

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()
        self.conf = self.folder / "slurm.conf"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._socket = self.folder / "munge.sock"
        self._user = pwd.getpwuid(os.getuid()).pw_name
        ports = _free_ports(4 + self.nodes)
        self._ctld, self._dbd, self._sql, *self._slurmd = ports

    def __enter__(self) -> "SlurmCluster":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def environ(self, **more: str) -> dict[str, str]:
        """The environment in which SLURM's commands mean this cluster."""
        ours = {k: v for k, v in os.environ.items() if not k.startswith("SLURM_")}
        return {**ours, "PATH": _PATH, "SLURM_CONF": str(self.conf), **more}

    def start(self) -> None:
        """Start everything, and wait until all nodes are idle."""
        for name in ("state", "log", "mysql"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)  # munge refuses a socket below a folder that others may write to
        self._start_munge()
        self._write_configuration()
        if self.accounting:
            self._start_accounting()
        self._spawn("slurmctld", "-D", "-i")
        self._wait_for("slurmctld", lambda: "UP" in self.run("scontrol", "ping", check=False))
        for number in range(1, self.nodes + 1):
            self.start_node(f"n{number}")
        self._wait_for("all nodes", lambda: self.node_states() == ["idle"] * self.nodes)

    def stop(self) -> None:
        """Kill every daemon and every job."""
        for process in reversed(self._running.values()):
            process.kill()
            process.wait()
        self._running.clear()
        deadline = time.monotonic() + SECONDS
        while (jobs := self._jobs()) and time.monotonic() < deadline:
            for process in jobs:  # again and again: they may start others meanwhile
                with suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(jobs, timeout=0.2)

    def run(self, *command: str, check: bool = True, **more: object) -> str:
        """What one of SLURM's commands prints."""
        answer = subprocess.run(
            command,
            env=self.environ(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            **more,  # type: ignore[call-overload]
        )
        if check and answer.returncode:
            raise RuntimeError(f"{' '.join(command)}: {answer.stderr.strip()}")
        return str(answer.stdout)

    def queue(self) -> list[str]:
        """Ids of the jobs that wait or run."""
        return self.run("squeue", "--noheader", "--format=%i").split()

    def node_states(self) -> list[str]:
        """How each node is, in the order of their names."""
        return self.run("sinfo", "-h", "-N", "-p", "cpu", "-o", "%t", check=False).split()

    def start_node(self, name: str) -> None:
        """Start the slurmd of a node."""
        self._spawn("slurmd", "-D", "-N", name, called=f"slurmd-{name}")

    def revive_node(self, name: str) -> None:
        """Start a node again that has died, until it takes jobs."""
        self.start_node(name)

        def is_up() -> bool:
            # refused as soon as it is up, which it may be without being told
            self.run("scontrol", "update", f"nodename={name}", "state=resume", check=False)
            state = self.run("sinfo", "-h", "-N", f"-n{name}", "-pcpu", "-o%t", check=False)
            return state.strip() in ("idle", "mix", "alloc")

        self._wait_for(f"node {name}", is_up)

    def kill_node(self, name: str) -> None:
        """Let a node die: its slurmd, and all that its jobs have started, by kill -9."""
        daemon = self._running.pop(f"slurmd-{name}")
        daemon.kill()
        daemon.wait()
        for process in self._jobs(name):
            with suppress(psutil.Error):
                process.kill()

    def let_begin(self, job: str) -> None:
        """A job that was put back into the queue begins now; else SLURM lets it wait two minutes.

        Not before it says BeginTime: until then it is being cleaned up, and would fail.
        """

        def begins() -> bool:
            wanted = "State,RestartCnt,Reason"
            state, restarts, *reason = self.run(
                "squeue", "-h", "-t", "all", "-j", job, "-O", wanted
            ).split()
            if (state, *reason) == ("PENDING", "BeginTime"):
                self.run("scontrol", "update", f"jobid={job}", "starttime=now")
                return True
            return restarts != "0" and state not in ("PENDING", "COMPLETING")

        self._wait_for(f"job {job}", begins)

    def kill_controller(self) -> None:
        """Let slurmctld die by kill -9; its state stays on the disk."""
        daemon = self._running.pop("slurmctld")
        daemon.kill()
        daemon.wait()

    def start_controller(self) -> None:
        """Start slurmctld again, with the state that it left."""
        self._spawn("slurmctld", "-D")
        self._wait_for("slurmctld", lambda: "UP" in self.run("scontrol", "ping", check=False))

    @contextmanager
    def hung_controller(self) -> Iterator[None]:
        """Within the block slurmctld takes what it is told and does not answer."""
        controller = self._running["slurmctld"]
        controller.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            controller.send_signal(signal.SIGCONT)

    # -- its parts

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self._spawn(
            "munged",
            "--foreground",
            "--force",
            f"--socket={self._socket}",
            f"--key-file={key}",
            f"--pid-file={self.folder / 'munged.pid'}",
            f"--log-file={self.folder / 'log' / 'munged'}",
            f"--seed-file={self.folder / 'munge.seed'}",
        )
        self._wait_for("munged", self._socket.exists)

    def _write_configuration(self) -> None:
        host = socket.gethostname().split(".")[0]
        values = {
            "ClusterName": "lab",
            "SlurmctldHost": f"{host}(127.0.0.1)",
            "SlurmctldPort": str(self._ctld),
            "SlurmUser": self._user,
            "SlurmdUser": self._user,
            "AuthType": "auth/munge",
            "AuthInfo": f"socket={self._socket}",
            "CredType": "cred/munge",
            "MpiDefault": "none",
            "SwitchType": "switch/none",
            "ProctrackType": "proctrack/pgid",  # linuxproc leaves what ignores SIGTERM behind
            "TaskPlugin": "task/none",
            "JobAcctGatherType": "jobacct_gather/linux",
            "JobAcctGatherFrequency": "task=2",
            "ReturnToService": "2",
            "StateSaveLocation": str(self.folder / "state"),
            "SlurmdSpoolDir": str(self.folder / "spool.%n"),
            "SlurmctldPidFile": str(self.folder / "slurmctld.pid"),
            "SlurmdPidFile": str(self.folder / "slurmd.%n.pid"),
            "SlurmctldLogFile": str(self.folder / "log" / "slurmctld"),
            "SlurmdLogFile": str(self.folder / "log" / "slurmd.%n"),
            "SlurmdParameters": "config_overrides",  # more CPUs than there are
            "SchedulerType": "sched/backfill",
            "SchedulerParameters": "sched_min_interval=0,batch_sched_delay=0,bf_interval=2,"
            "sched_interval=2,defer_batch=0,requeue_delay=1",
            "SelectType": "select/cons_tres",
            "SelectTypeParameters": "CR_Core_Memory",
            "GresTypes": "gpu",
            "DefMemPerCPU": "100",
            "MinJobAge": "300",
            "KillWait": "3",
            "SlurmctldTimeout": "30",
            "SlurmdTimeout": "6",
            "MaxArraySize": "10001",
            "MaxJobCount": "20000",
            "CompleteWait": "0",
            "AccountingStorageType": "accounting_storage/none",
        }
        if self.accounting:
            values |= {
                "AccountingStorageType": "accounting_storage/slurmdbd",
                "AccountingStorageHost": "127.0.0.1",
                "AccountingStoragePort": str(self._dbd),
                "AccountingStoragePass": str(self._socket),  # by its name: AuthInfo is not read
                "AccountingStorageTRES": "gres/gpu",
                "AccountingStoreFlags": "job_comment",
            }
        lines = [f"{key}={value}" for key, value in (values | dict(self.settings)).items()]
        devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random"][: self.gpus]
        gres = f" Gres=gpu:fake:{self.gpus}" if self.gpus else ""
        names = []
        for number, port in zip(range(1, self.nodes + 1), self._slurmd, strict=False):
            names.append(f"n{number}")
            lines.append(
                f"NodeName=n{number} NodeHostname={host} NodeAddr=127.0.0.1 Port={port}"
                f" CPUs={self.cpus} Boards=1 SocketsPerBoard=1 CoresPerSocket={self.cpus}"
                f" ThreadsPerCore=1 RealMemory={self.mem_mb}{gres} State=UNKNOWN"
            )
        for partition in self.partitions:
            default = "YES" if partition == "cpu" else "NO"
            longest = "1" if partition == "short" else "INFINITE"
            lines.append(
                f"PartitionName={partition} Nodes={','.join(names)} Default={default}"
                f" MaxTime={longest} State=UP"
            )
        self.conf.write_text("\n".join(lines) + "\n")
        told = [f"NodeName={','.join(names)} Name=gpu Type=fake File={d}\n" for d in devices]
        (self.folder / "gres.conf").write_text("".join(told))
        (self.folder / "cgroup.conf").write_text("CgroupAutomount=no\nConstrainCores=no\n")

    def _start_accounting(self) -> None:
        data, sock = self.folder / "mysql", self.folder / "mysql.sock"
        as_root = ["--user=root"] if os.getuid() == 0 else []
        if not (data / "mysql").exists():
            self.run(
                "mariadb-install-db",
                "--no-defaults",
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                *as_root,
            )
        self._spawn(
            "mariadbd",
            "--no-defaults",
            f"--datadir={data}",
            f"--socket={sock}",
            f"--pid-file={self.folder / 'mariadbd.pid'}",
            "--bind-address=127.0.0.1",
            f"--port={self._sql}",
            "--innodb-buffer-pool-size=64M",
            "--innodb-lock-wait-timeout=900",
            "--innodb-flush-log-at-trx-commit=0",
            *as_root,
        )
        grant = (
            "CREATE DATABASE IF NOT EXISTS accounts;"
            "CREATE USER IF NOT EXISTS 'slurm'@'127.0.0.1' IDENTIFIED BY 'lab';"
            "GRANT ALL ON accounts.* TO 'slurm'@'127.0.0.1';"
        )
        sql = ("mariadb", "--no-defaults", "-S", str(sock), "-u", "root", "-e")
        self._wait_for("mariadbd", lambda: "1" in self.run(*sql, "SELECT 1", check=False))
        self.run(*sql, grant)
        host = socket.gethostname().split(".")[0]
        file = self.folder / "slurmdbd.conf"
        file.write_text(
            f"DbdHost={host}\nDbdAddr=127.0.0.1\nDbdPort={self._dbd}\nSlurmUser={self._user}\n"
            f"AuthType=auth/munge\nAuthInfo=socket={self._socket}\n"
            f"LogFile={self.folder / 'log' / 'slurmdbd'}\nPidFile={self.folder / 'slurmdbd.pid'}\n"
            f"StorageType=accounting_storage/mysql\nStorageHost=127.0.0.1\n"
            f"StoragePort={self._sql}\nStorageUser=slurm\nStoragePass=lab\nStorageLoc=accounts\n"
        )
        file.chmod(0o600)
        self._spawn("slurmdbd", "-D")
        self._wait_for("slurmdbd", lambda: _answers(self._dbd))
        manager = ("sacctmgr", "-i", "-Q", "add")
        self.run(*manager, "cluster", "lab")
        self.run(*manager, "account", self.account, "Cluster=lab")
        self.run(*manager, "user", self._user, f"Account={self.account}", "DefaultAccount=lab")

    def _spawn(self, program: str, *arguments: str, called: str = "") -> None:
        name = called or program
        with open(self.folder / "log" / f"{name}.out", "ab") as log:
            self._running[name] = subprocess.Popen(
                [program, *arguments],
                env=self.environ(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def _wait_for(self, what: str, is_there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not is_there():
            dead = [name for name, each in self._running.items() if each.poll() is not None]
            if dead or time.monotonic() > deadline:
                logs = "\n".join(_end_of(log) for log in sorted((self.folder / "log").iterdir()))
                raise RuntimeError(f"{what}: not up; ended: {dead}\n{logs}")
            time.sleep(0.02)

    def _jobs(self, node: str = "") -> list[psutil.Process]:
        """Processes of jobs, of one node or of all.

        The steps around them come first: one that lives tells of its job's end. One whose job
        has ended would wait for a controller that is gone, for ever.
        """
        steps, jobs = [], []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.name() == "slurmstepd":
                    # its environment is overwritten by what it calls itself; it holds this log
                    log = f"{self.folder}/log/slurmd.{node}"
                    if any(name.startswith(log) for name in _open_files(process.pid)):
                        steps.append(process)
                    continue
                environ = process.environ()
                is_job = "SLURM_JOB_ID" in environ and environ.get("SLURM_CONF") == str(self.conf)
                if is_job and node in ("", environ.get("SLURMD_NODENAME")):
                    jobs.append(process)
        return [*steps, *jobs]


def _open_files(pid: int) -> list[str]:
    return [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end_of(log: Path) -> str:
    return f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-8:])


def main() -> None:
    """Run a cluster until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--gpus", type=int, default=2)
    parser.add_argument("--accounting", action="store_true")
    given = parser.parse_args()
    if missing := missing_programs(given.accounting):
        sys.exit(f"not here: {', '.join(missing)}; make setup-tests installs them on Debian")
    with SlurmCluster(
        given.folder, nodes=given.nodes, gpus=given.gpus, accounting=given.accounting
    ) as cluster:
        print(f"export SLURM_CONF={cluster.conf}", flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
