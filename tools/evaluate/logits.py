"""Files of log probabilities, as llama-perplexity writes them (--save-all-logits) and
reads them (--kl-divergence-base): two bytes an entry.

  "_logits_", u32 n: tokens of a window, u32 vocabulary, u32 windows, i32 tokens [windows, n]
  for each token that counts: f32 scale, f32 least, u16 q [vocabulary, made even];
  the log probability is scale * q + least

Little endian. What is 16 nats below the most likely token is as good as that.
"""

import math
import os
import struct

import numpy

from bench import Failure, WrongUse, files
from evaluate.windows import Windows

MAGIC = b"_logits_"
RANGE = 16  # Nats.
TOLERANCE = 0.1  # Nats; of rounding.


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
        self.check(count)

    def check(self, count):
        """What a file of this layout may still have wrong, before anything is run."""
        wrong = next((id for id in self.windows.tokens if not 0 <= id < self.vocabulary), None)
        if wrong is not None:
            raise WrongUse(f"expected ids from 0 to {self.vocabulary - 1} in '{self.path}', found {wrong}; "
                           "write it anew with --save-logits")
        # The most likely token has one of the vocabulary's parts at least, and the least likely is near it.
        lowest = -RANGE - math.log(self.vocabulary) - TOLERANCE
        size = entry_bytes(self.vocabulary)
        for entry in range(count * self.windows.scored):
            data = os.pread(self.file.fileno(), 8, 20 + 4 * len(self.windows.tokens) + entry * size)
            scale, least = struct.unpack("<2f", data) if len(data) == 8 else (math.nan, math.nan)
            if not (scale >= 0 and lowest <= least <= 65535 * scale + least <= TOLERANCE):
                raise WrongUse(f"expected log probabilities from {lowest:.1f} to 0 in '{self.path}', found "
                               f"{least:.6g} to {65535 * scale + least:.6g} in window "
                               f"{entry // self.windows.scored + 1}; write it anew with --save-logits")

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


class Writer(files.Output):
    """The file is there when it is whole: see Output."""

    def __init__(self, path, windows, vocabulary):
        super().__init__(path)
        self.vocabulary = vocabulary
        used = windows.tokens[:windows.count * windows.length]
        try:
            self.write(MAGIC + numpy.array([windows.length, vocabulary, windows.count], dtype="<u4").tobytes() +
                       numpy.array(used, dtype="<i4").tobytes())
        except BaseException:
            self.__exit__()
            raise

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
