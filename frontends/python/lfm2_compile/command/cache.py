"""Compiled models: $LFM2_CACHE, or lfm2/ in the user's cache.

An entry is a folder named after its key (stamps.py). It holds `model`, a program, or
`model.so`, a library, or both; `model.weights`, which both read; and `note.json`. A
folder is made beside, under a name with .tmp in it, and renamed when it is whole. Who
makes it holds a lock, which the compiler inherits: it is free when both have ended,
in whatever way."""

import fcntl
import os
import sys
import time

from .files import read_json
from .refusal import Refusal, reason
from .stamps import absolute, key_of

PROGRAMS = {"exe": "model", "shared": "model.so"}


def folder():
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.abspath(os.environ.get("LFM2_CACHE") or os.path.join(cache, "lfm2"))


def read_note(entry):
    """What is known of an entry; None where there is none or it is damaged."""
    note = read_json(os.path.join(entry, "note.json"))
    return note if isinstance(note, dict) and isinstance(note.get("sizes"), dict) else None


def has(entry, note, program):
    """Whether the program is there with its weights, in the sizes that they were made."""
    if not note or program not in note["sizes"]:
        return False
    try:
        return all(os.stat(os.path.join(entry, name)).st_size == note["sizes"].get(name)
                   for name in (program, "model.weights"))
    except OSError:
        return False


def prepare(model, options, emit):
    """(path of the program, note), compiled unless it is there."""
    options = absolute(options)
    key = key_of(model, options)
    entry, program = os.path.join(folder(), key), PROGRAMS[emit]
    note = read_note(entry)
    if not has(entry, note, program):
        with Lock(key) as lock:
            note = read_note(entry)
            if not has(entry, note, program):
                from . import build
                build.clear_left_over(folder(), key)
                note = build.add(entry, model, options, emit, lock)
    used(entry)
    return os.path.join(entry, program), note


def used(entry):
    """The time of the folder is when its program was last asked for."""
    try:
        os.utime(entry)
    except OSError:
        pass  # A cache that may only be read still gives programs.


class Lock:
    """Held by one process, and by the children that inherit its file."""

    def __init__(self, key, wait=True):
        self.path = os.path.join(folder(), f"{key}.lock")
        self.wait = wait
        self.file = None

    def take(self):
        """Whether it is held now; without `wait` it may not be."""
        said = False
        while True:
            try:
                os.makedirs(folder(), exist_ok=True)
                file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            except OSError as error:
                raise cannot_write(error) from None
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not self.wait:
                    os.close(file)
                    return False
                if not said:
                    print("lfm2: another lfm2 is compiling this model; waiting for it", file=sys.stderr, flush=True)
                    said = True
                fcntl.flock(file, fcntl.LOCK_EX)
            # Who held it may have removed the file, so that others lock a new one.
            try:
                if os.stat(self.path).st_ino == os.fstat(file).st_ino:
                    self.file = file
                    return True
            except FileNotFoundError:
                pass
            os.close(file)

    def release(self):
        if self.file is not None:
            try:
                os.unlink(self.path)
            except OSError:
                pass
            os.close(self.file)
            self.file = None

    def __enter__(self):
        self.take()
        return self.file

    def __exit__(self, *_):
        self.release()


def cannot_write(error):
    return Refusal(f"cannot write to the cache {folder()}: {reason(error)}; make room or make it writable, "
                   "or name another folder by LFM2_CACHE")


def entries():
    """(folder, note, bytes, seconds since it was used) of each entry, latest first."""
    found = []
    try:
        names = os.listdir(folder())
    except OSError:
        names = []
    for name in names:
        entry = os.path.join(folder(), name)
        note = read_note(entry)
        if note:
            size = sum(os.stat(os.path.join(entry, file)).st_size for file in os.listdir(entry))
            found.append((entry, note, size, time.time() - os.stat(entry).st_mtime))
    return sorted(found, key=lambda one: one[3])
