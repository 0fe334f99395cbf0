"""Calls of a model's library on a device. It runs in a process of its own: Vulkan's
loader takes drivers and layers from the environment.

    device_calls.py MODEL.so WEIGHTS pieces    steps of every size give the same bits
    device_calls.py MODEL.so WEIGHTS segments  the same far into a context, where threads divide
                                               the positions that one token attends to
    device_calls.py MODEL.so WEIGHTS states    what was saved, marked, cancelled or read again goes
                                               on with the same bits, after 64 tokens
    device_calls.py MODEL.so WEIGHTS guesses   a drafter changes no text
"""

import os
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from library import Context, Library  # noqa: E402
from programs import prompt  # noqa: E402


def read(library, tokens, piece):
    context = Context(library)
    logits = numpy.concatenate([context.eval(tokens[at:at + piece]) for at in range(0, len(tokens), piece)])
    context.close()
    return logits


def check_pieces(library):
    """A few tokens more than the longest step has."""
    tokens = prompt(library.lib.lfm2rt_model_chunk(library.model) + 22)
    whole = read(library, tokens, len(tokens))
    assert numpy.isfinite(whole).all() and whole.any()
    for piece in (1, 3, 8, 37):
        different = (read(library, tokens, piece) != whole).any(axis=1)
        assert not different.any(), f"read by {piece}: other logits of {numpy.flatnonzero(different).tolist()}"


def check_segments(library):
    tokens = prompt(1090)
    context = Context(library, tokens=len(tokens))
    context.eval(tokens[:1020])
    mark = context.mark()
    whole = context.eval(tokens[1020:])
    context.rewind(mark)
    for place, (token, expected) in enumerate(zip(tokens[1020:], whole), start=1020):
        assert (context.eval([token])[0] == expected).all(), f"other logits of token {place} by itself"
    context.close()


def make(context, logits, count):
    """The most likely tokens, each after the one before; and the last one's logits."""
    made = []
    for _ in range(count):
        made.append(int(logits.argmax()))
        logits = context.eval(made[-1:])[0]
    return made, logits


def check_states(library):
    context, other = Context(library, marks=4), Context(library, tokens=144)
    first = context.eval(prompt(40))[-1]
    mark = context.mark()
    made, last = make(context, first, 64)
    saved = context.save()
    expected = make(context, last, 3)

    def check(found, what):
        assert found[0] == expected[0] and (found[1] == expected[1]).all(), f"{what} goes on differently"

    other.restore(saved)
    check(make(other, last, 3), "what was restored")
    other.restore(saved)
    assert other.is_cancelled(prompt(20))
    other.restore(saved)
    check(make(other, last, 3), "what was restored behind a cancel")
    context.rewind(mark)
    again, last_again = make(context, first, 64)
    assert again == made
    check(make(context, last_again, 3), "what was rewound")
    for position in (100, 70, 41, 39, 5):
        tokens = prompt(40) + made + expected[0]
        context.rewind_to(position)
        assert context.read(tokens) == position
        assert (context.logits() == expected[1]).all(), f"what was read again from {position} on goes on differently"
    context.close()
    other.close()


def check_guesses(library):
    """Of one who knows the text, and errs at each fifth token."""
    plain, guessed = Context(library), Context(library, marks=4, drafts=7)
    text = plain.generate(prompt(40), 64)

    def draft(_, count, guesses, room, __):
        known = text[count - 40:][:room]
        for i, token in enumerate(known):
            guesses[i] = token + ((count + i) % 5 == 0)
        return len(known)
    guessed.set_drafter(draft)
    assert guessed.generate(prompt(40), 64) == text
    steps, _, right = guessed.draft_counts()
    assert 0 < steps < 40 and right > 30
    for context in (plain, guessed):
        context.close()


def main(path, weights, what):
    library = Library(path, weights, "gpu")
    {"pieces": check_pieces, "segments": check_segments, "states": check_states, "guesses": check_guesses}[what](library)
    library.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
