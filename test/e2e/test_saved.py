"""Folders as transformers 5 saves them, for each class of the family (made by
make_saved.py): the program computes what transformers does with the same folder,
and the same bits wherever the values are the same."""

import os
import tarfile

import numpy
import pytest

import error_bars
from conftest import relative_error, run
from refusal import refused

SAVED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "goldens", "saved.tar.xz")
EXACT = 1e-5
HALF_CACHE = 2e-3  # Programs of 16-bit weights keep keys and values in 16 bits as well.

# The folder whose logits are the same, in the columns that both have.
LIKE = {
    "dense-sharded": "dense", "dense-longer": "dense", "dense-shorter": "dense",
    "tied-differing-head": "dense-untied", "tied-equal-head": "dense", "tied-head-alone": "dense",
    "moe-sharded": "moe",
}  # fmt: skip
WARNINGS = {
    "tied-differing-head": "'lm_head.weight' and 'model.embed_tokens.weight' are tied, but they differ",
    "tied-head-alone": "no 'model.embed_tokens.weight', but config.json says that it is tied to 'lm_head.weight'",
}
NAMES = ["dense", "dense-bf16", "dense-untied", "moe", "moe-bf16", *LIKE]


@pytest.fixture(scope="module")
def saved(build):
    folder = build.path("saved-folders")
    with tarfile.open(SAVED) as tar:
        tar.extractall(folder)
    return os.path.join(folder, "saved")


@pytest.fixture(scope="module")
def expected(saved):
    return numpy.load(os.path.join(saved, "expected.npz"))


def logits(build, saved, expected, name):
    program = build.compile(os.path.join(saved, name), error_bars.EXACT)
    return build.logits(program, expected["tokens"].tolist())


@pytest.mark.parametrize("name", NAMES)
def test_program_equals_transformers(build, saved, expected, name):
    found = logits(build, saved, expected, name)
    assert relative_error(found, expected[name]) <= (HALF_CACHE if "bf16" in name else EXACT)


@pytest.mark.parametrize("name", LIKE)
def test_equal_values_give_equal_bits(build, saved, expected, name):
    one, other = (logits(build, saved, expected, which) for which in (name, LIKE[name]))
    columns = min(one.shape[1], other.shape[1])
    assert (one[:, :columns] == other[:, :columns]).all()


@pytest.mark.parametrize("name", WARNINGS)
def test_what_is_decided_is_told(build, saved, name):
    done = run([build.tool("lfm2-compile"), os.path.join(saved, name), "--emit=mlir", "-o", build.path("told.mlir")])
    assert done.returncode == 0, done.stderr
    assert WARNINGS[name] in done.stderr


def test_ids_behind_a_short_embedding_are_refused(build, saved):
    program = build.compile(os.path.join(saved, "dense-shorter"))
    refused([program, "--tokens", "1,40", "-n", "1"], ["token 40", "0 ... 39"])
