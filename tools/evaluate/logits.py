"""Files of log probabilities, as llama-perplexity writes them (--save-all-logits) and
reads them (--kl-divergence-base): two bytes an entry.

  "_logits_", u32 n: tokens of a window, u32 vocabulary, u32 windows, i32 tokens [windows, n]
  for each token that counts: f32 scale, f32 least, u16 q [vocabulary, made even];
  the log probability is scale * q + least

Little endian. What is 16 nats below the most likely token is as good as that.
"""

import os
import struct

import numpy

from bench import Failure, WrongUse
from evaluate.windows import Windows

MAGIC = b"_logits_"
RANGE = 16  # Nats.


def is_logits_file(path):
    try:
        with open(path, "rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def entry_bytes(vocabulary):
    return 8 + 2 * (vocabulary + vocabulary % 2)


class Reader:
    """A file as a reference."""

    def __init__(self, path):
        self.path = self.shown = path
        try:
            self.file = open(path, "rb")
            size = os.fstat(self.file.fileno()).st_size
            header = self.file.read(20)[len(MAGIC):]
        except OSError as error:
            raise WrongUse(f"expected to read '{path}', found: {error.strerror}") from None
        length, self.vocabulary, count = struct.unpack("<3I", header) if len(header) == 12 else (0, 0, 0)
        if length < 4 or not self.vocabulary or not count:
            raise WrongUse(f"expected '{path}' to say how long its windows are, how many there are and of which "
                           "vocabulary, found no such numbers; write it anew with --save-logits")
        needed = 20 + count * (4 * length + (length - 1 - length // 2) * entry_bytes(self.vocabulary))
        if size < needed:
            raise WrongUse(f"expected {needed} bytes in '{path}' ({count} windows of {length} tokens, a vocabulary of "
                           f"{self.vocabulary}), found {size}; write it anew with --save-logits")
        tokens = numpy.frombuffer(self.file.read(4 * count * length), dtype="<i4").tolist()
        self.windows = Windows(tokens, length, [])
        self.weights_bytes = None

    def log_probabilities(self, number):
        """Arrays float32 [some, vocabulary] of the positions that count in a window."""
        size = entry_bytes(self.vocabulary)
        at = 20 + 4 * len(self.windows.tokens) + number * self.windows.scored * size
        self.file.seek(at)
        for _ in range(self.windows.scored):
            data = self.file.read(size)
            if len(data) < size:
                raise Failure(f"expected {size} bytes of log probabilities in '{self.path}', found {len(data)}")
            scale, least = numpy.frombuffer(data, dtype="<f4", count=2)
            entries = numpy.frombuffer(data, dtype="<u2", offset=8, count=self.vocabulary)
            yield (entries * scale + least)[None]


class Writer:
    """The file is there when it is whole."""

    def __init__(self, path, windows, vocabulary):
        self.path, self.beside = path, f"{path}.{os.getpid()}"
        self.vocabulary = vocabulary
        try:
            self.file = open(self.beside, "wb")
        except OSError as error:
            raise WrongUse(f"expected to write '{path}', found: {error.strerror}") from None
        used = windows.tokens[:windows.count * windows.length]
        self.write(MAGIC + numpy.array([windows.length, vocabulary, windows.count], dtype="<u4").tobytes() +
                   numpy.array(used, dtype="<i4").tobytes())

    def write(self, data):
        try:
            self.file.write(data)
        except OSError as error:
            raise Failure(f"expected to write '{self.path}', found: {error.strerror}") from None

    def add(self, rows):
        """Log probabilities, float32 [some, vocabulary]."""
        for row in rows:
            most = row.max()
            least = max(row.min(), most - numpy.float32(RANGE))
            scale = numpy.float32((most - least) / 65535)
            entries = numpy.zeros(self.vocabulary + self.vocabulary % 2, dtype="<u2")
            if scale > 0:
                entries[:self.vocabulary] = numpy.rint(numpy.maximum(row - least, 0) / scale)
            self.write(numpy.array([scale, least], dtype="<f4").tobytes() + entries.tobytes())

    def finish(self):
        try:
            self.file.close()
            os.replace(self.beside, self.path)
        except OSError as error:
            raise Failure(f"expected to write '{self.path}', found: {error.strerror}") from None

    def abandon(self):
        self.file.close()
        if os.path.exists(self.beside):
            os.remove(self.beside)
