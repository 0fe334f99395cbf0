"""A library's hidden states, and rows of the embedding given in place of tokens: by its C interface."""

import json
import os
import struct

import numpy
import pytest

from library import Context, address, compile_library

COUNT = 150  # More tokens than a step has.


def read(library, tokens, rows, piece, threads):
    """Logits and hidden states of tokens that are read by so many at a time."""
    context = Context(library, threads=threads)
    logits = numpy.zeros((len(tokens), library.vocabulary), numpy.float32)
    hidden = numpy.zeros((len(tokens), library.hidden), numpy.float32)
    for at in range(0, len(tokens), piece):
        some = numpy.ascontiguousarray(tokens[at:at + piece])
        library.call("keep_hidden", context.pointer, address(hidden[at:]), len(some))
        library.call("eval_embeddings", context.pointer, address(some), len(some), address(rows), len(rows),
                     address(logits[at:]))
    context.close()
    return logits, hidden


def read_embedding(folder):
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        size, = struct.unpack("<Q", file.read(8))
        tensors = json.loads(file.read(size))
        entry = next(entry for name, entry in tensors.items() if name.endswith("embed_tokens.weight"))
        begin, end = entry["data_offsets"]
        file.seek(8 + size + begin)
        return numpy.frombuffer(file.read(end - begin), numpy.float32).reshape(entry["shape"])


@pytest.fixture(scope="module")
def library(build, tmp_path_factory):
    return compile_library(build, build.model("tiny-f32-hf"), tmp_path_factory.mktemp("library"))


def test_rows_of_the_embedding_are_as_good_as_ids(build, library):
    table = read_embedding(build.model("tiny-f32-hf"))
    ids = numpy.random.default_rng(1).integers(0, len(table), COUNT).astype(numpy.int32)
    rows = numpy.ascontiguousarray(table[ids])
    given = (-1 - numpy.arange(COUNT)).astype(numpy.int32)
    logits, hidden = read(library, ids, rows, COUNT, 1)
    for tokens in (given, numpy.where(numpy.arange(COUNT) % 3, given, ids)):
        for piece in (COUNT, 37, 1):
            found = read(library, tokens, rows, piece, 2)
            assert numpy.array_equal(found[0], logits) and numpy.array_equal(found[1], hidden)
    # The head is the embedding: hidden states are those that the logits are made of.
    assert numpy.abs(hidden @ table.T - logits).max() <= 1e-5 * numpy.abs(logits).max()
