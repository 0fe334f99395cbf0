"""A library's hidden states, and rows of the embedding given in place of tokens: by its C interface."""

import ctypes
import json
import os
import struct

import numpy
import pytest

from programs import run

COUNT = 150  # More tokens than a step has.


class Options(ctypes.Structure):
    """lfm2rt_context_options."""
    _fields_ = [*((name, ctypes.c_uint32) for name in ("tokens", "threads", "zeroed", "reserved")),
                ("others", ctypes.c_void_p * 6)]


class Library:
    def __init__(self, path, weights):
        self.lib = ctypes.CDLL(str(path))
        self.lib.lfm2rt_context_size.restype = ctypes.c_uint64
        self.error = ctypes.create_string_buffer(512)
        # Structures to be treated as opaque, with room to spare.
        self.model, self.weights = ctypes.create_string_buffer(256), ctypes.create_string_buffer(1024)
        program = ctypes.byref(ctypes.c_char.in_dll(self.lib, "model_program"))
        self.call("model_open", self.model, program)
        self.call("weights_open_file", self.weights, self.model, os.fsencode(weights))

    def call(self, name, *arguments):
        assert getattr(self.lib, f"lfm2rt_{name}")(*arguments, self.error) == 0, self.error.raw[16:].split(b"\0")[0]

    def read(self, tokens, rows, piece, threads):
        """Logits and hidden states of tokens that are read by so many at a time."""
        options = Options(tokens=256, threads=threads)
        size = self.lib.lfm2rt_context_size(self.model, ctypes.byref(options))
        memory = ctypes.create_string_buffer(size + 4096)
        place = ctypes.c_void_p(-(-ctypes.addressof(memory) // 4096) * 4096)
        context = ctypes.c_void_p()
        self.call("context_create", ctypes.byref(context), self.weights, ctypes.byref(options), place,
                  ctypes.c_uint64(size))
        logits = numpy.zeros((len(tokens), self.lib.lfm2rt_model_vocabulary(self.model)), numpy.float32)
        hidden = numpy.zeros((len(tokens), self.lib.lfm2rt_model_hidden(self.model)), numpy.float32)

        def address(array):
            return ctypes.c_void_p(array.ctypes.data)
        for at in range(0, len(tokens), piece):
            some = numpy.ascontiguousarray(tokens[at:at + piece])
            self.call("keep_hidden", context, address(hidden[at:]), len(some))
            self.call("eval_embeddings", context, address(some), len(some), address(rows), len(rows),
                      address(logits[at:]))
        self.lib.lfm2rt_context_destroy(context)
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
    path = tmp_path_factory.mktemp("library") / "model.so"
    done = run([build.tool("lfm2-compile"), build.model("tiny-f32-hf"), "--emit=shared", "-o", path])
    assert done.returncode == 0, done.stderr
    weights = path.with_suffix(".weights")
    return Library(path, weights)


def test_rows_of_the_embedding_are_as_good_as_ids(build, library):
    table = read_embedding(build.model("tiny-f32-hf"))
    ids = numpy.random.default_rng(1).integers(0, len(table), COUNT).astype(numpy.int32)
    rows = numpy.ascontiguousarray(table[ids])
    given = (-1 - numpy.arange(COUNT)).astype(numpy.int32)
    logits, hidden = library.read(ids, rows, COUNT, 1)
    for tokens in (given, numpy.where(numpy.arange(COUNT) % 3, given, ids)):
        for piece in (COUNT, 37, 1):
            found = library.read(tokens, rows, piece, 2)
            assert numpy.array_equal(found[0], logits) and numpy.array_equal(found[1], hidden)
    # The head is the embedding: hidden states are those that the logits are made of.
    assert numpy.abs(hidden @ table.T - logits).max() <= 1e-5 * numpy.abs(logits).max()
