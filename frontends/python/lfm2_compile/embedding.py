"""Vectors of texts."""

from typing import Any, Sequence

from . import _engine
from .errors import InvalidArgument

# As lfm2rt/lfm2rt.h has them.
_NOT_NORMALIZED, _NORMALIZED, _IS_QUERY, _TRUNCATE = 16, 32, 64, 128


def embed(engine: _engine.Model, embedder: _engine.Embedder, texts: str | Sequence[str], prompt_name: str | None,
          normalize: bool | None, truncate: bool, is_for_tokens: bool) -> Any:
    """What Model.embed() returns."""
    import numpy

    is_one = isinstance(texts, str)
    listed = [texts] if isinstance(texts, str) else list(texts)
    for text in listed:
        if not isinstance(text, str):
            raise InvalidArgument(f"expected a text or a list of texts, found {text!r:.60}")
    if not listed:
        return [] if is_for_tokens else numpy.empty((0, engine.describe()["vector"]), numpy.float32)
    flags = (0 if normalize is None else _NORMALIZED if normalize else _NOT_NORMALIZED) | _TRUNCATE * truncate
    if prompt_name == "query":
        flags |= _IS_QUERY
    floats, rows = embedder.embed([engine.tokenize_for_vector(text, prompt_name) for text in listed], flags)
    vectors = numpy.asarray(floats)
    if not is_for_tokens:
        return vectors[0] if is_one else vectors
    ends = numpy.cumsum(rows)
    of_each = [vectors[end - count:end] for end, count in zip(ends, rows)]
    return of_each[0] if is_one else of_each
