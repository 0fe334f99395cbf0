"""End to end: checkpoints in, the programs' own outputs judged.

Everything runs as a user would run it: the tools by their command lines, the
compiled programs as processes (test/programs.py). `--build` names the build
folder; small checkpoints stand in its test/models (test/small_models.txt), and
what one compiler made of them is kept in its test/programs for the next run.
"""

import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test"))
from programs import (Build, hash_of, ids, prompt, read_logits, relative_error,  # noqa: E402,F401
                      remove_old_programs, run)


def pytest_addoption(parser):
    parser.addoption("--build", default=os.path.join(ROOT, "build"),
                     help="the build folder whose tools are tested")


def pytest_configure(config):
    """The build folder's Python package can be imported, also by xdist's main
    process, to which workers send the warnings that they saw."""
    sys.path.insert(0, os.path.join(os.path.abspath(config.getoption("--build")), "python"))


def pytest_sessionstart(session):
    """Once, not in xdist's workers."""
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        remove_old_programs(os.path.abspath(session.config.getoption("--build")))


@pytest.fixture(scope="session")
def build(request, tmp_path_factory):
    return Build(request.config.getoption("--build"), tmp_path_factory.mktemp("e2e"))


@pytest.fixture(scope="session")
def wordnet():
    """The bundled model: a Hugging Face directory."""
    return os.path.join(ROOT, "test", "models", "wordnet-lfm2")


@pytest.fixture(scope="session")
def lfm2(build):
    """The Python package of the build folder."""
    folder = os.path.join(build.folder, "python")
    import lfm2_compile
    assert lfm2_compile.__file__.startswith(folder), lfm2_compile.__file__
    return lfm2_compile
