"""What transformers computed in float32 (goldens/, made by make_goldens.py),
against the reference executor and the compiled program."""

import json
import os

import numpy
import pytest

import small_models
from conftest import ids, relative_error, run

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "goldens")
NAMES = sorted(name[:-4] for name in os.listdir(FOLDER) if name.endswith(".npz"))
WORDNET = [name for name in NAMES if name.startswith("wordnet-")]
RANDOM = [name for name in NAMES if name not in WORDNET]


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
    assert relative_error(logits[:, kept["columns"]], kept["logits"]) <= 1e-5


@pytest.mark.parametrize("name", RANDOM)
def test_program_equals_transformers(build, name):
    kept = golden(name)
    logits = build.logits(build.compile(made_as(name, kept)), kept["tokens"].tolist())
    assert relative_error(logits[:, kept["columns"]], kept["logits"]) <= 1e-5


@pytest.mark.parametrize("name", WORDNET)
def test_bundled_logits(build, wordnet, name):
    kept = golden(name)
    tokens = kept["tokens"].tolist()
    for logits in (build.reference(wordnet, tokens), build.logits(build.compile(wordnet), tokens)):
        assert relative_error(logits[:, kept["columns"]], kept["logits"]) <= 1e-5


@pytest.mark.parametrize("name", WORDNET)
def test_bundled_greedy_ids(build, wordnet, name):
    kept = golden(name)
    expected = kept["greedy"].tolist()
    done = run([build.compile(wordnet), "--tokens", ids(kept["tokens"]), "-n", str(len(expected)),
                "--temp", "0", "--ignore-eos", "--print-tokens"])
    assert done.returncode == 0, done.stderr
    assert [int(word) for word in done.stdout.strip().split(",") if word] == expected
