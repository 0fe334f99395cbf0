#!/usr/bin/env python3
"""By hand: Ray on two nodes' processes of this machine, of which one is killed in the middle.

    two_nodes.py --model=MODEL data      all rows of a dataset are there once, with the answers of one process
    two_nodes.py --model=MODEL resume    a job that was killed goes on where its last file was written
    two_nodes.py --model=MODEL serve     every request is answered or refused, once

MODEL: a checkpoint with a chat template. Prints figures, one JSON object; fails by an assertion.
frontends/python/ray.md says how to set up.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

WORDS = "river dog sky house stone bread music winter king ship tree horse glass fire moon road".split()


def prompts(count):
    return [f"{WORDS[number % 16]} {WORDS[number // 16 % 16]} {number // 256}" for number in range(count)]


def options(args):
    return {"model": args.model, "task": "chat", "column": "prompt", "max_tokens": args.tokens, "temperature": 0,
            "compile": args.compile}


def expected(args, asked):
    """The answers of one process, without Ray."""
    from lfm2_compile.ray import LFM2Predictor
    return LFM2Predictor(**options(args))({"prompt": asked})["answer"].tolist()


def data(args, folder):
    import ray
    from lfm2_compile.ray import LFM2Predictor
    from local_cluster import cache_of, kill_node, programs_in, two_nodes
    asked = prompts(args.rows)
    answers = expected(args, asked)
    with two_nodes(folder) as (_, node):
        begun = time.time()
        dataset = ray.data.from_items([{"id": number, "prompt": text} for number, text in enumerate(asked)],
                                      override_num_blocks=args.rows // 32)
        dataset = dataset.map_batches(LFM2Predictor, batch_size=32, num_cpus=1,
                                      compute=ray.data.ActorPoolStrategy(size=4), fn_constructor_kwargs=options(args))
        rows, killed = [], 0
        for row in dataset.iter_rows():
            rows.append(row)
            if not killed and len(rows) >= args.rows // 4:
                killed = kill_node(node)
        seconds = time.time() - begun
    assert killed, "the node was not killed"
    assert sorted(row["id"] for row in rows) == list(range(args.rows))
    wrong = [row for row in rows if row["answer"] != answers[row["id"]] or row["error"]]
    assert not wrong, wrong[:3]
    programs = [len(programs_in(cache_of(folder, number))) for number in (0, 1)]
    assert programs == [1, 1], programs
    return {"rows": len(rows), "seconds": round(seconds, 1), "processes_killed": killed,
            "programs_compiled_per_node": programs}


def resume_job(args, folder):
    """The job that resume() starts twice: Ray's checkpoint skips rows that a file has."""
    import ray
    from lfm2_compile.ray import LFM2Predictor
    from local_cluster import two_nodes
    from ray.data.checkpoint import CheckpointConfig
    with two_nodes(folder):
        ray.data.DataContext.get_current().checkpoint_config = CheckpointConfig(
            id_column="id", checkpoint_path=f"{folder}/checkpoint", delete_checkpoint_on_success=False)
        dataset = ray.data.read_parquet(f"{folder}/in").repartition(target_num_rows_per_block=32)
        dataset = dataset.map_batches(LFM2Predictor, batch_size=32, num_cpus=1,
                                      compute=ray.data.ActorPoolStrategy(size=2), fn_constructor_kwargs=options(args))
        dataset.write_parquet(f"{folder}/out")


def resume(args, folder):
    import pandas
    from local_cluster import descendants
    os.makedirs(f"{folder}/in")
    asked = prompts(args.rows)
    answers = expected(args, asked)
    pandas.DataFrame({"id": range(args.rows), "prompt": asked}).to_parquet(f"{folder}/in/rows.parquet")
    command = [sys.executable, __file__, f"--model={args.model}", f"--rows={args.rows}", f"--tokens={args.tokens}",
               f"--compile={args.compile}", f"--folder={folder}", "resume-job"]
    with subprocess.Popen(command, start_new_session=True) as first:
        while first.poll() is None and len(files_in(f"{folder}/checkpoint")) < 4:
            time.sleep(0.01)
        assert first.poll() is None, "the job ended before it was killed"
        others = descendants(first.pid)
        first.kill()
        for pid in others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    before = rows_in(f"{folder}/checkpoint")
    marked = time.time()
    subprocess.run(command, check=True)
    rows = pandas.read_parquet(f"{folder}/out")
    again = sum(len(pandas.read_parquet(path)) for path in files_in(f"{folder}/out") if os.stat(path).st_mtime > marked)
    assert sorted(rows["id"]) == list(range(args.rows)), len(rows)
    assert [answers[number] for number in rows["id"]] == list(rows["answer"])
    assert 0 < before < args.rows and again == args.rows - before, (before, again)
    return {"rows": len(rows), "rows_before_the_kill": before, "rows_of_the_second_run": again}


def files_in(folder):
    return [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".parquet")] \
        if os.path.isdir(folder) else []


def rows_in(folder):
    import pandas
    return sum(len(pandas.read_parquet(path)) for path in files_in(folder))


def serve(args, folder):
    from local_cluster import cache_of, kill_node, programs_in, two_nodes
    from ray import serve as ray_serve

    from lfm2_compile.ray import app
    from serve_requests import Asking, count_outcomes
    with two_nodes(folder) as (_, node):
        ray_serve.start(proxy_location="HeadOnly", http_options={"port": args.port})
        begun = time.time()
        ray_serve.run(app(args.model, name="model", compile=args.compile, min_replicas=2, max_replicas=2,
                          cpus=2, parallel=8))
        seconds = time.time() - begun
        asking = Asking(f"http://127.0.0.1:{args.port}/v1", args.tokens)
        asked = prompts(args.rows)
        answers = [asking.ask(text, stream=False)[1] for text in asked]
        killed = []

        def kill_when_underway():
            while asking.events < 4 * args.rows:
                time.sleep(0.01)
            killed.append(kill_node(node))

        asking.events = 0
        killer = threading.Thread(target=kill_when_underway, daemon=True)
        killer.start()
        outcomes = asking.ask_all(asked)
        killer.join(30)
        assert killed, "the node was not killed"
        counts = count_outcomes(outcomes, answers)
        assert counts["connection lost"] == 0, counts
        assert counts["wrong"] == 0, [one for one in zip(outcomes, answers) if one[0][0] == "answered"][:3]
        assert asking.ask(asked[0], stream=True) == ("answered", answers[0])
        programs = [len(programs_in(cache_of(folder, number))) for number in (0, 1)]
        ray_serve.shutdown()
    return {"requests": len(asked), **counts, "seconds_to_start": round(seconds, 1), "processes_killed": killed[0],
            "programs_compiled_per_node": programs}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["data", "resume", "serve", "resume-job"])
    parser.add_argument("--model", required=True)
    parser.add_argument("--compile", default="", help="options of lfm2-compile")
    parser.add_argument("--rows", type=int, default=1024)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--folder", help="for caches and files; a new one by default")
    args = parser.parse_args()
    args.model = os.path.abspath(args.model) if os.path.exists(args.model) else args.model
    with tempfile.TemporaryDirectory() as folder:
        done = {"data": data, "resume": resume, "serve": serve, "resume-job": resume_job}[args.what](
            args, args.folder or folder)
    if done:
        print(json.dumps({"test": args.what, **done}))


if __name__ == "__main__":
    main()
