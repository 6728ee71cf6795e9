"""A PostgreSQL cluster of the tests' own: private folder, free port on 127.0.0.1, gone afterwards.

    def test_it(postgres_url): ...        # an empty database of its own for every test

PostgreSQL refuses to run as root, so root lends the cluster to the user `postgres`, whom its packages make.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NoReturn

import pytest

LENT_TO = "postgres"
ROLE = "caversham"


class Cluster:
    """A running server; `make_database` and `drop_database` are quick."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers = count(1)

    def make_database(self) -> str:
        """Make an empty database; its address."""
        name = f"station_{os.getpid()}_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return f"postgresql://{ROLE}@127.0.0.1:{self._port}/{name}"

    def drop_database(self, url: str) -> None:
        """Drop it, whoever is still connected."""
        self._execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        import pg8000.dbapi  # noqa: PLC0415 # absent where the extra `postgres` is not installed

        connection = pg8000.dbapi.connect(user=ROLE, host="127.0.0.1", port=self._port, database="postgres")
        try:
            connection.autocommit = True
            connection.cursor().execute(statement)
        finally:
            connection.close()


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Start a cluster and stop it at the end; skips the test where PostgreSQL is not installed, never in CI."""
    programs = find_programs() or _absent(
        "needs PostgreSQL: install the package postgresql (initdb and pg_ctl were not found)"
    )
    folder = Path(tempfile.mkdtemp(prefix="caversham-postgres-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, LENT_TO, LENT_TO)
        with _started(programs, folder) as port:
            yield Cluster(port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path | None:
    """Find the folder of initdb and pg_ctl: the newest that Debian's packages made, else on the PATH."""
    installed = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")]
    if installed:
        return max(installed, key=lambda folder: float(folder.parent.name))
    found = shutil.which("pg_ctl")
    return Path(found).resolve().parent if found and shutil.which("initdb") else None


@contextmanager
def _started(programs: Path, folder: Path) -> Iterator[int]:
    port = _free_port()
    data, log = folder / "data", folder / "log"
    _call(
        programs / "initdb", "-D", data, "-U", ROLE, "--auth=trust", "--encoding=UTF8", "--no-sync", *_sorting(programs)
    )
    # No socket file: its path may be too long, and the folder may not be ours.
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
    _call(programs / "pg_ctl", "start", "--wait", "-D", data, "-l", log, "-o", options)
    try:
        yield port
    finally:
        _call(programs / "pg_ctl", "stop", "--mode=immediate", "-D", data)


def _sorting(programs: Path) -> Sequence[str]:
    """Sort unlike code points wherever the server can (15 and later), so that a forgotten collation shows."""
    version = subprocess.run([programs / "initdb", "--version"], check=True, capture_output=True, text=True).stdout
    major = int(version.split()[2].partition(".")[0])
    return ["--locale=C", *(["--locale-provider=icu", "--icu-locale=en-US"] if major >= 15 else [])]


def _call(*command: str | Path) -> None:
    lent = ["setpriv", f"--reuid={LENT_TO}", f"--regid={LENT_TO}", "--init-groups", "--"] if os.getuid() == 0 else []
    # A server keeps what it inherits open: pipes would never end, so its output goes to a file.
    with tempfile.TemporaryFile("w+") as output:
        ended = subprocess.run([*lent, *command], stdout=output, stderr=output, cwd="/", check=False)
        if ended.returncode:
            output.seek(0)
            pytest.fail(f"{command[0]} ended with {ended.returncode}:\n{output.read()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _absent(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"CI must have this: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """One cluster for all tests of the run."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """The address of an empty database that only this test uses."""
    url = postgres_cluster.make_database()
    yield url
    postgres_cluster.drop_database(url)
