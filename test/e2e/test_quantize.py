"""--quantize: the program is that of a checkpoint quantised beforehand by the
gguf package, and what cannot be converted is said."""

import json
import os
import subprocess
import sys

import pytest

from conftest import ROOT, prompt, relative_error, run

# What is lost is in the activations, 8 bits with one scale per 32 values: the
# weights are the same. On the bundled model llama.cpp's is 1.0e-2, give or take the
# prompt.
TRAINED, RANDOM = 1.3e-2, 3e-2
# Of random experts some are near a tie, and the other one may be chosen; see
# test_formats.py for what llama.cpp does.
EXPERTS = 0.13


@pytest.fixture(scope="module")
def wordnet_q8_0(build, wordnet):
    """The bundled model as Q8_0, quantised by gguf-py."""
    path = build.path("wordnet-q8_0.gguf")
    maker = os.path.join(ROOT, "test", "models", "make_checkpoint.py")
    subprocess.run([sys.executable, maker, path, "--from-hf", wordnet, "--type", "q8_0"], check=True)
    return path


def quantized_module(build, model, quantize):
    """The module with the types changed, for the reference executor."""
    source = model if os.path.isabs(model) else build.model(model)
    path = build.path(f"{os.path.basename(source)}-{quantize}.mlir")
    done = run([build.tool("lfm2-compile"), source, f"--quantize={quantize}",
                "--stop-after=quantize", "--verify-roundtrip", "-o", path])
    assert done.returncode == 0, done.stderr
    return path


def test_q8_0_is_gguf_pys(build, wordnet, wordnet_q8_0):
    tokens = prompt(24, 4096)
    program = build.compile(wordnet, "--quantize=q8_0")
    found = build.logits(program, tokens)
    assert relative_error(found, build.reference(wordnet_q8_0, tokens)) <= TRAINED
    # The weights are equal bit for bit, so all is.
    assert (found == build.logits(build.compile(wordnet_q8_0), tokens)).all()


@pytest.mark.parametrize("quantize", ["q8_0", "q4_0"])
def test_trained_model(build, wordnet, quantize):
    tokens = prompt(24, 4096)
    found = build.logits(build.compile(wordnet, f"--quantize={quantize}"), tokens)
    assert relative_error(found, build.reference(quantized_module(build, wordnet, quantize), tokens)) <= TRAINED


@pytest.mark.parametrize("model,quantize,bar", [
    ("tiny-f32.gguf", "q8_0", RANDOM), ("tiny-f16.gguf", "q4_0", RANDOM),
    ("tiny-f32.gguf", "f16", 1e-3), ("tiny-bf16.gguf", "f32", 1e-3),
    ("untied-f32.gguf", "q4_0", RANDOM), ("odd-f32.gguf", "q8_0", RANDOM),
    ("moe-bf16.gguf", "q4_0", EXPERTS), ("moe-f32-hf", "q8_0", EXPERTS),
    ("moe-bf16.gguf", "f16", 1e-3), ("moe-f32-hf", "f32", 1e-5)])
def test_random_models(build, model, quantize, bar):
    tokens = prompt(24)
    found = build.logits(build.compile(model, f"--quantize={quantize}"), tokens)
    assert relative_error(found, build.reference(quantized_module(build, model, quantize), tokens)) <= bar


def test_formats_are_reported(build, wordnet):
    done = run([build.compile(wordnet, "--quantize=q4_0"), "--info"])
    assert done.returncode == 0, done.stderr
    information = json.loads(done.stdout)
    assert information["quantize"] == "q4_0"
    assert "q4_0" in done.stdout and "q8_0" in done.stdout


def test_says_what_is_left(build):
    """Quantised already: nothing changes, and one line says so."""
    done = run([build.tool("lfm2-compile"), build.model("tiny-q4_0.gguf"), "--quantize=q8_0",
                "--stop-after=quantize", "-o", build.path("left.mlir")])
    assert done.returncode == 0
    lines = [line for line in done.stderr.splitlines() if "stays q4_0: it is quantized already" in line]
    assert len(lines) == 1 and "more weights" in lines[0]
