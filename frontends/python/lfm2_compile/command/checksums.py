"""Whether files are what their names promise: blobs of the hub and of Ollama are
named after a checksum of their bytes."""

import os
import sys

from .human import bytes_as_text
from .model import checksum_of
from .refusal import Refusal, reason


class Damaged(Refusal):
    """Other bytes than those that the checksum is of."""


LONG = 10 ** 9  # Bytes that take more than half a second.
checked = set()  # In this process: a download is checked once.


def check(files):
    """Raises Refusal for a file whose bytes are others than those of its checksum."""
    size = sum(os.stat(file).st_size for file in files if checksum_of(file) and os.path.realpath(file) not in checked)
    if size > LONG:
        print(f"lfm2: comparing the checksum of {bytes_as_text(size)}", file=sys.stderr, flush=True)
    for file in files:
        path, wanted = os.path.realpath(file), checksum_of(file)
        if wanted and path not in checked:
            found = compute(path, len(wanted) == 40)
            if found != wanted:
                raise Damaged(f"{file} is damaged: its checksum should be {wanted} and is {found}; "
                              f"delete {path} and get the model again")
            checked.add(path)


def compute(path, as_git):
    """SHA-256, or SHA-1 as Git computes it, in hexadecimal digits."""
    import hashlib
    try:
        with open(path, "rb", buffering=0) as file:
            if not as_git:
                return hashlib.file_digest(file, "sha256").hexdigest()
            return hashlib.sha1(b"blob %d\0" % os.fstat(file.fileno()).st_size + file.read()).hexdigest()
    except OSError as error:
        raise Refusal(f"cannot read {path}: {reason(error)}") from None
