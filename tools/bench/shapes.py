"""What is measured: KIND COUNT [@DEPTH] [/tTHREADS].

pp     prompt reading, tokens/s
tg     generation, tokens/s
ttft   milliseconds from the start of the process to the first token
verify our time for COUNT tokens at once over that for one; no peer
"""

import re
from dataclasses import asdict, dataclass

from bench import WrongUse

KINDS = ("pp", "tg", "ttft", "verify")
DEFAULT = "pp512,pp4096,tg128,tg128@4096,tg128@16384,ttft512,verify8"
# Shapes that fill a context beyond these get a half, a quarter of the rounds.
LONG, LONGEST = 2048, 8192


@dataclass(frozen=True)
class Shape:
    kind: str
    count: int  # Tokens that are timed.
    depth: int = 0  # Tokens already in the context.
    threads: int = 0

    @property
    def name(self):
        return f"{self.kind}{self.count}" + (f"@{self.depth}" if self.depth else "")

    @property
    def is_long(self):
        return self.depth + self.count > LONG

    @property
    def context(self):
        """Room the compiled program needs."""
        return self.depth + max(self.count, 16) + 16

    @property
    def lower_is_better(self):
        return self.kind in ("ttft", "verify")

    @property
    def has_peer(self):
        return self.kind != "verify"

    @property
    def unit(self):
        return {"ttft": "ms", "verify": "x"}.get(self.kind, "tok/s")

    def rounds(self, repeat):
        tokens = self.depth + self.count
        return max(1, repeat // (4 if tokens > LONGEST else 2 if tokens > LONG else 1))

    def as_json(self):
        return {**asdict(self), "name": self.name, "unit": self.unit}


def parse(text, threads, deep_gen):
    """The shapes of a comma-separated list, each for each number of threads that
    it does not name itself. At a depth, at most `deep_gen` tokens are generated."""
    found = []
    for word in filter(None, text.split(",")):
        match = re.fullmatch(r"([a-z]+)(\d{1,7})(?:@(\d{1,7}))?(?:/t(\d{1,3}))?", word)
        if not match or match[1] not in KINDS or int(match[2]) < 1 or match[4] in ("0", "00", "000") \
                or (match[1] == "ttft" and match[3]):
            raise WrongUse(f"expected shapes such as {DEFAULT} or tg128/t1, found '{word}'; "
                           "ttft takes no depth")
        kind, count, depth = match[1], int(match[2]), int(match[3] or 0)
        if kind == "tg" and depth:
            count = min(count, deep_gen)
        for number in [int(match[4])] if match[4] else threads:
            shape = Shape(kind, count, depth, number)
            if shape not in found:
                found.append(shape)
    if not found:
        raise WrongUse(f"expected shapes such as {DEFAULT}, found none")
    return found
