"""The pieces of a text that are read, and which of their tokens count: as
llama-perplexity has it.

A text is cut into windows of n tokens, without overlap; what is left is not read.
Each window is read alone, with the token of a start in place of its first token
where the tokenizer adds one. The tokens from n / 2 + 1 on count: each of them has at
least n / 2 in front of it.
"""

from bench import WrongUse


class Windows:
    def __init__(self, tokens, length, start):
        self.tokens = tokens
        self.length = length
        self.start = start  # The ids of a start; empty where there is none.
        self.first = length // 2  # The first position whose logits count.
        self.count = len(tokens) // length

    @property
    def scored(self):
        """Tokens that count, of one window."""
        return self.length - 1 - self.first

    def read(self, number):
        tokens = self.tokens[number * self.length:(number + 1) * self.length]
        return [*self.start, *tokens[len(self.start):]]

    def targets(self, number):
        at = number * self.length
        return self.tokens[at + self.first + 1:at + self.length]


def cut(path, program, length, most):
    """The windows of the text in a file."""
    tokens = program.ids(path)
    if len(tokens) <= len(program.start):
        raise WrongUse(f"expected a text in '{path}', found none; give a file with some thousand words")
    if len(tokens) < 2 * length:
        raise WrongUse(f"expected at least two windows of {length} tokens in '{path}', found {len(tokens)} tokens; "
                       f"give a longer text or --context={max(4, len(tokens) // 2)} or less")
    windows = Windows(tokens, length, program.start)
    windows.count = min(windows.count, most or windows.count)
    return windows
