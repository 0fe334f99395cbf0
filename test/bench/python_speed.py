#!/usr/bin/env python3
"""What Python costs: Model.stream() beside the executable's own --bench, in turn.

    PYTHONPATH=build/python .venv/bin/python3 test/bench/python_speed.py PROGRAM LIBRARY.so [--threads N]

Both are made of the same model by the same lfm2-compile. Prints tokens/s of generation of
each round, and the ratio of the medians. --bench draws no tokens; stream() does.
"""

import argparse
import json
import statistics
import subprocess
import time

import lfm2_compile


def of_program(program, tokens, threads):
    done = subprocess.run([program, "--bench", "--bench-prompt=16", f"--bench-gen={tokens}", "--bench-repeat=1",
                           *([f"--threads={threads}"] if threads else [])],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["gen_tokens_per_s"]


def of_stream(model, tokens):
    """From the first piece to the last, of as many tokens as came between."""
    stream = model.stream(range(100, 116), max_tokens=tokens + 1, temperature=0, ignore_stop=True)
    next(stream)
    before, begun = stream.result.usage.completion_tokens, time.perf_counter()
    for _ in stream:
        pass
    return (stream.result.usage.completion_tokens - before) / (time.perf_counter() - begun)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("library")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    model = lfm2_compile.load(asked.library, threads=asked.threads, context=512)
    of_stream(model, asked.tokens)
    rounds = [(of_program(asked.program, asked.tokens, asked.threads), of_stream(model, asked.tokens))
              for _ in range(asked.rounds)]
    for program, stream in rounds:
        print(f"program {program:.1f}   stream {stream:.1f}")
    programs, streams = zip(*rounds)
    print(f"ratio of the medians {statistics.median(streams) / statistics.median(programs):.3f}")


if __name__ == "__main__":
    main()
