"""Several conversations in one step: each gives the bits that it gives alone."""

import numpy
import pytest

from library import Context, address, compile_library

# With bf16 pairs and without, odd shapes, experts, scaled RoPE, several taps.
MODELS = ["tiny-f32.gguf", "tiny-bf16.gguf", "tiny-q4_0_mix.gguf", "tiny-q4_k_m.gguf", "tiny-q8_0.gguf",
          "odd-f32.gguf", "odd-taps7-f16.gguf", "moe-f32.gguf", "moe-q4_0_mix.gguf", "yarn-f32.gguf"]
LENGTHS = [1, 3, 20, 150, 7, 2, 64, 33]
GENERATED = 6


class Talk:
    """A conversation: its prompt, then what it chooses."""

    def __init__(self, library, length, seed, capacity=256):
        self.context = Context(library, capacity)
        self.left = [int(token) for token in numpy.random.default_rng(seed).integers(1, library.vocabulary, length)]
        self.logits = []

    def go_on(self, read):
        """After so many of its tokens were read."""
        del self.left[:read]
        if not self.left:
            self.logits.append(self.context.logits())
            self.left = [int(self.logits[-1].argmax())]

    def is_done(self):
        return len(self.logits) == GENERATED


def talk_together(reader, talks, most=0):
    while waiting := [talk for talk in talks if not talk.is_done()]:
        counts = reader.eval_turns([(talk.context, talk.left) for talk in waiting], most)
        assert 0 < sum(counts) <= (most or 128)
        for talk, count in zip(waiting, counts):
            talk.go_on(count)
    for talk in talks:
        talk.context.close()
    return [numpy.array(talk.logits) for talk in talks]


@pytest.mark.parametrize("model", MODELS)
def test_bits_do_not_depend_on_the_others(build, tmp_path, model):
    library = compile_library(build, build.model(model), tmp_path)
    reader = Context(library, 16, threads=2, turns=len(LENGTHS))
    one = Context(library, 16, threads=1, turns=1)

    def talks(numbers=range(len(LENGTHS))):
        # Contexts need not have the same room.
        return [Talk(library, LENGTHS[i], seed=i, capacity=160 + 16 * (i % 6)) for i in numbers]
    alone = [talk_together(one, talks([i]))[0] for i in range(len(LENGTHS))]
    for most in (0, 50, 9):
        for found, expected in zip(talk_together(reader, talks(), most), alone):
            assert numpy.array_equal(found, expected)
    backwards = talk_together(reader, talks(range(len(LENGTHS) - 1, -1, -1)))
    assert all(numpy.array_equal(found, expected) for found, expected in zip(backwards[::-1], alone))
    # And these are the logits of the model: a prompt that lfm2rt_eval() reads at once.
    for i, expected in enumerate(alone):
        if LENGTHS[i] == 1:
            continue
        talk = Talk(library, LENGTHS[i], seed=i)
        tokens = numpy.array(talk.left, numpy.int32)
        library.call("eval", talk.context.pointer, address(tokens), len(tokens), None)
        assert numpy.array_equal(talk.context.logits(), expected[0])
        talk.context.close()
    reader.close()
    one.close()


def test_a_program_of_single_tokens_reads_no_turns(build, tmp_path):
    library = compile_library(build, build.model("tiny-f32.gguf"), tmp_path, "--chunk=1")
    reader = Context(library, 16, turns=2)
    with pytest.raises(AssertionError, match="compiled with --chunk=1"):
        reader.eval_turns([(Talk(library, 3, seed=1).context, [1, 2])])
