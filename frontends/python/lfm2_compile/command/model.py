"""A model as it lies on this machine, and what tells it from every other one."""

import os
import re
from typing import NamedTuple

from .choose import PART
from .refusal import Refusal, reason

# A file that is named after the checksum of its bytes: of the hub (SHA-256, or Git's
# SHA-1 of a small file) and of Ollama.
BLOB = re.compile(r".*/blobs/(?:sha256-)?([0-9a-f]{64}|[0-9a-f]{40})")
READ = (".gguf", ".safetensors", ".json", ".jinja", ".txt", ".mlir")
MOST_ENTRIES = 20000  # Of folders, so that nobody waits for a look at a whole disk.


class Model(NamedTuple):
    name: str  # what a user may type for it
    path: str  # what the compiler is given
    files: tuple  # all files that decide what it is
    place: str  # "file", "hub", "Ollama", "LM Studio"

    def size(self):
        """Bytes of its files."""
        return sum(os.stat(file).st_size for file in self.files)

    def stamps(self):
        """A line for each file. Equal lines mean equal bytes: by checksum where the
        file's name is one, else by path, size, time and inode."""
        root = os.path.dirname(self.path) if os.path.isfile(self.path) else self.path
        return [stamp(file, "" if file == self.path else os.path.relpath(file, root)) for file in self.files]


def blob_of(file):
    """The blob that the file is or links to, which may link further; None of others."""
    for _ in range(8):
        if BLOB.fullmatch(file):
            return file
        if not os.path.islink(file):
            return None
        file = os.path.normpath(os.path.join(os.path.dirname(file), os.readlink(file)))
    return None


def checksum_of(file):
    """The checksum that the name of a file's blob promises; None of other files."""
    blob = blob_of(file)
    return blob and BLOB.fullmatch(blob)[1]


def stamp(file, name=""):
    checksum = checksum_of(file)
    if checksum:
        return f"{name} {checksum}"
    try:
        found = os.stat(file)
    except OSError as error:
        raise Refusal(f"cannot read {file}: {reason(error)}") from None
    return f"{os.path.realpath(file)} {found.st_size} {found.st_mtime_ns} {found.st_ino}"


def at_path(path):
    """The model at a path that is there, which the compiler will look at more closely."""
    path = os.path.abspath(os.path.expanduser(path))
    if os.path.isdir(path):
        return Model(path, path, tuple(files_below(path)), "file")
    return Model(path, path, tuple(parts_of(path)), "file")


def parts_of(path):
    """The file, and those beside it that are parts of the same GGUF model."""
    folder, name = os.path.split(path)
    stem = name[:-len(".gguf")]
    part = name.lower().endswith(".gguf") and PART.search(stem)
    if not part:
        return [path]
    names = [f"{PART.sub('', stem)}-{number:05}-of-{part[2]}.gguf" for number in range(1, min(int(part[2]), 999) + 1)]
    found = [os.path.join(folder, other) for other in names if os.path.exists(os.path.join(folder, other))]
    return [path, *(other for other in found if other != path)]


def files_below(folder, depth=0, seen=None):
    """What the compiler may read below a folder, as deep as it looks; sorted."""
    found, seen = [], [0] if seen is None else seen
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise Refusal(f"cannot read {folder}: {reason(error)}") from None
    seen[0] += len(entries)
    if seen[0] > MOST_ENTRIES:
        raise Refusal(f"more than {MOST_ENTRIES} files are in and around {folder}; give the folder of one model")
    for entry in entries:
        if entry.name.startswith(".") or entry.name == "blobs":
            continue
        if entry.is_dir():
            found += files_below(entry.path, depth + 1, seen) if depth < 4 else []
        elif entry.name.lower().endswith(READ) or entry.path.endswith("/refs/main"):
            found.append(entry.path)
    return found
