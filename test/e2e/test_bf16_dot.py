"""The way BF16 weights go on CPUs with a dot product of bf16 pairs, on any CPU:
the module is tiled for one that has it and lowered for one that has not, where
the pairs are f32 arithmetic."""

import pytest

from conftest import prompt, relative_error

CPU = "haswell"


@pytest.mark.parametrize("model", ["tiny-bf16.gguf", "odd-bf16.gguf", "moe-bf16.gguf"])
def test_pairs_are_as_good_as_floats(build, model):
    tokens = prompt(24)
    plain = build.logits(build.compile(model, f"--cpu={CPU}"), tokens)
    program, text = build.compile_as_if(model, CPU, {"bf16dot": "true"})
    assert "exec.dot2" in text
    # Activations have 16 bits of significand, so products differ by 2^-18; most of
    # what is seen comes of values that the 16-bit cache rounds to the other side.
    error = relative_error(build.logits(program, tokens), plain)
    assert 0 < error <= 5e-4
