"""A compiled model as a shared library, called by its C interface."""

import ctypes
import os

import numpy

from programs import run


class Options(ctypes.Structure):
    """lfm2rt_context_options."""
    _fields_ = [*((name, ctypes.c_uint32) for name in ("tokens", "threads", "zeroed", "turns")),
                ("others", ctypes.c_void_p * 6)]


class Turn(ctypes.Structure):
    """lfm2rt_turn."""
    _fields_ = [("context", ctypes.c_void_p), ("tokens", ctypes.c_void_p),
                ("count", ctypes.c_uint32), ("read", ctypes.c_uint32)]


def address(array):
    return ctypes.c_void_p(array.ctypes.data)


class Library:
    def __init__(self, path, weights):
        self.lib = ctypes.CDLL(str(path))
        self.lib.lfm2rt_context_size.restype = ctypes.c_uint64
        self.lib.lfm2rt_logits.restype = ctypes.c_void_p
        self.error = ctypes.create_string_buffer(512)
        # Structures to be treated as opaque, with room to spare.
        self.model, self.weights = ctypes.create_string_buffer(256), ctypes.create_string_buffer(1024)
        program = ctypes.byref(ctypes.c_char.in_dll(self.lib, "model_program"))
        self.call("model_open", self.model, program)
        self.call("weights_open_file", self.weights, self.model, os.fsencode(weights))
        self.vocabulary = self.lib.lfm2rt_model_vocabulary(self.model)
        self.hidden = self.lib.lfm2rt_model_hidden(self.model)

    def call(self, name, *arguments):
        assert getattr(self.lib, f"lfm2rt_{name}")(*arguments, self.error) == 0, self.error.raw[16:].split(b"\0")[0]


class Context:
    def __init__(self, library, tokens=256, threads=1, turns=0):
        self.library = library
        options = Options(tokens=tokens, threads=threads, turns=turns)
        size = library.lib.lfm2rt_context_size(library.model, ctypes.byref(options))
        self.memory = ctypes.create_string_buffer(size + 4096)
        place = ctypes.c_void_p(-(-ctypes.addressof(self.memory) // 4096) * 4096)
        self.pointer = ctypes.c_void_p()
        library.call("context_create", ctypes.byref(self.pointer), library.weights, ctypes.byref(options), place,
                     ctypes.c_uint64(size))

    def close(self):
        self.library.lib.lfm2rt_context_destroy(self.pointer)

    def logits(self):
        """Those of the last token, or None."""
        found = self.library.lib.lfm2rt_logits(self.pointer)
        return found and numpy.ctypeslib.as_array(
            ctypes.cast(found, ctypes.POINTER(ctypes.c_float)), (self.library.vocabulary,)).copy()

    def eval_turns(self, turns, most=0):
        """Reads pieces of [(context, tokens)] in one step; how many of each."""
        arrays = [numpy.ascontiguousarray(tokens, numpy.int32) for _, tokens in turns]
        made = (Turn * len(turns))(*(Turn(context.pointer, address(array), len(array), 0)
                                     for (context, _), array in zip(turns, arrays)))
        self.library.call("eval_turns", self.pointer, made, len(turns), most)
        return [turn.read for turn in made]


def compile_library(build, model, folder, *options):
    path = os.path.join(str(folder), "model.so")
    done = run([build.tool("lfm2-compile"), model, "--emit=shared", "-o", path, *options])
    assert done.returncode == 0, done.stderr
    return Library(path, path.replace(".so", ".weights"))
