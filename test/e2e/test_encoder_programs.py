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
                                   "colbert-q8_0.gguf", "moe-embed-q8_0.gguf", "moe-mean-odd-f32.gguf"])
def test_texts_do_not_depend_on_each_other(build, model):
    program = build.compile(model)
    texts = [" ".join(["dog", "cat", "tree", "a", "house"][i % 5] for i in range(j, 3 * j)) for j in range(1, 24)]
    alone = [line for text in texts for line in embed(build, program, [text], "--threads", "1")]
    assert embed(build, program, texts, "--threads", "1") == alone
    assert embed(build, program, texts, "--threads", "2") == alone
    assert embed(build, program, texts, "--shares", "1,0,5") == alone


def hidden_and_exact(build, model):
    """Hidden states of all tokens of ROWS, [tokens, channels], and what they are exactly."""
    program = build.compile(model)
    found = numpy.concatenate([hidden_of(build, program, row) for row in ROWS])
    return found, reference(build, model, ROWS, "hidden")["hidden"].reshape(found.shape)


@pytest.mark.parametrize("model", ["embed-q8_0.gguf", "embed-q4_0.gguf"])
def test_quantised_hidden_states_err_little(build, model):
    assert relative_error(*hidden_and_exact(build, model)) <= error_bars.QUANTISED[model.replace("embed", "tiny")]


def test_quantised_experts_err_little(build):
    """A token whose experts have nearly equal scores may get others by rounding, and then errs ten times as much. So
    this is of the half of tokens that err least."""
    found, exact = hidden_and_exact(build, "moe-embed-q8_0.gguf")
    errors = numpy.sqrt(((found - exact) ** 2).mean(axis=1) / (exact ** 2).mean(axis=1))
    assert numpy.median(errors) <= 1.5 * error_bars.LLAMA_CPP_HIDDEN["embed-q8_0.gguf"]


@pytest.mark.parametrize("model,outputs", [
    ("embed-f32.gguf", [{"name": "hidden", "for_each_of": "tokens"},
                        {"name": "vectors", "for_each_of": "texts", "pooling": "cls"}]),
    ("mean-odd-f32-hf", [{"name": "hidden", "for_each_of": "tokens"},
                         {"name": "vectors", "for_each_of": "texts", "pooling": "mean", "width": 24}]),
    ("colbert-f32.gguf", [{"name": "hidden", "for_each_of": "tokens"},
                          {"name": "vectors", "for_each_of": "tokens", "width": 32}]),
    ("mlm-f32.gguf", [{"name": "logits", "for_each_of": "tokens"}, {"name": "hidden", "for_each_of": "tokens"}]),
    ("tiny-f32.gguf", [{"name": "logits", "for_each_of": "tokens"}, {"name": "hidden", "for_each_of": "tokens"}]),
])
def test_outputs_are_listed(build, model, outputs):
    info = json.loads(run([build.compile(model), "--info"]).stdout)
    widths = {"logits": info["vocab"], "hidden": info["hidden"], "vectors": info["hidden"]}
    assert info["outputs"] == [{"width": widths[output["name"]], **output} for output in outputs]
