"""What transformers computed in float32 (goldens/, made by make_goldens.py),
against the reference executor and the compiled program."""

import json
import os

import numpy
import pytest

import error_bars
import small_models
from conftest import ids, relative_error, run

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "goldens")
NAMES = sorted(name[:-4] for name in os.listdir(FOLDER) if name.endswith(".npz"))
WORDNET = [name for name in NAMES if name.startswith("wordnet-")]
RANDOM = [name for name in NAMES if name not in WORDNET]


EXACT = 1e-5
# Programs of 16-bit weights keep keys and values in 16 bits as well.
HALF_CACHE = 2e-3


def golden(name):
    return numpy.load(os.path.join(FOLDER, name + ".npz"))


def made_as(name, kept):
    """The checkpoint must still be what the golden was made from."""
    assert json.loads(str(kept["arguments"])) == small_models.read_list()[name], \
        f"{name} is made with other arguments now: run make_goldens.py {name}"
    return name


@pytest.mark.parametrize("name", RANDOM)
def test_reference_equals_transformers(build, name):
    kept = golden(name)
    logits = build.reference(made_as(name, kept), kept["tokens"].tolist())
    assert relative_error(logits[:, kept["columns"]], kept["logits"]) <= EXACT


@pytest.mark.parametrize("name", RANDOM)
def test_program_equals_transformers(build, name):
    kept = golden(name)
    program = build.compile(made_as(name, kept), error_bars.EXACT)
    logits = build.logits(program, kept["tokens"].tolist())
    bar = EXACT if "f32" in name else HALF_CACHE
    assert relative_error(logits[:, kept["columns"]], kept["logits"]) <= bar


def test_stretched_models_are_the_same_from_both_containers(build):
    tokens = golden("yarn-f32.gguf")["tokens"].tolist()[:24]
    expected = build.reference("yarn-f32.gguf", tokens)
    # GGUF keeps the epsilon of the norms in f32.
    assert relative_error(build.reference("yarn-f32-hf", tokens), expected) <= 1e-6
    # And not what the model would be without the stretch.
    assert relative_error(build.reference("tiny-f32.gguf", tokens), expected) > 1e-2


@pytest.mark.parametrize("name", WORDNET)
def test_bundled_logits(build, wordnet, name):
    kept = golden(name)
    tokens = kept["tokens"].tolist()
    exact = build.reference(wordnet, tokens)
    assert relative_error(exact[:, kept["columns"]], kept["logits"]) <= EXACT
    found = build.logits(build.compile(wordnet, error_bars.EXACT), tokens)
    assert relative_error(found[:, kept["columns"]], kept["logits"]) <= HALF_CACHE


@pytest.mark.parametrize("name", WORDNET)
def test_bundled_greedy_ids(build, wordnet, name):
    kept = golden(name)
    expected = kept["greedy"].tolist()
    done = run([build.compile(wordnet, error_bars.EXACT), "--tokens", ids(kept["tokens"]), "-n", str(len(expected)),
                "--temp", "0", "--ignore-eos", "--print-tokens"])
    assert done.returncode == 0, done.stderr
    assert [int(word) for word in done.stdout.strip().split(",") if word] == expected
