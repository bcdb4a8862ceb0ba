"""How gunicorn runs in the container, written by dockgen.

The environment changes all of it: WEB_CONCURRENCY the workers, GUNICORN_CMD_ARGS="--threads=8 --preload" the rest.
"""

import gc
import json
import math
import os
from pathlib import Path

from gunicorn.glogging import Logger


def cpus():
    """The container's CPUs by its cgroup (v2, then v1), rounded up; without a quota the machine's, at most 4."""
    for files in (["cpu.max"], ["cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"]):
        try:
            quota, period = " ".join(Path("/sys/fs/cgroup", file).read_text() for file in files).split()
            if int(quota) > 0:
                return math.ceil(int(quota) / int(period))
        except (OSError, ValueError):  # there is no such file, or it says "max"
            continue
    return min(len(os.sched_getaffinity(0)), 4)


class JsonLog(Logger):
    """One line of JSON for each request, with gunicorn's own letters for what it knows of it."""

    def access(self, resp, req, environ, request_time):
        atoms = self.atoms(resp, req, environ, request_time)
        names = dict(time="t", remote="h", method="m", path="U", query="q", status="s", bytes="B", ms="M", agent="a")
        self.access_log.info(json.dumps({name: atoms[letter] for name, letter in names.items()}))


def freeze(_):
    """What was imported stays for ever: garbage collections pass over it, and with --preload workers share it."""
    gc.collect()
    gc.freeze()


when_ready = post_worker_init = freeze
workers = int(os.environ.get("WEB_CONCURRENCY") or cpus())
threads = 4  # requests of one worker that wait for a database or a network at the same time
keepalive = 0  # each answer closes its connection: no request is on its way to a worker that ends
max_requests, max_requests_jitter = 10_000, 1_000  # what leaks is given back, not by all workers at once
graceful_timeout = 25  # seconds: compose and Kubernetes kill after 30
worker_tmp_dir = "/dev/shm"  # memory: a heartbeat must not wait for a disk
control_socket_disable = True
accesslog, logger_class = "-", JsonLog
