"""Compiled bidirectional models: hidden states, logits and vectors against the goldens of transformers and
sentence-transformers, and that a text's results depend neither on the texts beside it nor on the threads."""

import json

import error_bars
import numpy
import pytest
from conftest import relative_error, run
from encoders import NAMES, ROWS, TWINS, Golden, hidden_of, reference

EXACT = 1e-5


def embed(build, program, texts, *arguments):
    """What the program prints of each text, in lines."""
    path = build.path("program.texts")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(texts) + "\n")
    done = run([program, "--embed-file", path, *arguments])
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_hidden_states_equal_transformers(build, name):
    golden = Golden(name)
    program = build.compile(name)
    found = numpy.concatenate([hidden_of(build, program, row) for row in golden.rows])
    assert relative_error(found[:, golden.columns], golden.hidden) <= EXACT


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("mlm")])
def test_vectors_equal_sentence_transformers(build, name):
    golden = Golden(name)
    program = build.compile(TWINS.get(name, name))  # A GGUF file has no prompts.
    for (text, prompt), expected in zip(golden.texts, golden.kept_vectors()):
        named = ["--prompt-name", prompt] if prompt else []
        [line] = embed(build, program, [text], *named)
        found = numpy.array(json.loads(line)).reshape(len(expected), -1)
        found /= numpy.linalg.norm(found, axis=1, keepdims=True)  # Not all models ask for that.
        assert relative_error(found, expected) <= EXACT, text


@pytest.mark.parametrize("model", ["embed-f32.gguf", "embed-q8_0.gguf", "embed-q4_0.gguf", "mean-odd-f32.gguf",
                                   "colbert-q8_0.gguf"])
def test_texts_do_not_depend_on_each_other(build, model):
    program = build.compile(model)
    texts = [" ".join(["dog", "cat", "tree", "a", "house"][i % 5] for i in range(j, 3 * j)) for j in range(1, 24)]
    alone = [line for text in texts for line in embed(build, program, [text], "--threads", "1")]
    assert embed(build, program, texts, "--threads", "1") == alone
    assert embed(build, program, texts, "--threads", "2") == alone
    assert embed(build, program, texts, "--shares", "1,0,5") == alone


@pytest.mark.parametrize("model", ["embed-q8_0.gguf", "embed-q4_0.gguf"])
def test_quantised_hidden_states_err_little(build, model):
    program = build.compile(model)
    found = numpy.concatenate([hidden_of(build, program, row) for row in ROWS])
    expected = reference(build, model, ROWS, "hidden")["hidden"].reshape(found.shape)
    assert relative_error(found, expected) <= error_bars.QUANTISED[model.replace("embed", "tiny")]
