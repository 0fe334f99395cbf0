"""Public names of a package, each looked up in its module when it is first used."""

import importlib


def look_up(package: dict[str, object], places: dict[str, str], name: str) -> object:
    """What __getattr__ of a package returns. package: its globals(); places: the module of each name."""
    place = places.get(name)
    if place is None:
        raise AttributeError(f"module {package['__name__']!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(place, str(package["__name__"])), name)
    package[name] = value  # Found at once from now on.
    return value
