"""What arguments have to be."""

import os
from typing import Any

from .errors import InvalidArgument


def file_of(name: str, path: Any) -> bytes:
    if isinstance(path, (str, bytes, os.PathLike)) and b"\0" not in (encoded := os.fsencode(path)):
        return encoded
    raise InvalidArgument(f"expected the path of a file for \"{name}\", found {path!r:.60}")


def number_of(name: str, value: Any, least: int, most: int, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise InvalidArgument(f"expected a whole number of {least} ... {most} for \"{name}\", found {value!r:.60}")
