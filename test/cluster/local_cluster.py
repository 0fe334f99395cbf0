"""Two nodes of Ray on this machine, each with its own processes and its own cache of programs."""

import collections
import contextlib
import os
import signal
import subprocess

import ray
from ray.cluster_utils import Cluster

_BYTES = 100 << 20  # Of a node's object store.


@contextlib.contextmanager
def two_nodes(folder, cpus=3):
    """(cluster, the node that may be killed). Caches are folder/node0 and folder/node1."""
    def options(number):
        return {"num_cpus": cpus, "object_store_memory": _BYTES, "include_dashboard": False,
                "env_vars": {"LFM2_CACHE": cache_of(folder, number)}}

    cluster = Cluster(initialize_head=True, head_node_args=options(0))
    try:
        node = cluster.add_node(**options(1))
        ray.init(address=cluster.address, log_to_driver=bool(os.environ.get("RAY_TRY_LOGS")), logging_level="ERROR")
        yield cluster, node
    finally:
        ray.shutdown()
        cluster.shutdown()


def cache_of(folder, number):
    return os.path.join(folder, f"node{number}")


def programs_in(cache):
    return sorted(name for name in os.listdir(cache) if os.path.exists(os.path.join(cache, name, "note.json"))) \
        if os.path.isdir(cache) else []


def kill_node(node):
    """As when its power fails: all its processes at once, those that workers started included."""
    raylets = [info.process.pid for info in node.all_processes["raylet"]]
    doomed = [pid for raylet in raylets for pid in (raylet, *descendants(raylet))]
    for pid in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(doomed)


def descendants(pid):
    """All processes below one, from one look at the list of processes."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    children = collections.defaultdict(list)
    for line in listed.splitlines():
        child, parent = map(int, line.split())
        children[parent].append(child)
    found = []
    waiting = [pid]
    while waiting:
        below = children[waiting.pop()]
        found += below
        waiting += below
    return found
