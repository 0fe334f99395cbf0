"""Compiled bidirectional models beside other programs: vectors of many texts at once as sentence-transformers and PyLate
make them, prompts included; logits as transformers has them; and of quantised ones no more error than llama.cpp's."""

import numpy
import pytest

import error_bars
from conftest import ids, relative_error, run
from encoders import ROWS, Golden, reference, vectors_of


def embed(build, model, texts, prompt, *arguments):
    named = ["--prompt-name", prompt] if prompt else []
    return vectors_of(build, build.compile(model), texts, *named, *arguments)


def of_ids(build, model, rows, output):
    """Hidden states or logits of all tokens, a text at a time; flat."""
    parts = []
    for tokens in rows:
        file = build.path("encoder.out")
        done = run([build.compile(model), "--tokens", ids(tokens), f"--{output}", file])
        assert done.returncode == 0, done.stderr
        parts.append(numpy.fromfile(file, dtype="<f4"))
    return numpy.concatenate(parts)


def check_vectors(golden, found, places, kept=True):
    expected = golden.kept_vectors() if kept else golden.all_vectors()
    for i, vectors in zip(places, found):
        assert vectors.shape == expected[i].shape, golden.texts[i]
        assert relative_error(vectors, expected[i]) <= error_bars.F32, golden.texts[i]


@pytest.mark.parametrize("model,name", [
    ("embed-f32-hf", "embed-f32.gguf"), ("mean-odd-f32-hf", "mean-odd-f32.gguf"), ("last-f32-hf", "last-f32-hf"),
    ("colbert-f32-hf", "colbert-f32.gguf")])
def test_vectors_of_texts(build, model, name):
    """Prompts by name, the default one, prefixes, special tokens, tokens to skip."""
    golden = Golden(name)
    as_they_are = [] if model.startswith("mean") else ["--no-normalize"]
    for prompt in {prompt for _, prompt in golden.texts}:
        places = [i for i, text in enumerate(golden.texts) if text[1] == prompt]
        found = embed(build, model, [golden.texts[i][0] for i in places], prompt)
        if model.startswith("mean"):  # Which a search sees the length of.
            found = [vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True) for vectors in found]
        check_vectors(golden, found, places)
    whole = embed(build, model, [golden.texts[0][0]], golden.texts[0][1], *as_they_are)[0]
    assert relative_error(whole, golden.vectors[:len(whole)]) <= error_bars.F32


@pytest.mark.parametrize("name,prompts", [
    ("embed-f32.gguf", {"query": "query: ", "document": "document: "}),
    ("colbert-f32.gguf", {"query": "[Q] ", "document": "[D] "})])
def test_a_gguf_file_gets_its_prompts_as_text(build, name, prompts):
    """And leaves no token out."""
    golden = Golden(name)
    texts = [prompts.get(prompt, "") + text for text, prompt in golden.texts]
    check_vectors(golden, embed(build, name, texts, None), range(len(texts)), kept=False)


@pytest.mark.parametrize("model", ["mlm-f32.gguf", "mlm-f32-hf"])
def test_logits_at_all_positions(build, model):
    golden = Golden("mlm-f32.gguf")
    logits = of_ids(build, model, golden.rows, "logits").reshape(len(golden.logits), -1)
    assert relative_error(logits[:, golden.logit_columns], golden.logits) <= error_bars.F32


@pytest.mark.parametrize("model", error_bars.LLAMA_CPP_HIDDEN)
def test_quantised_errs_no_more_than_peers(build, model):
    width = 256
    exact = reference(build, model, ROWS, "hidden")["hidden"].reshape(-1, width)
    hidden = of_ids(build, model, ROWS, "hidden").reshape(-1, width)
    assert relative_error(hidden, exact) <= error_bars.AS_PEER * error_bars.LLAMA_CPP_HIDDEN[model]
    # The vector of a text is its first token's.
    first = numpy.cumsum([0, *(len(row) for row in ROWS[:-1])])
    assert relative_error(hidden[first], exact[first]) <= error_bars.AS_PEER * error_bars.LLAMA_CPP_VECTORS[model]


def test_quantised_vectors_of_tokens_err_no_more_than_peers(build):
    model, golden = "colbert-q8_0.gguf", Golden("colbert-f32.gguf")
    exact = reference(build, model, golden.rows, "vectors")["vectors"].reshape(len(golden.vectors), -1)
    texts = [{"query": "[Q] ", "document": "[D] "}.get(prompt, "") + text for text, prompt in golden.texts]
    found = numpy.concatenate(embed(build, model, texts, None, "--no-normalize"))
    assert relative_error(found, exact) <= error_bars.AS_PEER * error_bars.LLAMA_CPP_VECTORS[model]
