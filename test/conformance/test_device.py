"""What is a device's own: steps of every size, states, and the right use of Vulkan, on
lavapipe under Khronos's validation layer."""

import os
import sys

import pytest

import vulkan
from programs import run
from targets import MACHINES

CALLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "device_calls.py")
LAVAPIPE = next(machine for machine in MACHINES if machine.device == "lavapipe")


def on_device(build, model, folder, what, *options):
    """What the layer says of the calls `what` of device_calls.py."""
    if LAVAPIPE.missing:
        pytest.skip(LAVAPIPE.missing)
    if not vulkan.has_validation():
        pytest.skip("the validation layer is not installed (Debian: vulkan-validationlayers)")
    path = os.path.join(str(folder), "model.so")
    done = run([build.tool("lfm2-compile"), build.model(model), "--emit=shared", "-o", path, *LAVAPIPE.options_for_texts,
                *options])
    assert done.returncode == 0, done.stderr
    command = [sys.executable, CALLS, path, path.replace(".so", ".weights"), what]
    done, messages = vulkan.run_validated(LAVAPIPE.device, command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return messages


# Experts of long steps take lavapipe more than a minute.
@pytest.mark.parametrize("model,chunk", [("tiny-q4_0.gguf", 128), ("odd-bf16.gguf", 128), ("moe-q4_k_m.gguf", 8)])
def test_steps_of_every_size_give_the_same_bits(build, tmp_path, model, chunk):
    assert on_device(build, model, tmp_path, "pieces", f"--chunk={chunk}") == ""


def test_positions_that_threads_divide_give_the_same_bits(build, tmp_path):
    assert on_device(build, "tiny-q4_0.gguf", tmp_path, "segments") == ""


def test_states_go_on(build, tmp_path):
    assert on_device(build, "tiny-q4_0.gguf", tmp_path, "states") == ""


def test_guesses_change_no_text(build, tmp_path):
    assert on_device(build, "tiny-q4_0.gguf", tmp_path, "guesses") == ""
