#!/usr/bin/env python3
"""Speed of compiled programs beside llama.cpp's on the same GGUF files.

    compare_llama.py --llama-cpp=DIR --model X.gguf [--model Y.gguf ...]
        [--build build] [--threads 2] [--pin 0,1] [--prompt 512] [--gen 128]
        [--depth 0] [--repeat 5] [--cpu native] [--json FILE]

DIR is a llama.cpp build folder (with bin/llama-bench), made natively:
  cmake -G Ninja -B DIR -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON
        -DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22

One round is ours, llama.cpp with flash attention, ours, llama.cpp without: what
slows the machine for a while then slows both. Reported are medians over the
rounds, the ratio to the better of llama.cpp's two modes, and decode as a part of
the bandwidth probe that our program takes beside each of its own runs. Absolute
figures of a shared machine mean little, the ratios and the probe do.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def output(command, pin):
    if pin:
        command = ["taskset", "-c", pin, *command]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"compare_llama: {' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def compile_model(options, model, folder):
    program = os.path.join(folder, os.path.basename(model) + ".out")
    output([os.path.join(options.build, "bin", "lfm2-compile"), model, "-o", program,
            f"--cpu={options.cpu}", "--context", str(options.depth + max(options.prompt, options.gen) + 64)],
           None)
    return program


def ours(options, program):
    return json.loads(output(
        [program, "--bench", "--bench-prompt", str(options.prompt), "--bench-gen", str(options.gen),
         "--bench-depth", str(options.depth), "--bench-repeat", "1", "--threads",
         str(options.threads)], options.pin))


def theirs(options, model, flash):
    rows = json.loads(output(
        [os.path.join(options.llama_cpp, "bin", "llama-bench"), "-m", model,
         "-p", str(options.prompt), "-n", str(options.gen), "-d", str(options.depth), "-r", "1",
         "-t", str(options.threads), "-fa", str(flash), "-o", "json"], options.pin))
    speeds = {}
    for row in rows:
        speeds["gen" if row["n_gen"] else "prompt"] = row["avg_ts"]
    return speeds


def measure(options, model, folder):
    program = compile_model(options, model, folder)
    samples = {name: [] for name in ("prompt", "gen", "gb", "probe", "load", "first", "rss",
                                     "prompt_fa0", "gen_fa0", "prompt_fa1", "gen_fa1")}
    for _ in range(options.repeat):
        for flash in (1, 0):
            report = ours(options, program)
            samples["prompt"].append(report["prompt_tokens_per_s"])
            samples["gen"].append(report["gen_tokens_per_s"])
            samples["gb"].append(report["gen_gb_per_s"])
            samples["probe"].append(report["probe_gb_per_s"])
            samples["load"].append(report["load_ms"])
            samples["first"].append(report["first_token_ms"])
            samples["rss"].append(report["peak_rss_bytes"])
            peer = theirs(options, model, flash)
            samples[f"prompt_fa{flash}"].append(peer["prompt"])
            samples[f"gen_fa{flash}"].append(peer["gen"])
    middle = {name: statistics.median(values) for name, values in samples.items()}
    middle["of_probe"] = statistics.median(
        gb / probe for gb, probe in zip(samples["gb"], samples["probe"]))
    for kind in ("prompt", "gen"):
        middle[f"{kind}_llama"] = max(middle[f"{kind}_fa0"], middle[f"{kind}_fa1"])
        middle[f"{kind}_ratio"] = middle[kind] / middle[f"{kind}_llama"]
    return {"model": os.path.basename(model), "bytes": os.path.getsize(model),
            "median": middle, "samples": samples}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--llama-cpp", required=True)
    parser.add_argument("--model", action="append", required=True)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--cpu", default="native")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pin", default="")
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--gen", type=int, default=128)
    parser.add_argument("--depth", type=int, default=0)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json")
    options = parser.parse_args()

    results = []
    print(f"| model | decode tok/s | llama.cpp | ratio | of probe | pp{options.prompt} tok/s "
          "| llama.cpp | ratio | probe GB/s | load ms | first token ms | peak RSS MB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for model in options.model:
            result = measure(options, model, folder)
            m = result["median"]
            print(f"| {result['model']} | {m['gen']:.1f} | {m['gen_llama']:.1f} | {m['gen_ratio']:.2f} "
                  f"| {100 * m['of_probe']:.0f} % | {m['prompt']:.0f} | {m['prompt_llama']:.0f} "
                  f"| {m['prompt_ratio']:.2f} | {m['probe']:.1f} | {m['load']:.1f} | {m['first']:.1f} "
                  f"| {m['rss'] / 1e6:.0f} |", flush=True)
            results.append(result)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
