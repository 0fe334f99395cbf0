"""The same cases on every target and CPU variant: natively where the machine is
one, else in qemu's user mode. Where qemu is missing the cases are skipped, and
say so. `--build` names the build folder, as for test/e2e."""

import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test"))
from programs import Build  # noqa: E402
from targets import MACHINES  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--build", default=os.path.join(ROOT, "build"),
                     help="the build folder whose tools are tested")


@pytest.fixture(scope="session")
def build(request, tmp_path_factory):
    return Build(request.config.getoption("--build"), tmp_path_factory.mktemp("conformance"))


@pytest.fixture(params=MACHINES, ids=str)
def machine(request):
    if request.param.missing:
        pytest.skip(request.param.missing)
    return request.param
