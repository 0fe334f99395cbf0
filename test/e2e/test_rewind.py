"""Contexts that go back, are saved and restored elsewhere, and take guesses: the same bits, the same text."""

import numpy
import pytest

from library import Context, compile_library

# With bf16 pairs and without, odd shapes, experts, scaled RoPE, several taps; a word behind a name is the form
# of its caches.
MODELS = ["tiny-f32.gguf", "tiny-bf16.gguf", "tiny-q4_0_mix.gguf", "tiny-q4_k_m.gguf q8_0", "odd-taps7-f16.gguf",
          "moe-q4_0_mix.gguf", "yarn-f32.gguf q4_0"]
PROMPT, ALONE = 150, 80


@pytest.fixture(scope="module", params=MODELS)
def library(request, build, tmp_path_factory):
    model, *form = request.param.split()
    return compile_library(build, build.model(model), tmp_path_factory.mktemp(model), "--context=1024",
                           *(f"--kv={word}" for word in form))


def some_tokens(library, count, seed=1):
    return numpy.random.default_rng(seed).integers(1, library.vocabulary, count).astype(numpy.int32)


def read_both_ways(context, tokens):
    """A prompt at once, then tokens one by one, then another prompt; the logits of all."""
    end = PROMPT + ALONE
    rows = [context.eval(tokens[:PROMPT]), *(context.eval(tokens[i:i + 1]) for i in range(PROMPT, end)),
            context.eval(tokens[end:])]
    return numpy.concatenate(rows)


def test_rewound_it_goes_on_with_the_same_bits(library):
    tokens = some_tokens(library, 400)
    for marks in (0, 3, 64):
        context = Context(library, 512, marks=marks)
        expected = read_both_ways(context, tokens)
        for position in (398, 300, 231, 230, 229, 200, 151, 150, 149, 128, 65, 64, 3, 0):
            context.rewind_to(position)
            assert context.position() == position
            found = []
            for begin, end in ((0, PROMPT), *((i, i + 1) for i in range(PROMPT, PROMPT + ALONE)),
                               (PROMPT + ALONE, len(tokens))):
                if position < end:
                    found.append(context.eval(tokens[max(begin, position):end]))
            assert numpy.array_equal(numpy.concatenate(found), expected[position:]), (marks, position)
        context.close()


def test_saved_it_goes_on_in_any_room(library):
    tokens = some_tokens(library, 330)
    context = Context(library, 512)
    context.eval(tokens[:300])
    saved = context.save()
    columns = len(context.mark())
    per_token = (len(saved) - columns - 4 * 300) / 304
    assert per_token == int(per_token) and per_token % 32 == 0, "no more than the tokens take"
    expected = context.eval(tokens[300:])
    for capacity in (336, 1024):
        other = Context(library, capacity, threads=2)
        other.eval(tokens[50:90])
        other.restore(saved)
        assert (other.tokens() == tokens[:300]).all()
        assert numpy.array_equal(other.eval(tokens[300:]), expected)
        other.close()
    context.close()


def test_a_conversation_costs_what_is_new(library):
    context, straight = Context(library, 512, marks=64), Context(library, 512, marks=64)
    turns = [some_tokens(library, count, seed=count) for count in (100, 40, 7, 60)]
    said = numpy.array([], numpy.int32)
    for turn in turns:
        said = numpy.concatenate([said, turn])
        assert context.read(said) == len(said) - len(turn)
        straight.eval(turn)
        assert numpy.array_equal(context.logits(), straight.logits())
        answer = context.generate([], 12)
        assert answer == straight.generate([], 12)
        said = numpy.concatenate([said, numpy.array(answer[:-1], numpy.int32)])
        straight.rewind_to(len(said))  # The last token of the answer is said otherwise.
    said[120] ^= 1
    assert context.read(said) == 120


def test_guesses_give_the_same_text(library):
    """Of one who knows the answer, and errs at each seventh token."""
    prompt = some_tokens(library, 60)
    plain, guessed = Context(library, 512), Context(library, 512, marks=8, drafts=31)
    text = plain.generate(prompt, 200)

    def draft(_, count, guesses, room, __):
        known = text[count - len(prompt):][:room]
        for i, token in enumerate(known):
            guesses[i] = token + 1 if (count + i) % 7 == 0 else token
        return len(known)
    guessed.set_drafter(draft)
    assert guessed.generate(prompt, 200) == text
    steps, guesses, right = guessed.draft_counts()
    assert 0 < steps < 200 / 3 and 100 < right < guesses
    assert plain.generate([], 30) == guessed.generate([], 30)


def test_what_a_text_repeats_is_looked_up(build, wordnet, tmp_path):
    library = compile_library(build, wordnet, tmp_path)
    prompt = some_tokens(library, 200)
    prompt = numpy.concatenate([prompt, prompt, prompt[:50]])
    plain, guessed = Context(library, 1024), Context(library, 1024, drafts=31)
    guessed.look_up(1024)
    assert guessed.generate(prompt, 300) == plain.generate(prompt, 300)
    steps, guesses, right = guessed.draft_counts()
    assert 0 < steps <= guesses and 0 < right <= guesses
