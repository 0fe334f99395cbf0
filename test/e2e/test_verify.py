"""OUT --verify: every byte of what was packed is compared with its hash."""

import os
import random
import re
import shutil

import pytest

from conftest import run
from refusal import refused

FOOTER = 144
UNUSED = 8  # Of the footer, at its end.


@pytest.fixture(scope="module")
def program(build, wordnet):
    return build.compile(wordnet)


def place_of_archive(path):
    """Offset and bytes of the archive, of its weights, in its file."""
    with open(path, "rb") as file:
        footer = file.read()[-FOOTER:]
    return [int.from_bytes(footer[at:at + 8], "little") for at in (32, 40, 48)]


def flip(path, at, bit=1):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ bit]))


def test_whole(program):
    done = run([program, "--verify"])
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"verified (\d+) bytes in \d+\.\d\d s\n", done.stdout)[1] == str(os.path.getsize(program))


def test_damage_is_named_by_its_place(program, tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copy(program, damaged)
    start, _, weights = place_of_archive(damaged)
    middle = weights // 2
    flip(damaged, start + middle)
    piece = middle >> 20
    last = min((piece + 1) << 20, weights) - 1
    refused([damaged, "--verify"],
            [f"bytes {piece << 20} ... {last} of the weights are damaged; copy the file again"], status=1)
    # Opening is free: what it does not read is not noticed.
    assert run([damaged, "--info"]).returncode == 0
    # As the file of another program's weights: then what stands in front is checked as well.
    shutil.copy(program, damaged)
    flip(damaged, start - 1)
    refused([program, "--weights", damaged, "--verify"], [f"bytes 0 ... {start - 1} of the program are damaged"],
            status=1)


def test_every_byte_of_the_archive_is_covered(program, tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copy(program, damaged)
    start, bytes_, _ = place_of_archive(damaged)
    seeded = random.Random(13)
    for _ in range(60):
        at, bit = start + seeded.randrange(bytes_ + FOOTER - UNUSED), 1 << seeded.randrange(8)
        flip(damaged, at, bit)
        refused([program, "--weights", damaged, "--verify"], [], status=1)
        flip(damaged, at, bit)
    assert run([damaged, "--verify"]).returncode == 0


def test_beside(build, wordnet, tmp_path):
    done = run([build.tool("lfm2-compile"), wordnet, "-o", tmp_path / "model", "--weights=file"])
    assert done.returncode == 0, done.stderr
    done = run([tmp_path / "model", "--verify"])
    assert done.returncode == 0, done.stderr
    assert f"verified {os.path.getsize(tmp_path / 'model.weights')} bytes" in done.stdout
    flip(tmp_path / "model.weights", 12345)
    refused([tmp_path / "model", "--verify"], ["of the weights are damaged"], status=1)
