"""All models on this machine, and what was compiled of each."""

import os

from . import cache, hub_cache, kinds, lmstudio, ollama, stamps
from .choose import choose, format_of, gguf_models
from .model import Model, at_path
from .refusal import Refusal


def models():
    """A Model for each one that the hub's cache, LM Studio and Ollama have."""
    found = []
    for place, repositories in (("hub", hub_repositories()), ("LM Studio", lmstudio.repositories())):
        for repo, folder in repositories:
            found += models_of(repo, folder, place)
    return [model for model in [*found, *ollama.models()] if kinds.is_ours(model.path)]


def hub_repositories():
    try:
        names = sorted(os.listdir(hub_cache.folder()))
    except OSError:
        return
    for name in names:
        if name.startswith("models--"):
            repo, seen = name[len("models--"):].replace("--", "/", 1), set()
            # A revision that has no name is its commit.
            for revision in ["main", *listed(name, "refs"), *listed(name, "snapshots")]:
                folder = hub_cache.snapshot(repo, revision)
                if folder and folder not in seen:
                    seen.add(folder)
                    yield repo + f"@{revision}" * (revision != "main"), folder


def listed(name, part):
    try:
        return sorted(os.listdir(os.path.join(hub_cache.folder(), name, part)))
    except OSError:
        return []


def models_of(repo, folder, place):
    """The models in a folder with the files of a repository."""
    names = hub_cache.listing(folder)
    ggufs = gguf_models(names)
    for parts in ggufs:
        paths = tuple(os.path.join(folder, part) for part in parts)
        yield Model(f"{repo}:{format_of(parts[0])}", paths[0], paths, place)
    if not ggufs and hub_cache.has_all_weights(folder):
        try:
            files = choose(names, "", repo)
        except Refusal:
            files = []
        if files:
            yield Model(repo, folder, tuple(os.path.join(folder, file) for file in files), place)


def compiled_of(model, entries):
    """Those entries of the cache that were made of this model."""
    lines = model.stamps()
    return [entry for entry in entries if entry[1].get("stamps") == lines]


def everything():
    """(Model, entries of it) of all; a file that was compiled is one, too, and one that
    is gone stands as a Model without files."""
    left = cache.entries()
    rows = []
    for model in models():
        mine = compiled_of(model, left)
        rows.append((model, mine))
    taken = {entry[0] for _, mine in rows for entry in mine}
    left = [entry for entry in left if entry[0] not in taken]
    while left:
        note = left[0][1]
        mine = [entry for entry in left if entry[1].get("stamps") == note.get("stamps")]
        rows.append((model_of_note(note), mine))
        left = [entry for entry in left if entry not in mine]
    return rows


def model_of_note(note):
    """The Model that an entry was made of; without files where it is gone or changed."""
    name, path = str(note.get("name")), str(note.get("path"))
    try:
        model = at_path(path) if os.path.exists(path) else None
        if model and model.stamps() == note.get("stamps"):
            return model._replace(name=name)
    except Refusal:
        pass
    return Model(name, path, (), "gone")


def is_outdated(note):
    """Whether another compiler than today's made it."""
    try:
        return note.get("compiler") != stamps.compiler()
    except Refusal:
        return False
