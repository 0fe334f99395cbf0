"""Columns of a batch, as Ray Data hands them to actors: NumPy (a dict of arrays), pyarrow (a Table),
pandas (a DataFrame)."""

from typing import Any, Sequence

from ..errors import InvalidArgument


def column_names(batch: Any) -> list[str]:
    return list(batch.column_names if hasattr(batch, "column_names") else batch.keys())


def read_column(batch: Any, name: str) -> list[Any]:
    """The values of a column as Python has them: texts, dicts, lists."""
    if name not in column_names(batch):
        raise InvalidArgument(f"expected a column \"{name}\", found {', '.join(column_names(batch)) or 'none'}; "
                              "name it by column=")
    values = batch[name]
    return [plain(value) for value in (values.to_pylist() if hasattr(values, "to_pylist") else values)]


def plain(value: Any) -> Any:
    """Without NumPy's types, and without keys whose value is None: where one row of a file has a
    key, Ray gives all rows the key."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item is not None}
    if hasattr(value, "tolist"):  # An array, or a number of NumPy.
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def with_columns(batch: Any, columns: dict[str, Any]) -> Any:
    """The batch with more columns, of its own kind. A column of that name is replaced.

    columns: lists of texts (str) or numbers (int), or what vectors_of() makes.
    """
    if hasattr(batch, "column_names"):
        return _with_arrow_columns(batch, columns)
    if hasattr(batch, "assign"):
        return batch.assign(**{name: _for_pandas(values) for name, values in columns.items()})
    return {**batch, **{name: _for_numpy(values) for name, values in columns.items()}}


def vectors_of(vectors: Sequence[Any], width: int, is_for_tokens: bool) -> Any:
    """An array [rows, width] of a vector for each row, NaN where there is None; or, of a model with
    a vector for each token, an array of arrays [tokens, width], without tokens where there is None."""
    import numpy

    if not is_for_tokens:
        nothing = numpy.full(width, numpy.nan, numpy.float32)
        return numpy.array([nothing if vector is None else vector for vector in vectors],
                           numpy.float32).reshape(len(vectors), width)
    array = numpy.empty(len(vectors), object)
    for index, vector in enumerate(vectors):
        array[index] = numpy.empty((0, width), numpy.float32) if vector is None else vector
    return array


def _for_numpy(values: Any) -> Any:
    import numpy

    if not isinstance(values, list):
        return values
    return numpy.array(values, object if values and isinstance(values[0], str) else None)


def _for_pandas(values: Any) -> Any:
    return values if isinstance(values, list) else list(values)


def _with_arrow_columns(table: Any, columns: dict[str, Any]) -> Any:
    import pyarrow

    for name, values in columns.items():
        if isinstance(values, list):
            array = pyarrow.array(values)
        elif values.dtype == object:
            array = pyarrow.array([[list(vector) for vector in of_row] for of_row in values],
                                  pyarrow.list_(pyarrow.list_(pyarrow.float32())))
        else:
            array = pyarrow.FixedSizeListArray.from_arrays(values.ravel(), values.shape[1])
        place = table.schema.get_field_index(name)
        table = table.append_column(name, array) if place < 0 else table.set_column(place, name, array)
    return table
