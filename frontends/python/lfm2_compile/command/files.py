"""JSON that others wrote."""

import json

MOST = 64 << 20  # Bytes; the index of a model in a thousand shards has one MiB.


def read_json(path):
    """The value in a file; None where there is none that can be read."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(MOST + 1)
        return json.loads(text) if len(text) <= MOST else None
    except (OSError, ValueError, RecursionError):
        return None
