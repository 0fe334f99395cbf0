"""runtime/MEMORY.md: its tables are what test/bench/memory.py computes, and that is what
programs say and what the system shows."""

import json
import os
import re
import sys

import pytest

from conftest import ROOT, run

sys.path.insert(0, os.path.join(ROOT, "test", "bench"))
import memory  # noqa: E402


def page():
    with open(os.path.join(ROOT, "runtime", "MEMORY.md"), encoding="utf-8") as file:
        return file.read()


def test_tables_of_the_page():
    assert memory.weights_table() in page()
    assert memory.state_table() in page()


def test_scratch_of_the_page(build):
    """One model of each kind, as the compiler plans them today."""
    for name in ("230m", "8b-a1b"):
        row = re.search(rf"^\| {name} \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", page(), re.MULTILINE)
        scratch = memory.scratch_bytes(memory.SHAPES[name], build.tool("lfm2-compile"))
        assert row.groups() == (memory.mb(scratch[128]), memory.mb(scratch[1]),
                                memory.mb(memory.fixed_bytes(memory.SHAPES[name])))


def info_of(program):
    return json.loads(run([program, "--info"]).stdout)


@pytest.mark.parametrize("kv", memory.KV)
def test_programs_say_the_same_of_states(build, kv):
    shape, info = memory.SHAPES["tiny"], info_of(build.compile("tiny-f32.gguf", f"--kv={kv}"))
    assert info["state_bytes_per_token"] == memory.token_bytes(shape, kv)
    assert info["state_fixed_bytes"] == memory.fixed_bytes(shape)


@pytest.mark.parametrize("model, shape, scheme", [("tiny-q4_k_m.gguf", "tiny", "q4_k_m"),
                                                  ("tiny-q4_0_mix.gguf", "tiny", "q4_0_mix"),
                                                  ("moe-f32.gguf", "moe-tiny", "f32")])
def test_programs_say_the_same_of_weights(build, model, shape, scheme):
    shape, info = memory.SHAPES[shape], info_of(build.compile(model))
    # Rows come in groups of lanes; a router with eight experts fills one in part, those of the family do not.
    lanes = info["cpus"][0]["lanes"]
    routers = len([i for i in range(len(shape.layers)) if shape.is_moe(i)]) * (-shape.experts % lanes)
    assert info["weights_bytes"] == memory.weights_bytes(shape, scheme) + routers * (shape.hidden + 1) * 4


def test_rss_is_the_sum(build):
    """Of the tokens that came, not of those that --context has room for; what is beside it is small."""
    program, shape = build.compile("tiny-f32.gguf", "--kv=f32"), memory.SHAPES["tiny"]
    info, shown = info_of(program), {}
    for context, tokens in ((4096, 3072), (4096, 64), (96, 64)):
        # A process begins with the peak of the one that made it: here a small shell.
        done = run(["sh", "-c", '"$@"; exit', "sh", program, "--bench", "--bench-prompt", tokens, "--bench-gen", "8",
                    "--bench-repeat", "1", "--context", context, "--threads", "1"])
        found = json.loads(done.stdout)
        assert found["state_bytes"] == memory.state_bytes(shape, "f32", context)
        peak = found["peak_rss_bytes"]
        rest = peak - info["weights_bytes"] - memory.state_bytes(shape, "f32", tokens + 8) - info["scratch_bytes"]
        assert -info["scratch_bytes"] < rest < 2e6, (context, tokens, rest)
        shown[context, tokens] = peak
    assert shown[4096, 3072] - shown[4096, 64] == pytest.approx(3008 * info["state_bytes_per_token"], rel=0.1)
    assert abs(shown[4096, 64] - shown[96, 64]) < 3e5
