"""What the profile says a model reads and computes, against what it is."""

import json

import pytest

from conftest import ids, prompt, run


def profile(build, program, tokens, *arguments):
    """Events of the trace (without those of whole steps), and the table."""
    trace = build.path("trace.json")
    done = run([program, "--tokens", ids(tokens), "--temp", "0", "--ignore-eos", f"--profile={trace}",
                *arguments])
    assert done.returncode == 0, done.stderr
    with open(trace, encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    return [event for event in events if event["ph"] == "X"], done.stderr


def steps_of(events, thread=0):
    """For each step: its tokens as text, and its stretches."""
    steps = []
    for event in events:
        if event["tid"] != thread:
            continue
        if event["cat"] == "step":
            steps.append((event["name"], []))
        else:
            steps[-1][1].append(event)
    return steps


@pytest.mark.parametrize("model", ["tiny-q4_0_mix.gguf", "odd-f32.gguf", "moe-q4_0_mix.gguf",
                                   "untied-f32.gguf", "all-att-f32.gguf", "all-conv-f32.gguf"])
def test_bytes_are_those_of_the_model(build, model):
    program = build.compile(model)
    info = json.loads(run([program, "--info"]).stdout)
    tokens = prompt(9)
    events, table = profile(build, program, tokens, "-n", "4", "--threads", "2")
    steps = steps_of(events)
    assert [name for name, _ in steps] == ["9 tokens"] + ["1 token"] * 3
    for position, (_, stretches) in enumerate(steps[1:], len(tokens)):
        # Weights of a decode step, and keys and values of all positions so far.
        expected = info["decode_bytes"] + info["state_bytes_per_token"] * (position + 1)
        assert sum(event["args"]["bytes"] for event in stretches) == expected
        layers = [event["args"]["layer"] for event in stretches]
        assert layers == sorted(layers[:-1]) + [-1] and max(layers) == len(info["layers"]) - 1
    # With more tokens, the same weights once, and those of more experts.
    once = sum(event["args"]["bytes"] for event in steps[0][1])
    used = max(layer.get("experts_used", 0) for layer in info["layers"])
    assert once >= info["decode_bytes"] if used else \
        once == info["decode_bytes"] + info["state_bytes_per_token"] * len(tokens)
    assert "3 steps of 1 token" in table and "1 step of up to 128 tokens, 9 tokens together" in table


def test_products_are_those_of_the_model(build):
    """2 layers of convolution, 2 of attention, hidden size 256: see test/models/shapes.py."""
    program = build.compile("tiny-q4_0_mix.gguf")
    info = json.loads(run([program, "--info"]).stdout)
    events, _ = profile(build, program, prompt(3), "-n", "2", "--threads", "1")
    hidden, heads = info["hidden"], info["heads"]
    width, expected = info["head_size"], 0
    for layer in info["layers"]:
        expected += 3 * hidden * layer["ffn"]
        if layer["kind"] == "conv":
            expected += 4 * hidden * hidden
        else:
            expected += 2 * hidden * heads * width + 2 * hidden * layer["kv_heads"] * width
            expected += 2 * heads * width * 4  # Scores and values of 4 positions.
    expected += info["vocab"] * hidden
    assert sum(event["args"]["macs"] for event in steps_of(events)[1][1]) == expected


def test_every_thread_is_in_the_trace(build):
    program = build.compile("moe-f32.gguf")
    plain = run([program, "--tokens", ids(prompt(20)), "-n", "6", "--temp", "0", "--print-tokens"])
    for threads in (1, 3):
        events, _ = profile(build, program, prompt(20), "-n", "6", "--threads", threads)
        assert {event["tid"] for event in events} == set(range(threads))
        shapes = [[(name, [e["name"] for e in stretches]) for name, stretches in steps_of(events, thread)]
                  for thread in range(threads)]
        assert all(shape == shapes[0] for shape in shapes)
    done = run([program, "--tokens", ids(prompt(20)), "-n", "6", "--temp", "0", "--print-tokens", "--profile"])
    assert done.stdout == plain.stdout
