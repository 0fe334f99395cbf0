"""The wheel of frontends/python, made of the build folder as its README.md says,
in a virtual environment that has nothing else."""

import os
import subprocess
import sys
import zipfile

import pytest

from programs import ROOT, run

PROJECT = os.path.join(ROOT, "frontends", "python")


def make_wheel(build_folder, out):
    return run([sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", PROJECT,
                f"--config-settings=cmake.define.LFM2_BUILD={build_folder}", "-w", out])


@pytest.fixture(scope="module")
def wheel(build, tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    done = make_wheel(build.folder, out)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    [name] = os.listdir(out)
    return out / name


def test_has_all_that_the_package_needs(build, wheel):
    version = subprocess.run([build.tool("lfm2-compile"), "--version"], capture_output=True, text=True, check=True)
    assert wheel.name.startswith(f"lfm2_compile-{version.stdout.split()[1]}-cp3")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    built = os.path.join(build.folder, "python", "lfm2_compile")
    for name in os.listdir(built):
        if not os.path.isdir(os.path.join(built, name)):
            assert f"lfm2_compile/{name}" in names
    programs = [name for name in ("lfm2-compile", "lfm2-serve") if os.path.exists(build.tool(name))]
    assert sorted(name.rsplit("/")[-1] for name in names if "/scripts/" in name) == programs


def test_compiles_in_a_fresh_environment(build, wheel, tmp_path):
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python3"
    # What the programs need of Python's path is in the environment alone.
    alone = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = run([sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel])
    assert done.returncode == 0, done.stderr
    done = run([python, "-c", "import sys, lfm2_compile; print(lfm2_compile.__file__);"
                "print(lfm2_compile.compile(sys.argv[1], sys.argv[2], emit='exe').path)",
                build.model("tiny-f16.gguf"), tmp_path / "model"], env=alone, cwd=tmp_path)
    assert done.stdout.splitlines() == [done.stdout.splitlines()[0], str(tmp_path / "model")], done.stderr
    assert done.stdout.startswith(str(environment))
    done = run([environment / "bin" / "lfm2-compile", build.model("tiny-f16.gguf"), "-o", tmp_path / "again"])
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again").read_bytes() == (tmp_path / "model").read_bytes()


def test_no_wheel_of_a_folder_without_modules(tmp_path):
    (tmp_path / "bin").mkdir()
    for name in ("lfm2-compile", "python"):
        (tmp_path / "bin" / name).touch()
    done = make_wheel(tmp_path, tmp_path / "out")
    assert done.returncode != 0
    assert "expected the module _compiler in" in done.stderr + done.stdout
