"""Many machines, by Ray: batches (LFM2Predictor for Ray Data), and the server (app for Ray Serve).

`pip install "ray[data,serve]"` on all machines; frontends/python/ray.md shows the use. Ray is
imported when a name is first used.
"""

import importlib

_PLACES = {"LFM2Predictor": ".predictor", "app": ".application", "build": ".application", "Settings": ".settings"}

__all__ = sorted(_PLACES)


def __getattr__(name):
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(place, __name__), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_PLACES})
