"""A compiled model as a shared library, called by its C interface."""

import ctypes
import os

import numpy

from programs import run


class Options(ctypes.Structure):
    """lfm2rt_context_options."""
    _fields_ = [*((name, ctypes.c_uint32) for name in ("tokens", "threads", "zeroed", "turns", "marks", "drafts")),
                ("others", ctypes.c_void_p * 6)]


class Turn(ctypes.Structure):
    """lfm2rt_turn."""
    _fields_ = [("context", ctypes.c_void_p), ("tokens", ctypes.c_void_p),
                ("count", ctypes.c_uint32), ("read", ctypes.c_uint32)]


def address(array):
    return ctypes.c_void_p(array.ctypes.data)


def aligned(size, to):
    """Memory of this size at a multiple of `to`: what holds it, and where it begins."""
    held = ctypes.create_string_buffer(size + to)
    return held, ctypes.c_void_p(-(-ctypes.addressof(held) // to) * to)


class Library:
    """`device` is where the model runs, as "gpu"; None: this CPU."""

    def __init__(self, path, weights, device=None):
        self.lib = ctypes.CDLL(str(path))
        for name in ("context_size", "device_size", "device_bytes", "mark_size", "save_size", "lookup_size"):
            getattr(self.lib, f"lfm2rt_{name}").restype = ctypes.c_uint64
        for name in ("logits", "tokens", "lookup_create"):
            getattr(self.lib, f"lfm2rt_{name}").restype = ctypes.c_void_p
        self.error = ctypes.create_string_buffer(512)
        # Structures to be treated as opaque, with room to spare.
        self.model, self.weights = ctypes.create_string_buffer(256), ctypes.create_string_buffer(1024)
        program = ctypes.byref(ctypes.c_char.in_dll(self.lib, "model_program"))
        if device:
            size = self.lib.lfm2rt_device_size(program)
            self.device, place = aligned(size, 64)
            self.call("model_open_device", self.model, program, device.encode(), place, ctypes.c_uint64(size))
        else:
            self.call("model_open", self.model, program)
        self.call("weights_open_file", self.weights, self.model, os.fsencode(weights))
        self.vocabulary = self.lib.lfm2rt_model_vocabulary(self.model)
        self.hidden = self.lib.lfm2rt_model_hidden(self.model)

    def call(self, name, *arguments):
        assert getattr(self.lib, f"lfm2rt_{name}")(*arguments, self.error) == 0, self.error.raw[16:].split(b"\0")[0]

    def close(self):
        """Behind all contexts."""
        self.lib.lfm2rt_weights_close(self.weights)
        self.lib.lfm2rt_model_close(self.model)


class Drafter(ctypes.Structure):
    """lfm2rt_drafter, and lfm2rt_guide."""
    _fields_ = [("draft", ctypes.c_void_p), ("user", ctypes.c_void_p)]


class Sampling(ctypes.Structure):
    """The first fields of lfm2rt_sampling; the others off."""
    _fields_ = [("temperature", ctypes.c_float), ("others", ctypes.c_char * 252)]


class Context:
    def __init__(self, library, tokens=256, threads=1, turns=0, marks=0, drafts=0):
        self.library = library
        options = Options(tokens=tokens, threads=threads, turns=turns, marks=marks, drafts=drafts)
        size = library.lib.lfm2rt_context_size(library.model, ctypes.byref(options))
        self.memory, place = aligned(size, 4096)
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

    def eval(self, tokens):
        """Reads tokens; the logits of each, [tokens, vocabulary]."""
        tokens = numpy.ascontiguousarray(tokens, numpy.int32)
        logits = numpy.zeros((len(tokens), self.library.vocabulary), numpy.float32)
        self.library.call("eval", self.pointer, address(tokens), len(tokens), address(logits))
        return logits

    def is_cancelled(self, tokens):
        """Whether a call that reads tokens ends as it should when it is cancelled before it begins."""
        tokens = numpy.ascontiguousarray(tokens, numpy.int32)
        self.library.lib.lfm2rt_cancel(self.pointer)
        cancelled = 4  # LFM2RT_CANCELLED
        return self.library.lib.lfm2rt_eval(self.pointer, address(tokens), len(tokens), None,
                                            self.library.error) == cancelled

    def mark(self):
        mark = ctypes.create_string_buffer(self.library.lib.lfm2rt_mark_size(self.library.model))
        self.library.lib.lfm2rt_mark(self.pointer, mark)
        return mark

    def rewind(self, mark):
        self.library.call("rewind", self.pointer, mark)

    def save(self):
        saved = ctypes.create_string_buffer(self.library.lib.lfm2rt_save_size(self.pointer))
        self.library.lib.lfm2rt_save(self.pointer, saved)
        return saved

    def restore(self, saved):
        self.library.call("restore", self.pointer, saved, ctypes.c_uint64(len(saved)))

    def position(self):
        return self.library.lib.lfm2rt_position(self.pointer)

    def tokens(self):
        """Those that were read."""
        found = ctypes.cast(self.library.lib.lfm2rt_tokens(self.pointer), ctypes.POINTER(ctypes.c_int32))
        return numpy.ctypeslib.as_array(found, (self.position(),)).copy()

    def rewind_to(self, position):
        self.library.call("rewind_to", self.pointer, position)

    def read(self, tokens):
        """Makes these the tokens of the context; how many were kept."""
        tokens, kept = numpy.ascontiguousarray(tokens, numpy.int32), ctypes.c_uint32()
        self.library.call("read", self.pointer, address(tokens), len(tokens), ctypes.byref(kept))
        return kept.value

    def set_drafter(self, draft, user=None):
        """draft(tokens, count, guesses, room, user) returns how many it wrote."""
        ids = ctypes.POINTER(ctypes.c_int32)
        kind = ctypes.CFUNCTYPE(ctypes.c_uint32, ids, ctypes.c_uint32, ids, ctypes.c_uint32, ctypes.c_void_p)
        self.draft = kind(draft) if callable(draft) and user is None else draft
        drafter = Drafter(ctypes.cast(self.draft, ctypes.c_void_p), user)
        self.library.lib.lfm2rt_set_drafter(self.pointer, ctypes.byref(drafter))

    def look_up(self, tokens):
        """Drafts from the conversation, of up to so many tokens, from now on."""
        self.lookup, place = aligned(self.library.lib.lfm2rt_lookup_size(tokens), 8)
        self.set_drafter(self.library.lib.lfm2rt_lookup_draft, self.library.lib.lfm2rt_lookup_create(place, tokens))

    def draft_counts(self):
        """Steps that verified guesses, guesses, right ones."""
        counts = (ctypes.c_uint64 * 3)()
        self.library.lib.lfm2rt_draft_statistics(self.pointer, counts)
        return list(counts)

    def generate(self, prompt, most, flags=1):
        """Greedy; the ids. Flags: LFM2RT_IGNORE_STOP."""
        self.library.lib.lfm2rt_set_sampling(self.pointer, ctypes.byref(Sampling()))
        prompt, ids = numpy.ascontiguousarray(prompt, numpy.int32), []
        add = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int32, ctypes.c_void_p)(lambda token, _: ids.append(token) or 0)
        self.library.call("generate_tokens", self.pointer, address(prompt), len(prompt), most, flags, add, None)
        return ids

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
