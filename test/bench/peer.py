"""Programs of our own that call llama.cpp, compiled against a checkout of it and its build folder."""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def run(command):
    """What the command prints; ends this process where it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        tool = os.path.splitext(os.path.basename(sys.argv[0]))[0]
        sys.exit(f"{tool}: {' '.join(map(str, command))}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def add_options(parser):
    parser.add_argument("--llama-source", required=True)
    parser.add_argument("--llama-cpp", required=True)


def build(name, options, folder, *ours):
    """Compiles NAME.cpp of this folder; returns the program. `ours`: archives of our own that it is linked with."""
    program = os.path.join(folder, name)
    archives = [os.path.join(options.llama_cpp, "src", "libllama.a"),
                *(os.path.join(options.llama_cpp, "ggml", "src", f"lib{part}.a")
                  for part in ("ggml", "ggml-cpu", "ggml-base"))]
    includes = ["-I" + ROOT, "-I" + os.path.join(ROOT, "runtime", "include")] if ours else []
    run(["clang++-22", "-O2", "-std=c++17", os.path.join(HERE, name + ".cpp"),
         "-I" + os.path.join(options.llama_source, "include"),
         "-I" + os.path.join(options.llama_source, "ggml", "include"),
         *includes, *ours, *archives, "-lpthread", "-ldl", "-lm", "-o", program])
    return program
