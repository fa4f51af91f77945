"""Imported by every Python of a run in tests: a job of snakemake is run by a fork of the server, if there is one."""

import os
import sys

if "PRELOADED" in os.environ and len(sys.orig_argv) == 2 and "/.snakemake/scripts/" in sys.orig_argv[1]:
    import json
    import resource
    import signal
    import socket

    def same_limits(limits):
        """Whether this process has the limits of the tests; with others it runs the job itself."""
        return all(list(resource.getrlimit(getattr(resource, name))) == limit for name, limit in limits.items())

    def hand_over(address):
        """Have the job run, pass signals on, and end as it ends."""
        mask = os.umask(0)
        os.umask(mask)
        job = {"script": sys.orig_argv[1], "folder": os.getcwd(), "environment": dict(os.environ), "mask": mask}
        server = socket.socket(socket.AF_UNIX)
        server.connect(address)
        message = json.dumps(job).encode()
        socket.send_fds(server, [len(message).to_bytes(8, "big")], [0, 1, 2])
        server.sendall(message)
        answers = server.makefile("r")
        pid = int(answers.readline())
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda received, _: os.kill(pid, received))
        status = int(answers.readline())
        if status < 0:
            signal.signal(-status, signal.SIG_DFL)
            os.kill(os.getpid(), -status)
        os._exit(status)

    asked = json.loads(os.environ["PRELOADED"])
    if same_limits(asked["limits"]) and os.access(asked["address"], os.W_OK):
        hand_over(asked["address"])
