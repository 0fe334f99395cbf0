"""rm: deletes what was compiled of a model, and its download if asked."""

import os
import shutil
import sys

from . import cache, inventory, words
from .find import find_here
from .human import bytes_as_text
from .model import blob_of
from .refusal import Refusal, reason


def remove(arguments):
    """lfm2 rm MODEL [--weights [--yes]] | --outdated"""
    if arguments == ["--outdated"]:
        return report(delete([entry for entry in cache.entries() if inventory.is_outdated(entry[1])]))
    with_weights, yes = "--weights" in arguments, "--yes" in arguments
    word = words.only_model([one for one in arguments if one not in ("--weights", "--yes")], "rm")
    entries = cache.entries()
    # What was compiled of a file that is gone is still found by its name.
    path = os.path.abspath(os.path.expanduser(word))
    named = [entry for entry in entries if entry[1].get("name") == word or entry[1].get("path") == path]
    try:
        model, _ = find_here(word)
    except Refusal:
        if not named:
            raise
        model = None
    mine = [*named, *(entry for entry in inventory.compiled_of(model, entries) if entry not in named)] if model \
        else named
    if not model and not mine:
        raise Refusal(f"{word} is not on this machine, and nothing is compiled of it; `lfm2 list` shows what there is")
    if with_weights and model and model.place != "hub":
        raise Refusal(f"{model.path} is no download of `lfm2`, so --weights leaves it alone; delete it "
                      f"{'there' if model.place == 'file' else 'in ' + model.place}")
    if with_weights and model and not yes:
        ask(model)
    freed = delete(mine)
    if with_weights and model:
        freed += forget(model)
    return report(freed)


def ask(model):
    if sys.stdin is None or not sys.stdin.isatty():
        raise Refusal("deleting a download needs a yes, and nobody can be asked here; add --yes", 2)
    print(f"delete {model.path} ({bytes_as_text(model.size())})? [y/N] ", end="", flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refusal("nothing was deleted")


def report(freed):
    print(f"{bytes_as_text(freed)} deleted")
    return 0


def delete(entries):
    """Deletes entries of the cache; returns their bytes. Programs that run go on."""
    freed = 0
    for entry, _, size, _ in entries:
        lock = cache.Lock(os.path.basename(entry), wait=False)
        if not lock.take():
            raise Refusal(f"{entry} is being compiled by another lfm2; try again when it is done")
        try:
            # Renamed first: what a killed process leaves is cleared by the next one.
            gone = f"{entry}.tmp{os.getpid()}"
            os.rename(entry, gone)
            shutil.rmtree(gone)
            freed += size
        except OSError as error:
            raise Refusal(f"cannot delete {entry}: {reason(error)}") from None
        finally:
            lock.release()
    return freed


def forget(model):
    """Deletes the files of a model from the hub's cache, each with its blob and the
    links of other revisions to it, and the repository if nothing is left of it."""
    base = model.path
    while os.path.basename(base) and not os.path.basename(base).startswith("models--"):
        base = os.path.dirname(base)
    blobs = {blob_of(file) or os.path.realpath(file) for file in model.files}
    freed = sum(os.stat(blob).st_size for blob in blobs)
    snapshots = os.path.join(base, "snapshots")
    try:
        for folder, _, names in os.walk(snapshots, topdown=False):
            for name in names:
                path = os.path.join(folder, name)
                if (blob_of(path) or os.path.realpath(path)) in blobs:
                    os.unlink(path)
            if folder != snapshots and not os.listdir(folder):
                os.rmdir(folder)
        for blob in blobs:
            if os.path.lexists(blob):
                os.unlink(blob)
        if not os.listdir(snapshots):
            shutil.rmtree(base)
    except OSError as error:
        raise Refusal(f"cannot delete {model.path}: {reason(error)}") from None
    return freed
