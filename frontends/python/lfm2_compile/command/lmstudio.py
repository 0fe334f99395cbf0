"""Models that LM Studio downloaded: OWNER/REPOSITORY/files below its folder."""

import os

from . import hub_cache


def folders():
    """Its folders of models, those that are there."""
    home = os.path.expanduser("~/.lmstudio")
    try:
        with open(os.path.expanduser("~/.lmstudio-home-pointer"), encoding="utf-8") as file:
            home = file.read(4096).strip() or home
    except (OSError, UnicodeDecodeError):
        pass
    places = (os.path.join(home, "models"), os.path.expanduser("~/.cache/lm-studio/models"))
    return [place for place in places if os.path.isdir(place)]


def find(name):
    """The Model of a Name; None where LM Studio has none."""
    if name.revision != "main":
        return None
    for place in folders():
        owner, _, repo = name.repo.partition("/")
        for owner in (owner, "lmstudio-community"):
            folder = os.path.join(place, owner, repo)
            if os.path.isdir(folder):
                found = hub_cache.model_in(folder, hub_cache.listing(folder), name, "LM Studio")
                if found:
                    return found
    return None


def repositories():
    """(OWNER/REPOSITORY, folder) of everything that is there."""
    for place in folders():
        for owner in sorted(os.listdir(place)):
            if os.path.isdir(os.path.join(place, owner)):
                for repo in sorted(os.listdir(os.path.join(place, owner))):
                    folder = os.path.join(place, owner, repo)
                    if os.path.isdir(folder):
                        yield f"{owner}/{repo}", folder
