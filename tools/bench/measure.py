"""The order of runs.

A pair is probe, ours, probe, llama.cpp, probe: what slows the machine for a
while slows both, and what slows one of them shows in the probes. A round has a
pair for each configuration of llama.cpp (build and attention mode), from another
one on each time. Rounds go on until each configuration has as many pairs as
wanted, at most twice as many rounds.

Shapes that fill a long context take minutes a pair. There a configuration that
is clearly behind another one after a round is given up, at greater depths too:
what a token costs beyond the empty context is linear in the depth, so what is
slower at one is slower beyond. Short shapes run all configurations to the end.
"""

import contextlib
import fcntl
import statistics

from bench.summary import times_as_fast
from bench.watch import Watch, disturbance


@contextlib.contextmanager
def held(path):
    """Holds the lock file `path`, as flock(1) does; nothing without one."""
    if not path:
        yield
        return
    with open(path, "a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def measure_pair(options, program, shape, peer, model):
    with held(options.lock):
        watch = Watch()
        probes = [program.probe(shape.threads)]
        ours = program.measure(shape)
        probes.append(program.probe(shape.threads))
        theirs = None
        if peer:
            theirs = peer.measure(shape, model)
            probes.append(program.probe(shape.threads))
        others, seconds = watch.stop()
    return {"config": peer.name if peer else "", "ours": ours, "theirs": theirs,
            "probes": probes, "others_cpu": round(others, 4), "seconds": round(seconds, 2),
            "dropped": disturbance(probes, others, options.probe_tolerance, options.cpu_tolerance)}


def behind(shape, pairs, percent):
    """The configurations that are more than so many percent slower, beside ours,
    than the best: {name: percent}"""
    leads = {}
    for pair in pairs:
        if pair["theirs"] and not pair["dropped"]:
            leads.setdefault(pair["config"], []).append(
                times_as_fast(shape, pair["ours"]["value"], pair["theirs"]["value"]))
    leads = {name: statistics.median(values) for name, values in leads.items()}
    best = min(leads.values(), default=0)
    return {name: round(100 * (lead / best - 1), 1) for name, lead in leads.items()
            if lead > best * (1 + percent / 100)}


def measure_shape(options, program, shape, peers, model, given_up, say):
    """The result of a shape. `given_up` are configurations not to run at all,
    {name: why}."""
    pairs, given_up = [], dict(given_up)
    wanted = shape.rounds(options.repeat)
    everyone = peers if shape.has_peer else [None]

    def kept(peer):
        name = peer.name if peer else ""
        return sum(pair["config"] == name and not pair["dropped"] for pair in pairs)

    for turn in range(2 * wanted):
        active = [peer for peer in everyone if not peer or peer.name not in given_up]
        active = [peer for peer in active if kept(peer) < wanted]
        if not active:
            break
        start = turn % len(active)
        for peer in active[start:] + active[:start]:
            pair = measure_pair(options, program, shape, peer, model)
            pairs.append(pair)
            say(shape, pair)
        if options.screen and shape.is_long:
            for name, percent in behind(shape, pairs, options.screen).items():
                given_up.setdefault(name, f"{percent:g} % behind the best at {shape.name}")
    return {"shape": shape.as_json(), "wanted": wanted, "pairs": pairs, "given_up": given_up}


def measure_model(options, program, shapes, peers, model, say):
    """Yields a result per shape. Shallow shapes come before deep ones."""
    at_depth = {}  # (kind, threads) -> what was given up at a smaller depth.
    for shape in sorted(shapes, key=lambda shape: shape.depth):
        key = shape.kind, shape.threads
        given_up = at_depth.get(key, {}) if shape.depth else {}
        result = measure_shape(options, program, shape, peers, model, given_up, say)
        if shape.depth:
            at_depth[key] = result["given_up"]
        yield result
