"""Many machines, by Ray: batches (LFM2Predictor for Ray Data), and the server (app for Ray Serve).

`pip install "ray[data,serve]"` on all machines; frontends/python/ray.md shows the use. Ray is
imported when a name is first used.
"""

from ..lazy import look_up

_PLACES = {"LFM2Predictor": ".predictor", "app": ".application", "build": ".application", "Settings": ".settings"}

__all__ = sorted(_PLACES)


def __getattr__(name):
    return look_up(globals(), _PLACES, name)


def __dir__():
    return sorted({*globals(), *_PLACES})
