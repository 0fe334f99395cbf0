"""From the word MODEL to a model on this machine: a path, the hub's cache, LM Studio's
folders, Ollama's; what none of them has is downloaded."""

import os

from . import hub_cache, lmstudio, names, ollama
from .model import at_path
from .refusal import Refusal, reason


def find_here(word):
    """(Model or None, Name or None), without the network."""
    if os.path.exists(os.path.expanduser(word)):
        return at_path(word), None
    if names.is_path(word):
        try:
            os.stat(os.path.expanduser(word))
        except OSError as error:
            raise Refusal(f"cannot read {word}: {reason(error)}; expected a GGUF file, a folder with "
                          "safetensors, OWNER/REPOSITORY[:FORMAT] or a short name as lfm2:350m") from None
    name = names.parse(word)
    found = name.repo and (hub_cache.find(name) or lmstudio.find(name)) or ollama.find(name)
    return found or None, name


def find(word):
    """The Model, downloaded if it has to be."""
    model, name = find_here(word)
    if model:
        return model
    if not name.repo:
        raise names.unknown(word)
    from . import hub
    return hub.download(name)
