"""The .deb: what CPack makes of a build folder, unpacked elsewhere and used from there."""

import os
import re
import shutil

import pytest

from conftest import run

MODEL = "tiny-f32.gguf"


@pytest.fixture(scope="module")
def package(build, tmp_path_factory):
    """The fields of the package, and the folder that it is unpacked in."""
    for tool in ("cpack", "dpkg-deb", "dpkg-shlibdeps"):
        if not shutil.which(tool):
            pytest.skip(f"no {tool} here; tools/setup installs it")
    folder = tmp_path_factory.mktemp("deb")
    done = run(["cpack", "--config", os.path.join(build.folder, "CPackConfig.cmake"), "-G", "DEB", "-B", folder / "made"])
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    file, = folder.glob("made/*.deb")
    assert re.fullmatch(r"lfm2-compile_[0-9.]+_amd64\.deb", file.name)
    fields = run(["dpkg-deb", "--field", file]).stdout
    assert run(["dpkg-deb", "-x", file, folder / "unpacked"]).returncode == 0
    return dict(re.findall(r"^([A-Z][\w-]+): (.*)$", fields, re.M)), folder / "unpacked" / "usr"


def test_what_it_says(package):
    fields, usr = package
    assert fields["Description"] == "compiler of LFM2 language models to native code"
    # What is linked is asked for, and nothing that only a build needs.
    for needed in ("libllvm22 ", "libmlir-22 ", "libstdc++6 ", "libicu72 ", "python3 "):
        assert needed in fields["Depends"]
    assert "-dev" not in fields["Depends"]
    documents = usr / "share" / "doc" / "lfm2-compile"
    assert "Apache-2.0 with LLVM-exception" in (documents / "copyright").read_text()
    assert (documents / "changelog.gz").stat().st_size > 0
    assert (usr / "share" / "man" / "man1" / "lfm2-compile.1.gz").stat().st_size > 0
    assert (documents / "examples" / "embed.c").exists()


def test_has_what_was_built(build, wordnet, package, tmp_path):
    """Server and command are there as far as the build has them, and start."""
    usr = package[1]
    if not os.path.exists(build.tool("lfm2-serve")):
        pytest.skip("this build has no lfm2-serve")
    done = run([usr / "bin" / "lfm2-serve", "--help"])
    assert done.returncode == 0 and "lfm2-serve" in done.stdout
    modules = usr / "lib" / "python3" / "dist-packages" / "lfm2_compile"
    built = os.path.join(build.folder, "python", "lfm2_compile")
    for name in os.listdir(built):
        if name != "__pycache__":
            assert (modules / name).exists(), name
    # The command stands on Debian's Python alone, and finds the compiler beside it.
    done = run([usr / "bin" / "lfm2", "run", wordnet, "What is a river?"],
               env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert len(done.stdout) > 20


def test_compiles_and_embeds(build, package, tmp_path):
    usr = package[1]
    done = run([usr / "bin" / "lfm2-compile", build.model(MODEL), "-o", tmp_path / "program", "--chunk=1"])
    assert done.returncode == 0, done.stderr
    done = run([tmp_path / "program", "--tokens", "1,2,3", "-n", "4", "--print-tokens"])
    assert len(done.stdout.split(",")) == 4
    sample = usr / "share" / "doc" / "lfm2-compile" / "examples" / "cmake"
    for command in (["-S", sample, "-B", tmp_path / "b", f"-DCMAKE_PREFIX_PATH={usr}", "-DCPU=x86-64-v2",
                     f"-DMODEL={build.model(MODEL)}"], ["--build", tmp_path / "b"]):
        done = run(["cmake", *command])
        assert done.returncode == 0, done.stdout + done.stderr
    assert run([tmp_path / "b" / "answer", "hello"]).returncode == 0
