"""What bidirectional models give, as transformers and sentence-transformers compute it in float32
(goldens/encoders/, made by make_encoder_goldens.py), against the reference executor."""

import pytest

from conftest import relative_error
from encoders import NAMES, TWINS, Golden, reference

EXACT = 1e-5


def compare(golden, found, bar):
    """Each output of the golden that `found` has, flat or in rows."""
    expected = {"hidden": (golden.hidden, golden.columns), "logits": (golden.logits, golden.logit_columns),
                "vectors": (golden.vectors, slice(None))}
    for output, values in found.items():
        rows, columns = expected[output]
        values = values.reshape(len(rows), -1)[:, columns]
        assert relative_error(values, rows) <= bar, output


def outputs_of(golden):
    return ["hidden", "logits" if golden.vectors is None else "vectors"]


@pytest.mark.parametrize("name", NAMES)
def test_reference_equals_transformers(build, name):
    golden = Golden(name)
    compare(golden, reference(build, name, golden.rows, *outputs_of(golden)), EXACT)


@pytest.mark.parametrize("name", sorted(TWINS))
def test_the_other_container_gives_the_same(build, name):
    golden = Golden(name)
    compare(golden, reference(build, TWINS[name], golden.rows, *outputs_of(golden)), EXACT)
