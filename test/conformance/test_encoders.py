"""Bidirectional models on every CPU variant: hidden states of tokens and vectors of texts, against transformers and
sentence-transformers (e2e/goldens/encoders) and the reference executor, with the same error bars everywhere."""

import numpy

import error_bars
from encoders import ROWS, Golden, hidden_of, reference, vectors_of
from programs import relative_error
from targets import on_machines

# The texts and weights of one golden; the other one has the weights in 16 bits.
MEAN, MEAN_BF16 = "mean-odd-f32.gguf", "mean-odd-bf16.gguf"
# Of a folder by name. A GGUF file has them as text.
PROMPTS = {"query": "query: ", "document": "document: "}
# Of 74, 50 and 26 tokens. Each is a run of the program.
FEW_ROWS = ROWS[::-8]


def hidden_and_vectors(build, machine, model, *options):
    """Of the golden's longest text the hidden states, and the vectors of all its texts, of length 1: both as
    [rows, width]."""
    golden = Golden(MEAN)
    program = build.compile(model, *machine.options_for_texts, *options)
    texts = [PROMPTS[prompt or "document"] + text for text, prompt in golden.texts]
    vectors = vectors_of(build, program, texts, emulator=machine.emulator)
    return hidden_of(build, program, max(golden.rows, key=len), emulator=machine.emulator), of_length_1(vectors)


def of_length_1(vectors):
    vectors = numpy.concatenate(vectors)
    return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)


@on_machines([MEAN])
def test_f32_equals_transformers(build, machine, model):
    hidden, vectors = hidden_and_vectors(build, machine, model)
    golden = Golden(model)
    first = sum(len(row) for row in golden.rows[:golden.rows.index(max(golden.rows, key=len))])
    assert relative_error(hidden[:, golden.columns], golden.hidden[first:first + len(hidden)]) <= error_bars.F32
    assert relative_error(vectors, numpy.concatenate(golden.all_vectors())) <= error_bars.F32


@on_machines([MEAN_BF16])
def test_16_bits_are_exact_but_for_the_cache(build, machine, model):
    hidden, vectors = hidden_and_vectors(build, machine, model, error_bars.EXACT)
    rows = Golden(MEAN).rows
    bar = error_bars.SPLIT if machine.splits_bf16 else error_bars.HALF
    cache = {"arguments": ["--cache", "f16"]}
    expected = reference(build, model, [max(rows, key=len)], "hidden", **cache)["hidden"]
    assert relative_error(hidden, expected.reshape(hidden.shape)) <= bar
    expected = reference(build, model, rows, "vectors", **cache)["vectors"].reshape(vectors.shape)
    assert relative_error(vectors, of_length_1([expected])) <= bar


@on_machines(["embed-q4_0.gguf"])
def test_quantised_errs_no_more_than_peers(build, machine, model):
    program = build.compile(model, *machine.options_for_texts)
    hidden = numpy.concatenate([hidden_of(build, program, row, emulator=machine.emulator) for row in FEW_ROWS])
    exact = reference(build, model, FEW_ROWS, "hidden")["hidden"].reshape(hidden.shape)
    assert relative_error(hidden, exact) <= error_bars.AS_PEER * error_bars.LLAMA_CPP_HIDDEN[model]
