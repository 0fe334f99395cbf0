"""Models that Ollama downloaded: a manifest per name, JSON, which says which blob the
weights are. A blob is named after its checksum."""

import os
import re

from .files import read_json
from .model import Model

WEIGHTS = "application/vnd.ollama.image.model"
NAME = re.compile(r"(?P<path>[\w.-]+(?:/[\w.-]+){0,2})(?::(?P<tag>[\w.-]+))?")


def folders():
    """Where its models are: its variable, the user's, the service's."""
    places = [os.environ.get("OLLAMA_MODELS"), os.path.expanduser("~/.ollama/models"),
              "/usr/share/ollama/.ollama/models"]
    return [place for place in places if place and os.path.isdir(os.path.join(place, "manifests"))]


def manifests(name):
    """The files that may be the manifest of a Name, below a folder of Ollama's."""
    if name.repo and name.repo in name.word:
        yield f"hf.co/{name.repo}/{name.choice or 'latest'}"
    found = NAME.fullmatch(name.word)
    if found:
        parts = found["path"].split("/")
        owner = ["registry.ollama.ai", "library"][:3 - len(parts)] if len(parts) < 3 else []
        yield "/".join([*owner, *parts, found["tag"] or "latest"])


def find(name):
    """The Model of a Name; None where Ollama has none."""
    for folder in folders():
        for manifest in manifests(name):
            path = os.path.join(folder, "manifests", manifest)
            weights = weights_of(path, folder)
            if weights:
                return Model(name.word, weights, (weights,), "Ollama")
    return None


def weights_of(manifest, folder):
    """The blob of the weights; None where the manifest or the blob is not there."""
    try:
        digests = [layer["digest"] for layer in read_json(manifest)["layers"] if layer["mediaType"] == WEIGHTS]
    except (KeyError, TypeError):
        return None
    if len(digests) != 1 or not re.fullmatch(r"sha256[:-][0-9a-f]{64}", str(digests[0])):
        return None
    blob = os.path.join(folder, "blobs", digests[0].replace(":", "-"))
    return blob if os.path.exists(blob) else None


def models():
    """A Model for each manifest with weights."""
    for folder in folders():
        root = os.path.join(folder, "manifests")
        for base, subfolders, files in os.walk(root):
            subfolders.sort()
            for tag in sorted(files):
                weights = weights_of(os.path.join(base, tag), folder)
                if weights:
                    parts = os.path.relpath(base, root).split("/")
                    for common in ("registry.ollama.ai", "library"):
                        parts = parts[1:] if parts[0] == common else parts
                    yield Model(f"{'/'.join(parts)}:{tag}", weights, (weights,), "Ollama")
