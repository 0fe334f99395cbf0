#!/usr/bin/env python3
"""By hand: the Ray Serve application on one node.

    serve_checks.py --model=MODEL [leave crash stop full scale prefix]

leave: a client that leaves ends its answer. crash: the server of one of two replicas is killed in the
middle. stop: the application is deleted while it answers. full: more requests than may wait. scale:
replicas come with the queue. prefix: turns of conversations find what was read before, by three
routers. Prints a JSON object each.
"""

import argparse
import collections
import concurrent.futures
import json
import logging
import os
import re
import signal
import subprocess
import time
import urllib.request

import ray
from ray import serve
from serve_requests import Asking, count_outcomes
from two_nodes import prompts

from lfm2_compile.ray import app

PREFIX = "ray.llm._internal.serve.routing_policies.prefix_aware.prefix_aware_router.PrefixCacheAffinityRouter"


def servers():
    """(pid, port) of each lfm2-serve of this machine's Ray."""
    listening = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout
    return [(int(pid), int(port)) for port, pid in
            re.findall(r"127\.0\.0\.1:(\d+) .*\"lfm2-serve\",pid=(\d+)", listening) if is_below_ray(int(pid))]


def is_below_ray(pid):
    with open(f"/proc/{pid}/environ", "rb") as file:
        return b"RAY_" in file.read()


def metric(name):
    """The sum over the servers."""
    total = 0
    for _, port in servers():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            total += sum(float(line.split()[-1]) for line in answer.read().decode().splitlines()
                         if re.match(rf"{name}[ {{]", line))
    return total


def run(args, **settings):
    serve.run(app(args.model, name="model", cpus=1, **{"parallel": 8, **settings}))
    return Asking(f"http://127.0.0.1:{args.port}/v1", args.tokens)


def leave(args):
    asking = run(args)
    asked = asking.client.chat.completions.create(model="model", messages=[{"role": "user", "content": "river"}],
                                                  max_tokens=1000, stream=True)
    next(asked)
    asked.close()
    begun = time.time()
    while not metric("lfm2_answers_cancelled_total"):
        assert time.time() - begun < 30, "the answer went on to its end"
        time.sleep(0.01)
    made = metric("lfm2_generated_tokens_total")
    assert made < 900, made
    return {"tokens_made": int(made), "seconds": round(time.time() - begun, 2)}


def crash(args):
    asking = run(args, min_replicas=2, max_replicas=2)
    asked = prompts(64)
    answers = [asking.ask(text, stream=False)[1] for text in asked]
    before = servers()
    asking.events = 0
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(asking.ask_all, asked)
        while asking.events < 100:
            time.sleep(0.005)
        os.kill(before[0][0], signal.SIGKILL)
        counts = count_outcomes(running.result(), answers)
    begun = time.time()
    while len(servers()) < 2:
        assert time.time() - begun < 60, "no new replica"
        time.sleep(0.1)
    assert counts["wrong"] == counts["connection lost"] == 0, counts
    return {**counts, "seconds_until_two_again": round(time.time() - begun, 1)}


def stop(args):
    asking = run(args)
    asked = prompts(16)
    answers = [asking.ask(text, stream=False)[1] for text in asked]
    asking.events = 0
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(asking.ask_all, asked)
        while asking.events < 8:
            time.sleep(0.005)
        begun = time.time()
        serve.delete("default")
        seconds = time.time() - begun
        counts = count_outcomes(running.result(), answers)
    assert not servers(), servers()
    assert counts["wrong"] == counts["broken"] == 0, counts
    return {**counts, "seconds": round(seconds, 1)}


def full(args):
    asking = run(args, parallel=1, max_queued=4, ingresses=1)
    asked = prompts(32)
    answers = [asking.ask(text, stream=False)[1] for text in asked]
    outcomes = asking.ask_all(asked)
    counts = count_outcomes(outcomes, answers)
    assert counts["wrong"] == counts["broken"] == counts["connection lost"] == 0 < counts["refused"], counts
    assert {text for outcome, text in outcomes if outcome == "refused"} == {"429 queue_full"}, outcomes
    return counts


def scale(args):
    asking = run(args, max_replicas=2, target=4, upscale_delay_s=1, downscale_delay_s=5)
    begun, most = time.time(), 1
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(asking.ask, text, True) for text in prompts(16)]
        while most < 2 and time.time() - begun < 90:
            most = max(most, len(servers()))
            futures += [pool.submit(asking.ask, "river", True) for _ in range(16 - sum(not f.done() for f in futures))]
            time.sleep(0.1)
        up = time.time() - begun
        outcomes = collections.Counter(future.result()[0] for future in futures)
    while len(servers()) > 1:
        assert time.time() - begun < 180, "it stays at two"
        time.sleep(0.1)
    assert most == 2 and set(outcomes) == {"answered"}, (most, outcomes)
    return {"seconds_until_two": round(up, 1), "answered": outcomes["answered"],
            "seconds_until_one": round(time.time() - begun, 1)}


def prefix(args):
    """Of eight conversations with three turns each, turns that found what the one before had read."""
    found = {}
    for name, router in (("consistent hash", None), ("queues alone", ""), ("prefix tree", PREFIX)):
        settings = {} if router is None else {"router": router}
        asking = run(args, min_replicas=2, max_replicas=2, **settings)
        hits = 0

        def converse(subject, asking=asking):
            messages, hits = [{"role": "system", "content": f"{subject} " * 100}], 0
            for turn in range(3):
                messages.append({"role": "user", "content": f"{subject} {turn}"})
                answer = asking.client.chat.completions.create(model="model", messages=messages, max_tokens=8,
                                                               temperature=0)
                messages.append({"role": "assistant", "content": answer.choices[0].message.content})
                details = answer.usage.prompt_tokens_details
                hits += turn > 0 and details is not None and details.cached_tokens > 100
            return hits

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            hits = sum(pool.map(converse, prompts(8)))
        found[name] = f"{hits} of 16"
        serve.delete("default")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    checks = {"leave": leave, "crash": crash, "stop": stop, "full": full, "scale": scale, "prefix": prefix}
    parser.add_argument("checks", nargs="*", help=", ".join(checks))
    parser.add_argument("--model", required=True)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--port", type=int, default=8124)
    args = parser.parse_args()
    args.model = os.path.abspath(args.model) if os.path.exists(args.model) else args.model
    ray.init(num_cpus=4, object_store_memory=100 << 20, include_dashboard=False, logging_level="ERROR",
             log_to_driver=bool(os.environ.get("RAY_TRY_LOGS")))
    serve.start(http_options={"port": args.port}, logging_config={"log_level": "ERROR"})
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    for name in args.checks or checks:
        print(json.dumps({"check": name, **checks[name](args)}), flush=True)
    serve.shutdown()
    ray.shutdown()


if __name__ == "__main__":
    main()
