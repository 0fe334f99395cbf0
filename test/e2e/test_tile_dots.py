"""Products of tiles of tokens, as CPUs with int8 matrices take them, on any CPU: the
module is tiled for one that has them and lowered for one that has not, where they
are loops of dot products. The sums are the same integers, scaled in the same
order: every bit of the logits is that of the way by vectors."""

import pytest

from conftest import prompt

CPU = "haswell"
VECTORS = {"lanes": 16, "registers": 32, "tile_tokens": 8, "dot_unsigned8": "true"}
TILES = {**VECTORS, "tile_tokens": 16, "dot_tile_tokens": 16}
# Whole tiles, a partial one, and so few tokens behind whole ones that they go one by one.
LENGTHS = [3, 7, 17, 40, 130]


def compare(build, model, *tile_options):
    vectors, text = build.compile_as_if(model, CPU, VECTORS, *tile_options)
    assert "exec.tile_dot4" not in text
    tiles, text = build.compile_as_if(model, CPU, TILES, *tile_options)
    assert "exec.tile_dot4" in text
    for length in LENGTHS:
        tokens = prompt(length)
        expected = build.logits(vectors, tokens, "--threads", "1")
        assert (build.logits(tiles, tokens, "--threads", "3") == expected).all(), f"{length} tokens"


@pytest.mark.parametrize("model", [
    "tiny-q4_0.gguf", "tiny-q8_0.gguf", "tiny-q4_k_m.gguf", "tiny-q5_k.gguf", "tiny-q6_k.gguf",
    "odd-32-q4_0.gguf", "moe-q4_k_m.gguf", "tiny-grids.gguf"])
def test_tiles_give_the_bits_of_vectors(build, model):
    compare(build, model)


@pytest.mark.parametrize("model", ["tiny-q4_k_m.gguf", "tiny-q8_0.gguf"])
def test_tiles_with_one_scale_a_token(build, model):
    compare(build, model, "token-scales=true")
