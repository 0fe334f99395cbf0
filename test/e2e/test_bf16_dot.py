"""The way BF16 weights and attention go on CPUs with a dot product of bf16 pairs, on
any CPU: the module is tiled for one that has it and lowered for one that has not,
where the pairs are f32 arithmetic."""

import subprocess
import sys

import pytest

import error_bars
import small_models
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


@pytest.mark.parametrize("model", ["tiny-bf16.gguf", "odd-bf16.gguf", "moe-bf16.gguf"])
def test_rounded_activations_err_a_little(build, model):
    tokens = prompt(24)
    exact = build.reference(model, tokens)
    split, whole = (build.compile_as_if(model, CPU, {"bf16dot": "true"}, option)[0]
                    for option in ("", "round-bf16=true"))
    error = relative_error(build.logits(whole, tokens), exact)
    # 2^-9 at most for a factor, some 2^-10 in the mean.
    assert 2 * relative_error(build.logits(split, tokens), exact) < error <= 2e-2


def test_rounding_is_for_bf16_weights(build):
    model, tokens = "tiny-q8_0.gguf", prompt(24)
    both = [build.logits(build.compile(model, f"--activations={form}"), tokens) for form in ("per-32", "exact")]
    assert (both[0] == both[1]).all()


ATTEND = {"bf16dot": "true"}
# As Zen 4 and 5 and Sapphire Rapids have them: eight rows by 32 positions at once.
WIDE = {**ATTEND, "lanes": 16, "registers": 32, "tile_tokens": 8, "dot_unsigned8": "true"}


@pytest.mark.parametrize("facts", [ATTEND, WIDE], ids=["narrow", "wide"])
@pytest.mark.parametrize("model", ["tiny-q8_0.gguf", "tiny-q4_k_m.gguf", "odd-32-q4_0.gguf",
                                   "moe-q4_0_mix.gguf"])
def test_attention_in_pairs_stays_within_the_bars(build, model, facts):
    tokens = prompt(96)
    program, text = build.compile_as_if(model, CPU, facts)
    assert "exec.dot2" in text
    error = relative_error(build.logits(program, tokens), build.reference(model, tokens))
    assert error <= error_bars.ROUNDED[model]


@pytest.mark.parametrize("model", ["tiny-f16.gguf", "tiny-f32.gguf"])
def test_attention_of_floats_is_not_rounded(build, model):
    assert "exec.dot2" not in build.compile_as_if(model, CPU, ATTEND)[1]


@pytest.mark.parametrize("facts", [ATTEND, WIDE], ids=["narrow", "wide"])
def test_attention_in_pairs_of_a_trained_model(build, tmp_path, wordnet, facts):
    """Odd and even numbers of positions, whole blocks and parts, and a second segment,
    where errors do not grow from layer to layer as they do with random weights."""
    model = str(tmp_path / "wordnet.gguf")
    subprocess.run([sys.executable, small_models.GENERATOR, model, "--from-hf", wordnet, "--type", "q8_0"],
                   check=True, stdout=subprocess.DEVNULL)
    plain = build.compile(model, f"--cpu={CPU}")
    pairs = build.compile_as_if(model, CPU, facts)[0]
    for length in (63, 64, 65, 200, 1100):
        tokens = prompt(length)
        exact = build.reference(model, tokens)
        floats = relative_error(build.logits(plain, tokens), exact)
        found = build.logits(pairs, tokens, "--threads", "1")
        assert floats != relative_error(found, exact) <= 1.1 * floats, f"{length} tokens"
        assert (build.logits(pairs, tokens, "--threads", "3") == found).all(), f"{length} tokens"
