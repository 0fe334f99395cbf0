"""Every weight format and mix, dense, MoE and odd shapes: the compiled program's
logits of every prompt position against the reference executor's, which computes
exactly on the dequantised weights."""

import pytest

from conftest import prompt, relative_error

FLOAT = 1e-5
# Weights are the checkpoint's; what is lost is in the activations, 8 bits with
# one scale per 32 values.
INT8 = 0.03

CASES = [
    ("tiny-f32.gguf", FLOAT), ("tiny-f16.gguf", FLOAT), ("tiny-bf16.gguf", FLOAT),
    ("tiny-q8_0.gguf", INT8), ("tiny-q4_0.gguf", INT8), ("tiny-q4_k.gguf", INT8),
    ("tiny-q5_k.gguf", INT8), ("tiny-q6_k.gguf", INT8), ("tiny-q4_0_mix.gguf", INT8),
    ("tiny-q4_k_m.gguf", INT8), ("tiny-q5_k_m.gguf", INT8),
    ("untied-f32.gguf", FLOAT), ("untied-q8_0.gguf", INT8),
    ("all-conv-f32.gguf", FLOAT), ("all-att-f32.gguf", FLOAT),
    ("odd-f32.gguf", FLOAT), ("odd-bf16.gguf", FLOAT), ("odd-taps2-f32.gguf", FLOAT),
    ("odd-taps7-f16.gguf", FLOAT), ("odd-head-f32.gguf", FLOAT),
    ("odd-32-q8_0.gguf", INT8), ("odd-32-q4_0.gguf", INT8),
    ("moe-f32.gguf", FLOAT), ("moe-bf16.gguf", FLOAT), ("moe-odd-f32.gguf", FLOAT),
    ("moe-q8_0.gguf", INT8), ("moe-q4_0_mix.gguf", INT8), ("moe-q4_k_m.gguf", INT8),
]


@pytest.mark.parametrize("model,bar", CASES, ids=[name for name, _ in CASES])
def test_logits_equal_reference(build, model, bar):
    tokens = prompt(24)
    error = relative_error(build.logits(build.compile(model), tokens),
                           build.reference(model, tokens))
    assert error <= bar


@pytest.mark.parametrize("gguf,directory", [
    ("tiny-f32.gguf", "tiny-f32-hf"), ("tiny-bf16.gguf", "tiny-bf16-hf"),
    ("moe-f32.gguf", "moe-f32-hf")])
def test_container_does_not_matter(build, gguf, directory):
    tokens = prompt(24)
    one = build.logits(build.compile(gguf), tokens)
    other = build.logits(build.compile(directory), tokens)
    assert (one == other).all()


@pytest.mark.parametrize("model", ["tiny-f32.gguf", "moe-f32.gguf"])
def test_reference_in_chunks_is_reference(build, model):
    tokens = prompt(24)
    whole = build.reference(model, tokens)
    assert relative_error(build.reference(model, tokens, "--chunk", "1"), whole) <= 1e-6
    assert relative_error(build.reference(model, tokens, "--chunk", "7"), whole) <= 1e-6
