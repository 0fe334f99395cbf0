"""The runtime's constraints on a compiled model, by its C interface."""

import ctypes

import numpy

from library import Context, Drafter, Sampling, address, aligned

AT_NEXT = 0xFFFFFFFF
SCHEMA, GBNF, REGEX, TOOLS = range(4)


class Form(ctypes.Structure):
    """lfm2rt_form."""
    _fields_ = [("kind", ctypes.c_uint32), ("flags", ctypes.c_uint32), ("tool", ctypes.c_char_p)]


class Constraint:
    """What answers of `library` are to be; text=None: what it was compiled with."""

    def __init__(self, library, text=None, kind=SCHEMA, flags=0, tool=None):
        self.library, self.held = library, []
        for name in ("vocabulary_size", "grammar_size", "constraint_size"):
            getattr(library.lib, f"lfm2rt_{name}").restype = ctypes.c_uint64
        library.lib.lfm2rt_token_text.restype = ctypes.c_void_p
        weights = library.weights
        self.vocabulary = self.make("vocabulary_create", library.lib.lfm2rt_vocabulary_size(weights), weights)
        if text is None:
            self.grammar = ctypes.c_void_p()
            library.call("grammar_open", ctypes.byref(self.grammar), weights)
            assert self.grammar.value
        else:
            text = text.encode()
            length = ctypes.c_size_t(len(text))
            form = Form(kind, flags, tool and tool.encode())
            self.grammar = self.make("grammar_create", library.lib.lfm2rt_grammar_size(length), weights,
                                     ctypes.byref(form), text, length)
        size = library.lib.lfm2rt_constraint_size(self.grammar, self.vocabulary, None)
        self.pointer = self.make("constraint_create", size, self.grammar, self.vocabulary, None)

    def make(self, name, size, *before):
        held, place = aligned(size, 8)
        self.held.append(held)
        out = ctypes.c_void_p()
        self.library.call(name, ctypes.byref(out), *before, place, ctypes.c_uint64(size))
        return out

    def apply(self, context, forced=False):
        """To the next answer of a context."""
        lib = self.library.lib
        lib.lfm2rt_constraint_begin(self.pointer, ctypes.c_uint32(AT_NEXT))
        lib.lfm2rt_set_allow(context.pointer, lib.lfm2rt_constraint_allow, self.pointer)
        guide = Drafter(ctypes.cast(lib.lfm2rt_constraint_force, ctypes.c_void_p), self.pointer)
        lib.lfm2rt_set_guide(context.pointer, ctypes.byref(guide) if forced else None)

    def state(self):
        return self.library.lib.lfm2rt_constraint_state(self.pointer)


def text_of(library, ids):
    """Of tokens, without those that end a text."""
    out = b""
    for token in ids:
        length = ctypes.c_size_t()
        place = library.lib.lfm2rt_token_text(library.weights, int(token), ctypes.byref(length))
        if not library.lib.lfm2rt_token_is_stop(library.weights, int(token)):
            out += ctypes.string_at(place, length.value)
    return out.decode()


class SeededSampling(ctypes.Structure):
    """The first fields of lfm2rt_sampling."""
    _fields_ = [(name, ctypes.c_float) for name in ("temperature", "top_p", "min_p", "repeat_penalty")] + \
               [("top_k", ctypes.c_int32), ("repeat_window", ctypes.c_int32), ("seed", ctypes.c_uint32)]


def draw(context, prompt, most, seed, flags=0):
    """An answer at temperature 1, nothing else: ids, the stop token included."""
    library = context.library
    sampling = ctypes.create_string_buffer(ctypes.sizeof(Sampling))
    library.lib.lfm2rt_sampling_defaults(library.weights, sampling)
    first = SeededSampling.from_buffer(sampling)
    first.temperature, first.top_p, first.min_p, first.repeat_penalty, first.top_k, first.seed = 1, 1, 0, 1, 0, seed
    library.lib.lfm2rt_reset(context.pointer)
    library.lib.lfm2rt_set_sampling(context.pointer, sampling)
    ids = []
    add = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int32, ctypes.c_void_p)(lambda token, _: ids.append(token) or 0)
    prompt = numpy.ascontiguousarray(prompt, numpy.int32)
    library.call("generate_tokens", context.pointer, address(prompt), len(prompt), most, flags, add, None)
    return ids


__all__ = ["Constraint", "Context", "draw", "text_of", "SCHEMA", "GBNF", "REGEX", "TOOLS"]
