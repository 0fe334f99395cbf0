"""Every weight format and mix, dense, MoE and odd shapes: the compiled program's
logits of every prompt position against the reference executor's, which computes
exactly on the dequantised weights."""

import pytest

import error_bars
from conftest import prompt, relative_error

TOKENS = prompt(96)

F32 = ["tiny-f32.gguf", "untied-f32.gguf", "all-conv-f32.gguf", "all-att-f32.gguf", "odd-f32.gguf",
       "odd-taps2-f32.gguf", "odd-head-f32.gguf", "moe-f32.gguf", "moe-odd-f32.gguf"]
HALF = ["tiny-f16.gguf", "tiny-bf16.gguf", "odd-bf16.gguf", "odd-taps7-f16.gguf", "moe-bf16.gguf"]


@pytest.mark.parametrize("model", F32)
def test_f32_is_exact(build, model):
    error = relative_error(build.logits(build.compile(model), TOKENS), build.reference(model, TOKENS))
    assert error <= error_bars.F32


@pytest.mark.parametrize("model", HALF)
def test_16_bits_are_exact_but_for_the_cache(build, model):
    error = relative_error(build.logits(build.compile(model, error_bars.EXACT), TOKENS),
                           build.reference(model, TOKENS, "--cache", "f16"))
    splits = "bf16" in model and error_bars.this_machine_splits()
    assert error <= (error_bars.SPLIT if splits else error_bars.HALF)


@pytest.mark.parametrize("model", error_bars.ROUNDED)
def test_rounded_errs_no_more_than_peers(build, model):
    error = relative_error(build.logits(build.compile(model), TOKENS), build.reference(model, TOKENS))
    assert error <= error_bars.ROUNDED[model]


@pytest.mark.parametrize("model", ["tiny-q8_0.gguf", "tiny-q4_k_m.gguf", "tiny-q6_k.gguf", "moe-q4_0_mix.gguf"])
def test_one_scale_a_token_errs_a_little_more(build, model):
    one = build.logits(build.compile(model, "--activations=per-token"), TOKENS)
    error = relative_error(one, build.reference(model, TOKENS))
    assert 1e-3 < error <= 3 * error_bars.LLAMA_CPP[model]
    assert (one != build.logits(build.compile(model), TOKENS)).any()


@pytest.mark.parametrize("gguf,directory", [
    ("tiny-f32.gguf", "tiny-f32-hf"), ("tiny-bf16.gguf", "tiny-bf16-hf"),
    ("moe-f32.gguf", "moe-f32-hf")])
def test_container_does_not_matter(build, gguf, directory):
    one = build.logits(build.compile(gguf), TOKENS)
    other = build.logits(build.compile(directory), TOKENS)
    assert (one == other).all()


@pytest.mark.parametrize("model", ["tiny-f32.gguf", "moe-f32.gguf"])
def test_reference_in_chunks_is_reference(build, model):
    whole = build.reference(model, TOKENS)
    assert relative_error(build.reference(model, TOKENS, "--chunk", "1"), whole) <= 1e-6
    assert relative_error(build.reference(model, TOKENS, "--chunk", "7"), whole) <= 1e-6
