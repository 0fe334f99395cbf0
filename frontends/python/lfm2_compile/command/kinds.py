"""Whether files that others downloaded are models of this family, by a look at their
first bytes; the compiler looks closer."""

import json
import os
import re

# In a GGUF file: the key, the type of a string (8), its length, and the string.
ARCHITECTURE = re.compile(rb"general\.architecture\x08\0\0\0(.)\0{7}(\w+)", re.DOTALL)


def is_ours(path):
    """`path` is a GGUF file or a folder."""
    try:
        if os.path.isdir(path):
            with open(os.path.join(path, "config.json"), encoding="utf-8") as file:
                kind = json.load(file).get("model_type", "")
        else:
            with open(path, "rb") as file:
                found = ARCHITECTURE.search(file.read(65536))
            kind = found[2][:found[1][0]].decode() if found else ""
    except (OSError, ValueError, AttributeError):
        return False
    return isinstance(kind, str) and kind.lower().startswith("lfm2")
