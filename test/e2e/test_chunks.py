"""The prompt in chunks or one by one, one thread or two: the same logits."""

import pytest

from conftest import ids, prompt, relative_error, run

MODELS = ["tiny-f32.gguf", "tiny-bf16.gguf", "tiny-q4_0_mix.gguf", "tiny-q4_k_m.gguf",
          "odd-f32.gguf", "moe-f32.gguf", "moe-q4_0_mix.gguf"]
# Lengths around the entry sizes: one token, a few (verify), a chunk and a bit.
LENGTHS = [1, 2, 7, 8, 9, 33, 130]


@pytest.mark.parametrize("model", MODELS)
def test_threads_do_not_change_a_bit(build, model):
    program = build.compile(model)
    for length in LENGTHS:
        tokens = prompt(length)
        one = build.logits(program, tokens, "--threads", "1")
        for threads in ("2", "3", "7", "64"):
            assert (build.logits(program, tokens, "--threads", threads) == one).all(), \
                f"{length} tokens, {threads} threads"


@pytest.mark.parametrize("model", MODELS)
def test_prompt_lengths_agree(build, model):
    """The logits of a prompt's first positions do not depend on what follows:
    each length takes another cut into entries."""
    program = build.compile(model)
    tokens = prompt(LENGTHS[-1])
    longest = build.logits(program, tokens)
    bar = 1e-5 if "f32" in model or "bf16" in model else 2e-2
    for length in LENGTHS[:-1]:
        shorter = build.logits(program, tokens[:length])
        assert relative_error(shorter, longest[:length]) <= bar, f"{length} tokens"


@pytest.mark.parametrize("model", MODELS)
def test_decoding_equals_prefill(build, model):
    """Ids made one by one, given back as one prompt, are what greedy choice makes
    of the prompt's logits too."""
    program = build.compile(model)
    tokens = prompt(9)
    done = run([program, "--tokens", ids(tokens), "-n", "12", "--temp", "0", "--print-tokens"])
    assert done.returncode == 0, done.stderr
    made = [int(word) for word in done.stdout.strip().split(",") if word]
    assert 0 < len(made) <= 12
    logits = build.logits(program, tokens + made)
    for place, token in enumerate(made):
        row = logits[len(tokens) - 1 + place]
        # A tie within rounding may fall either way.
        assert row[token] >= row.max() - 1e-3 * abs(row).max(), f"id {token} at {place}"


def test_same_input_same_output(build):
    program = build.compile("tiny-q4_0_mix.gguf")
    tokens = prompt(40)
    assert (build.logits(program, tokens) == build.logits(program, tokens)).all()


def test_segments_of_a_long_context(build):
    """Positions are attended to in segments of 1024, which threads divide when
    there is one token: three of them, in chunks and one by one."""
    tokens = prompt(2100)
    exact = build.reference("tiny-f32.gguf", tokens)
    for chunk in ("128", "1"):
        program = build.compile("tiny-f32.gguf", "--chunk", chunk)
        one = build.logits(program, tokens, "--threads", "1")
        assert relative_error(one, exact) <= 1e-5, f"chunk {chunk}"
        for threads in ("3", "7", "16"):
            assert (build.logits(program, tokens, "--threads", threads) == one).all(), \
                f"chunk {chunk}, {threads} threads"
