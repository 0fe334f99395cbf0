"""The words of a command line: options of the compiler, MODEL, and what is for others."""

from .refusal import Refusal

# lfm2-compile's options that take no value; every other one takes one, behind a "=" or
# as the next word.
FLAGS = ("allow-nonfinite", "verify-roundtrip", "list-cpus", "list-targets", "help", "help-hidden",
         "help-list", "help-list-hidden", "version")


def split(words):
    """(options of the compiler as --name=value, the words from MODEL on)."""
    options = []
    words = list(words)
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        name, equals, value = word.lstrip("-").partition("=")
        if name in FLAGS and not equals:
            options.append(f"--{name}")
            continue
        if not equals:
            if not words:
                raise Refusal(f"expected a value behind {word}, found the end of the command line", 2)
            value = words.pop(0)
        options.append(f"--{name}={value}")
    return options, words


def model_and_rest(words, command):
    """Like split(), with MODEL by itself."""
    options, words = split(words)
    if not words:
        raise Refusal(f"expected a MODEL; `lfm2 {command} --help` shows how, and `lfm2 list` which there are", 2)
    return options, words[0], words[1:]


def only_model(words, command):
    """The one word of a command that takes no more."""
    if len(words) != 1 or words[0].startswith("-"):
        found = "nothing" if not words else f"'{' '.join(words)}'"
        raise Refusal(f"expected one MODEL, found {found}; `lfm2 {command} --help` shows how", 2)
    return words[0]
