"""Have a server run a Python script, in this process's folder and environment, and end as it ends.

Usage: python -I -S client.py ADDRESS SCRIPT. Where no server answers, this process runs the script itself.
"""

import json
import os
import signal
import socket
import sys
from contextlib import suppress


def ask(address: str, arguments: list[str]) -> None:
    """Have `python ARGUMENTS` run by the server at an address, and end as it does; return where none begins it."""
    mask = os.umask(0)
    os.umask(mask)
    work = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ), "mask": mask}
    message = json.dumps(work).encode()
    server = socket.socket(socket.AF_UNIX)
    answers = server.makefile("r")
    try:
        server.connect(address)
        socket.send_fds(server, [len(message).to_bytes(8, "big")], [0, 1, 2])
        server.sendall(message)
        begun = answers.readline()
    except OSError:
        return
    if not begun:
        return
    pid = int(begun)

    def pass_on(received: int, _: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, received)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, pass_on)
    # A terminal interrupts all processes of a group, so the script too, if it has not ended; once is enough.
    with suppress(ProcessLookupError):
        if os.getpgid(pid) == os.getpgrp():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    status = int(answers.readline())
    if status < 0:
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


if __name__ == "__main__":
    ask(sys.argv[1], sys.argv[2:])
    os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
