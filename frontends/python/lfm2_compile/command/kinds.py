"""Whether files that others downloaded are models of this family, by a look at their
first bytes; the compiler looks closer."""

import os
import re

from .files import read_json

# In a GGUF file: the key, the type of a string (8), its length, and the string.
ARCHITECTURE = re.compile(rb"general\.architecture\x08\0\0\0(.)\0{7}(\w+)", re.DOTALL)


def is_ours(path):
    """`path` is a GGUF file or a folder."""
    if os.path.isdir(path):
        config = read_json(os.path.join(path, "config.json"))
        kind = config.get("model_type") if isinstance(config, dict) else None
    else:
        try:
            with open(path, "rb") as file:
                found = ARCHITECTURE.search(file.read(65536))
        except OSError:
            return False
        kind = found and found[2][:found[1][0]].decode("ascii", "replace")
    return isinstance(kind, str) and kind.lower().startswith("lfm2")
