"""How the work is divided among threads changes the speed and nothing else."""

import os
import subprocess
import time

import pytest

from conftest import ids, prompt, run

WAYS = [["--shares", "3,1"], ["--shares", "1,0,5"], ["--shares", "0,0,0,1"], ["--pin"],
        ["--pin", "--threads", "5"], ["--balance", "--threads", "2"]]


@pytest.mark.parametrize("model", ["tiny-q4_0_mix.gguf", "odd-f32.gguf", "moe-q4_0_mix.gguf"])
def test_shares_do_not_change_a_bit(build, model):
    program = build.compile(model)
    for length in (1, 7, 130):
        tokens = prompt(length)
        one = build.logits(program, tokens, "--threads", "1")
        for way in WAYS:
            assert (build.logits(program, tokens, *way) == one).all(), f"{length} tokens, {way}"


def test_generation_with_any_threads(build):
    """Ends, with more threads than there are cores, items or both."""
    program = build.compile("moe-q4_0_mix.gguf")
    texts = {run([program, "--tokens", ids(prompt(20)), "-n", "30", "--temp", "0", "--ignore-eos",
                  "--print-tokens", *way]).stdout
             for way in [["--threads", str(n)] for n in (1, 2, 3, 7, 64)] + WAYS}
    assert len(texts) == 1 and texts.pop().count(",") == 29


def test_shares_are_what_threads_get(build):
    """By what a thread without any work leaves undone: waiting."""
    program = build.compile("tiny-f32.gguf")
    done = run([program, "--tokens", ids(prompt(100)), "-n", "1", "--shares", "1,0", "--profile"])
    last = [line.split() for line in done.stderr.splitlines() if " all " in line][-1]
    assert float(last[-1]) > 40, done.stderr


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="needs Linux's /proc")
def test_pinned_threads_and_idle_ones(build, wordnet):
    """In a chat that waits for its user: on which CPUs threads are, and that they sleep."""
    program = build.compile(wordnet)
    cpu = min(os.sched_getaffinity(0))
    with subprocess.Popen([program, "--temp", "0", "-n", "2", "--threads", "3", "--pin"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as chat:
        try:
            chat.stdin.write(b"dog\n")
            chat.stdin.flush()
            assert chat.stdout.readline()
            tasks = [int(task) for task in os.listdir(f"/proc/{chat.pid}/task")]
            assert len(tasks) == 3
            assert all(len(os.sched_getaffinity(task)) == 1 for task in tasks)
            assert os.sched_getaffinity(chat.pid) == {cpu}

            def ticks():
                with open(f"/proc/{chat.pid}/stat", encoding="ascii", errors="replace") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
                return int(fields[11]) + int(fields[12])
            time.sleep(0.2)
            before = ticks()
            time.sleep(1)
            assert ticks() - before <= 2  # Hundredths of a second.
        finally:
            chat.stdin.close()
            chat.wait(timeout=60)
