"""Models in the cache of huggingface_hub, found without that package: its folders are
repository / snapshots / commit / file, where each file is a link to a blob that is
named after its checksum."""

import os

from .choose import PART, choose
from .files import read_json
from .model import Model
from .refusal import Refusal


def folder():
    """Where huggingface_hub keeps what it downloads, by its own variables."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    home = os.environ.get("HF_HOME") or os.path.join(cache, "huggingface")
    hub = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE") or os.path.join(home, "hub")
    return os.path.abspath(os.path.expanduser(hub))


def repository(repo):
    return os.path.join(folder(), "models--" + repo.replace("/", "--"))


def snapshot(repo, revision):
    """The folder of a revision; None where there is none."""
    base = repository(repo)
    try:
        with open(os.path.join(base, "refs", revision), encoding="utf-8") as file:
            commit = file.read(128).strip()
    except (OSError, UnicodeDecodeError):
        commit = revision
    found = os.path.join(base, "snapshots", commit)
    return found if "/" not in commit and os.path.isdir(found) else None


def listing(folder):
    """The files below a folder, as names relative to it; a link without its blob is
    left out."""
    names = []
    for base, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(base, name)
            if os.path.exists(path):
                names.append(os.path.relpath(path, folder))
    return names


def find(name):
    """The Model that a Name stands for, if all its files are here; else None. Where no
    revision was asked for, an older one than that of the last download will do: each
    has only the files that were wanted of it."""
    places = [snapshot(name.repo, name.revision)]
    if name.revision == "main":
        places += newest_first(os.path.join(repository(name.repo), "snapshots"))
    for place in filter(None, places):
        found = model_in(place, listing(place), name, "hub")
        if found:
            return found
    return None


def newest_first(folder):
    """The folders in a folder by the time of their last change."""
    try:
        return sorted((entry.path for entry in os.scandir(folder) if entry.is_dir()), key=os.path.getmtime, reverse=True)
    except OSError:
        return []


def model_in(folder, names, name, place):
    """The Model of a Name in a folder with the files of its repository."""
    try:
        files = choose(names, name.choice, name.repo)
    except Refusal:
        return None  # The hub may have it.
    paths = tuple(os.path.join(folder, file) for file in files)
    if not paths:
        return None
    if paths[0].endswith(".gguf"):
        return Model(name.word, paths[0], paths, place)
    return Model(name.word, folder, paths, place) if has_all_weights(folder) else None


def has_all_weights(folder):
    """Whether every shard that an index names is there, and a tokenizer."""
    index = os.path.join(folder, "model.safetensors.index.json")
    if not any(os.path.exists(os.path.join(folder, name)) for name in ("tokenizer.json", "vocab.json")):
        return False
    if not os.path.exists(index):
        return any(name.endswith(".safetensors") and not PART.search(name[:-len(".safetensors")])
                   for name in os.listdir(folder))
    try:
        shards = set(read_json(index)["weight_map"].values())
    except (KeyError, AttributeError, TypeError):
        return False
    return all(isinstance(name, str) and os.path.exists(os.path.join(folder, name)) for name in shards)
