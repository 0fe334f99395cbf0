"""Damaged inputs of each kind, some dozens; test/mutations tries as many as one likes."""

import pytest

from mutations.kinds import KINDS
from mutations.trial import try_one

COUNT, PART = 60, 20


@pytest.fixture(scope="module")
def kinds(build):
    made = {}

    def get(name):
        if name not in made:
            made[name] = KINDS[name](build, build.path(f"mutations-{name}"))
        return made[name]
    return get


@pytest.mark.parametrize("first", range(1, COUNT, PART))
@pytest.mark.parametrize("name", sorted(KINDS))
def test_damaged_inputs_end_in_a_line(kinds, build, name, first):
    wrong = [try_one(kinds(name), seed, build.path(f"{name}-{seed}")) for seed in range(first, first + PART)]
    assert not any(wrong), "\n".join(line for line in wrong if line)
