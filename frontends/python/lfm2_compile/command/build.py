"""Compiles a model into the cache."""

import json
import os
import shutil
import subprocess
import sys
import time

from . import cache, checksums, stamps, tools
from .human import bytes_as_text
from .info import info_of
from .refusal import Refusal


def clear_left_over(folder, key):
    """Removes what killed runs left: of this key, whose lock is held, and of others
    that nobody holds."""
    for name in os.listdir(folder):
        other, mark, _ = name.partition(".tmp")
        if not mark:
            continue
        lock = cache.Lock(other, wait=False) if other != key else None
        if lock is None or lock.take():
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
            if lock:
                lock.release()


def add(entry, model, options, emit, lock):
    """Compiles and adds a program to an entry, which may have the other one already.
    Returns its note. Whatever fails, nothing is left."""
    made = f"{entry}.tmp{os.getpid()}"
    try:
        checksums.check(model.files)
        check_room(model, options)
        print(f"lfm2: compiling {model.name} for this machine", file=sys.stderr, flush=True)
        try:
            os.mkdir(made)
            compile_into(made, model, options, emit, lock)
            if stamps.key_of(model, options) != os.path.basename(entry):
                raise Refusal(f"{model.path}, a file of an option or the compiler changed while {model.name} was "
                              "compiled; try again when they stay")
            return move(made, entry, model, options, emit)
        except OSError as error:
            raise cache.cannot_write(error) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def check_room(model, options):
    """Raises Refusal where the weights cannot fit, as far as that is known before."""
    free = shutil.disk_usage(cache.folder()).free
    # The compiler packs weights in the formats that they have, unless it is told others.
    if not any(option.startswith("--quantize=") for option in options) and free < model.size() * 0.9:
        raise Refusal(f"cannot compile {model.name} into {cache.folder()}: about {bytes_as_text(model.size())} are "
                      f"needed and {bytes_as_text(free)} are free; make room, by `lfm2 rm` of others, or name another "
                      "folder by LFM2_CACHE")


def compile_into(made, model, options, emit, lock):
    command = [tools.find("lfm2-compile"), model.path, "-o", "model", f"--emit={emit}", "--weights=file", *options]
    child = subprocess.Popen(command, cwd=made, stdin=subprocess.DEVNULL, stdout=sys.stderr, pass_fds=(lock,))
    try:
        status = child.wait()
    except BaseException:
        child.kill()
        child.wait()
        raise
    if status < 0:
        raise Refusal(f"lfm2-compile was ended by signal {-status} while it compiled {model.name}"
                      + ("; maybe memory ran out" if status == -9 else ""))
    if status:
        raise Refusal("", 2 if status == 2 else 1)  # The compiler has said why.


def move(made, entry, model, options, emit):
    """Puts what was compiled in its place; the note goes first out, last in."""
    program = cache.PROGRAMS[emit]
    old = cache.read_note(entry)
    other = next((name for name in cache.PROGRAMS.values() if name != program), None)
    keep = cache.has(entry, old, other) and same_weights(made, entry)
    names = [program] if keep else [program, "model.weights"]
    note = {"name": model.name, "path": model.path, "place": model.place, "stamps": model.stamps(),
            "options": options, "compiler": stamps.compiler(), "made": int(time.time()),
            "sizes": dict(old["sizes"]) if keep else {}}
    note["sizes"].update({name: os.stat(os.path.join(made, name)).st_size for name in names})
    note.update(facts(os.path.join(made, program)) if emit == "exe" else
                {name: old[name] for name in ("chat", "vectors") if keep and name in old})
    with open(os.path.join(made, "note.json"), "w", encoding="utf-8") as file:
        json.dump(note, file, indent=1)
    if not keep:
        if os.path.isdir(entry):
            shutil.rmtree(entry)
        for name in os.listdir(made):
            if name not in (*names, "note.json"):
                os.unlink(os.path.join(made, name))
        os.rename(made, entry)
        return note
    for name in (*names, "note.json"):
        os.rename(os.path.join(made, name), os.path.join(entry, name))
    return note


def same_weights(made, entry):
    """Whether the archive of an entry is that of a new program, too: an archive ends
    with the identity that ties it to its programs."""
    ends = []
    for folder in (made, entry):
        with open(os.path.join(folder, "model.weights"), "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 4096))
            ends.append((size, file.read()))
    return ends[0] == ends[1]


def facts(program):
    """What a program says of itself that decides how it is asked: whether it chats,
    whether it gives vectors. Nothing where it cannot run here."""
    info = info_of(program)
    if info is None:
        return {}
    chat = info.get("chat") or {}
    return {"chat": chat.get("derived_from") != "none", "vectors": not info.get("causal", True)}
