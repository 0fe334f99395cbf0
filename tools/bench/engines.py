"""Both sides as processes: a compiled program, and llama-bench of some builds.

A run gives {"value": in the shape's unit, "rss": peak bytes, ...}. Each is a
fresh process that warms up before what it times, but for ttft, where the start
is what is timed.
"""

import json
import os
import random
import shlex
import statistics
import subprocess
import tempfile
import time

from bench import Failure

PROBE_RUNS = 7
VERIFY_RUNS = 15
# Generation at a depth is short beside filling the context, so it is timed more
# than once there; the median counts.
DEEP_RUNS = 3


def run(command):
    """(stdout, milliseconds until its first line was there, peak bytes)"""
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        try:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=errors, text=True, errors="replace")
        except OSError as error:
            raise Failure(f"expected to run {command[0]}, found: {error.strerror}") from None
        try:
            with child.stdout:
                first = child.stdout.readline()
                first_ms = (time.monotonic() - start) * 1e3
                out = first + child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            raise
        errors.seek(0)
        err = errors.read().decode(errors="replace").strip().split("\n")[-1]
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise Failure(f"expected exit 0 of '{short(command)}', found {child.returncode}: {err[:300]}")
    return out, first_ms, usage.ru_maxrss * 1024


def short(command):
    """For messages: long lists of ids are cut."""
    words = [word if len(word) < 80 else word[:20] + "..." for word in command]
    return shlex.join(words)


def report(command, out):
    try:
        return json.loads(out.split("\n")[0] if out.startswith("{") else out)
    except ValueError:
        raise Failure(f"expected JSON of '{short(command)}', found {out[:80]!r}; "
                      "are the program and this tool of one version?") from None


def value(command, values, key):
    if not isinstance(values, dict) or not isinstance(values.get(key), (int, float)) or values[key] <= 0:
        raise Failure(f"expected a positive \"{key}\" in the JSON of '{short(command)}', found none; "
                      "are the program and this tool of one version?")
    return values[key]


def runs_of(shape):
    return DEEP_RUNS if shape.kind == "tg" and shape.depth else 1


class Program:
    """A compiled model."""

    def __init__(self, path, vocabulary):
        self.path = path
        self.vocabulary = vocabulary

    def bench(self, threads, prompt, generate, depth=0, repeat=1):
        command = [self.path, "--bench", "--bench-prompt", str(prompt), "--bench-gen", str(generate),
                   "--bench-depth", str(depth), "--bench-repeat", str(repeat),
                   "--threads", str(threads)]
        out, _, _ = run(command)
        values = report(command, out)
        return value(command, values, "peak_rss_bytes"), lambda key: value(command, values, key)

    def probe(self, threads):
        """GB/s of reading the weights in the best way, with nothing computed."""
        return self.bench(threads, 1, 1, repeat=PROBE_RUNS)[1]("probe_gb_per_s")

    def measure(self, shape):
        if shape.kind == "pp":
            rss, of = self.bench(shape.threads, shape.count, 1, shape.depth)
            return {"value": of("prompt_tokens_per_s"), "rss": rss}
        if shape.kind == "tg":
            rss, of = self.bench(shape.threads, 1, shape.count, shape.depth, runs_of(shape))
            speed = of("gen_tokens_per_s")
            return {"value": speed, "rss": rss, "step_bytes": of("gen_gb_per_s") * 1e9 / speed}
        if shape.kind == "verify":
            rss, of = self.bench(shape.threads, shape.count, shape.count, shape.depth, VERIFY_RUNS)
            return {"value": shape.count * of("gen_tokens_per_s") / of("prompt_tokens_per_s"), "rss": rss}
        ids = random.Random(shape.count).choices(range(self.vocabulary), k=shape.count)
        _, first_ms, rss = run([self.path, "--tokens", ",".join(map(str, ids)), "-n", "1",
                                "--print-tokens", "--ignore-eos", "--temp", "0",
                                "--threads", str(shape.threads)])
        return {"value": first_ms, "rss": rss}


class Peer:
    """llama-bench of one build in one attention mode."""

    def __init__(self, build, flash):
        self.build = build  # As described by describe.llama_build, with its "tool".
        self.flash = flash
        self.name = f"{build['name']}, fa {'on' if flash else 'off'}"

    def measure(self, shape, model):
        prompt, generate = (0, shape.count) if shape.kind == "tg" else (shape.count, 0)
        command = [self.build["tool"], "-m", model, "-p", str(prompt), "-n", str(generate),
                   "-d", str(shape.depth), "-r", str(runs_of(shape)), "-t", str(shape.threads),
                   "-fa", str(int(self.flash)), "-o", "jsonl"]
        if shape.kind == "ttft":
            command.append("--no-warmup")
        out, first_ms, rss = run(command)
        values = report(command, out)
        speed = value(command, values, "avg_ts")
        if isinstance(values.get("samples_ts"), list):
            speed = statistics.median(values["samples_ts"])
        self.build.setdefault("commit", values.get("build_commit", "unknown"))
        return {"value": first_ms if shape.kind == "ttft" else speed, "rss": rss}
