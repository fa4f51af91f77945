"""Scripts in forks of a server: as if Python had started on them, and started so where there is no server."""

import ast
import inspect
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.script import PythonScript
from snakemake.sourcecache import LocalSourceFile

from autocrine.run.preloaded import (
    ADDRESS,
    CLIENT,
    FEW_JOBS,
    HERE,
    Server,
    can_fork,
    find_server,
    hand_over,
    program,
)

pytestmark = pytest.mark.skipif(not can_fork(), reason="no Linux")

WHERE = """
import os, sys, tempfile
print(os.getcwd(), os.environ.get("WHO"), tempfile.gettempdir(), sys.argv, "decimal" in sys.modules)
"""


@pytest.fixture(scope="module")
def server():
    """A server that has imported a small module."""
    server = Server(["decimal", "no_such_module"])
    server.wait()
    yield server
    server.end()
    assert not Path(server.address).parent.exists()


def start(server, script, **options):
    """Have the server run a text as a script."""
    command = [sys.executable, "-I", "-S", program(CLIENT), getattr(server, "address", server), script]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen(command, **options)


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_a_script_has_folder_environment_and_path_of_its_client_and_what_the_server_imported(server, tmp_path):
    (tmp_path / "beside.py").write_text("name = __name__")
    (tmp_path / "temporary").mkdir()
    script = written(tmp_path / "a script.py", f"import beside\n{WHERE}\nprint(beside.name, __name__)")
    environment = {"WHO": "client", "TMPDIR": str(tmp_path / "temporary")}
    started = start(server, script, cwd=tmp_path, env=environment)
    said, errors = started.communicate(timeout=60)
    assert errors == "" and started.returncode == 0
    place = f"{tmp_path} client {tmp_path / 'temporary'}"
    assert said == f"{place} ['{script}'] True\nbeside __main__\n"


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [("raise SystemExit(3)", 3, ""), ("1 / 0", 1, "ZeroDivisionError"), ("import os; os.kill(os.getpid(), 9)", -9, "")],
)
def test_it_ends_as_the_script_ends(server, tmp_path, text, status, said):
    started = start(server, written(tmp_path / "script.py", text))
    errors = started.communicate(timeout=60)[1]
    assert started.returncode == status and said in errors


def test_scripts_that_end_at_once_have_ended_well(server, tmp_path):
    script = written(tmp_path / "script.py", "import os; os._exit(0)")
    for each in [start(server, script) for _ in range(40)]:
        assert (each.communicate(timeout=60)[1], each.returncode) == ("", 0)


def test_signals_reach_the_script_and_it_does_not_outlive_its_client(server, tmp_path):
    text = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print(os.getpid(), flush=True)
time.sleep(60)
"""
    script = written(tmp_path / "script.py", text)
    asked, killed = start(server, script), start(server, script)
    assert int(asked.stdout.readline())
    asked.terminate()
    assert asked.wait(timeout=60) == 7
    pid = int(killed.stdout.readline())
    killed.kill()
    end = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    for each in (asked, killed):
        each.communicate()


def test_an_interrupt_from_a_terminal_comes_to_the_script_once(server, tmp_path):
    # All in one group, as in a terminal: a second interrupt would end the script while it clears up.
    text = """
import sys, time
try:
    print(flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.5)
    sys.exit(5)
"""
    script = written(tmp_path / "script.py", text)
    program = (
        "import signal, subprocess, sys; signal.signal(2, signal.SIG_IGN)\n"
        "from autocrine.run.preloaded import CLIENT, Server, program\n"
        "server = Server([]); server.wait()\n"
        "call = [sys.executable, '-I', '-S', program(CLIENT), server.address, sys.argv[1]]\n"
        "sys.exit(subprocess.call(call, preexec_fn=lambda: signal.signal(2, signal.default_int_handler)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[2])}
    run = subprocess.Popen(
        [sys.executable, "-c", program, script], stdout=subprocess.PIPE, start_new_session=True, env=environment
    )
    run.stdout.readline()
    os.killpg(run.pid, signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode == 5


@pytest.mark.parametrize("reads", [0, 1_000_000])
def test_where_a_server_begins_nothing_python_runs_the_script(tmp_path, reads):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        started = start(str(tmp_path / "socket"), written(tmp_path / "script.py", WHERE))
        answering, _ = listener.accept()
        answering.recv(reads)
        answering.close()
        said, errors = started.communicate(timeout=60)
    assert started.returncode == 0 and "script.py'] False" in said and errors == ""


def test_without_a_place_for_a_socket_there_is_no_server(tmp_path, monkeypatch):
    monkeypatch.delenv(ADDRESS, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    assert find_server([], FEW_JOBS + 1) is None
    deep = tmp_path / ("long" * 30)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    server = Server([])
    server.wait()
    assert server.process.wait(timeout=60) == 1
    server.end()
    assert not list(deep.iterdir())


def test_linear_algebra_in_a_fork_has_one_thread(tmp_path):
    server = Server(["numpy", "scipy.linalg"])
    server.wait()
    text = (
        "import numpy, scipy.linalg, threadpoolctl as t; print([pool['num_threads'] for pool in t.threadpool_info()])"
    )
    started = start(server, written(tmp_path / "script.py", text), env={**os.environ, "OPENBLAS_NUM_THREADS": "2"})
    said = started.communicate(timeout=60)[0]
    server.end()
    assert set(ast.literal_eval(said)) == {1}


def test_without_a_server_python_runs_the_script(tmp_path):
    script = written(tmp_path / "script.py", WHERE)
    started = start(str(tmp_path / "nobody"), script)
    said, errors = started.communicate(timeout=60)
    assert started.returncode == 0 and f"['{script}']" in said and errors == ""


def test_a_server_that_was_killed_leaves_nothing():
    server = Server([])
    server.wait()
    server.process.kill()
    server.end()
    assert not Path(server.address).parent.exists()


def test_a_server_whose_libraries_start_threads_serves_nothing(tmp_path, monkeypatch):
    (tmp_path / "threads.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=[9]).start()"
    )
    text = "import threading, time; threading.Thread(target=time.sleep, args=[9], daemon=True).start()"
    written(tmp_path / "threads.py", text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    server = Server(["threads"])
    server.wait()
    assert server.process.wait(timeout=60) == 0 and not Path(server.address).parent.exists()


def test_a_container_may_forbid_handles_of_processes(monkeypatch):
    def forbid(pid):
        raise PermissionError(1, "Operation not permitted")

    assert can_fork()
    monkeypatch.setattr(os, "pidfd_open", forbid)
    assert not can_fork()


def test_few_jobs_start_no_server_but_use_one_that_is_named(monkeypatch):
    monkeypatch.delenv(ADDRESS, raising=False)
    assert find_server([], FEW_JOBS) is None
    monkeypatch.setenv(ADDRESS, "/a/socket")
    address, wait = find_server([], 1)
    wait()
    assert address == "/a/socket"


def test_only_scripts_of_the_folder_without_an_environment_are_handed_over(tmp_path):
    plain, commands, waited = [], [], []

    def execute(script, fname, edit=False):
        plain.append(fname)

    # What is asked of snakemake's class is there.
    assert list(inspect.signature(PythonScript.execute_script).parameters) == ["self", "fname", "edit"]
    asked = {"conda_env", "container_img", "env_modules", "bench_record", "path"}
    assert asked <= set(inspect.signature(PythonScript.__init__).parameters)
    started = hand_over(execute, lambda: ("/a/socket", lambda: waited.append(1)), "/here/scripts")

    def script(path="/here/rules/../scripts/one.py", **changed):
        nothing = dict.fromkeys(("conda_env", "container_img", "env_modules", "bench_record"))
        each = {**nothing, "path": LocalSourceFile(path), **changed}
        return SimpleNamespace(_execute_cmd=lambda command, **words: commands.append((command, words)), **each)

    started(script(conda_env="x"), "conda")
    started(script(container_img="x"), "container")
    started(script(env_modules="x"), "modules")
    started(script(bench_record="x"), "measured")
    started(script("/elsewhere/one.py"), "another workflow's")
    started(script(), "edited", True)
    assert len(plain) == 6 and not commands
    started(script(), "first")
    assert not waited
    started(script(), "second")
    assert len(plain) == 6 and len(waited) == 1 and [words["fname"] for _, words in commands] == ["first", "second"]
    assert {words["address"] for _, words in commands} == {"/a/socket"}
    hand_over(execute, lambda: None, "/here/scripts")(script(), "without a server")
    assert plain[-1] == "without a server"
