"""runtime/samples/README.md: its commands are run as they stand, on the bundled model.

Programs in C, C++, Rust and Go, linked and loaded, give the text that the executable gives.
"""

import os
import re
import shutil

import pytest

from conftest import ROOT, run

SAMPLES = os.path.join(ROOT, "runtime", "samples")
QUESTION = "What is a river?"
# What a block needs besides a compiler of C, by the heading above it.
NEEDS = {"As a target of CMake": ["cmake"], "Without a C library": ["qemu-aarch64"]}
# Headings whose blocks answer the question as the executable for this CPU does, and nothing else.
ONE_ANSWER = {"An answer in thirty lines", "Loaded at run time", "Rust and Go"}


def blocks():
    """(heading, commands) of the page."""
    heading = None
    with open(os.path.join(SAMPLES, "README.md"), encoding="utf-8") as file:
        for part in re.split(r"^(## .*\n|```sh\n(?:.*\n)*?```\n)", file.read(), flags=re.M):
            if part.startswith("## "):
                heading = part[3:].strip()
            elif part.startswith("```sh\n"):
                yield heading, part[len("```sh\n"):-len("```\n")]


BLOCKS = [(heading, text) for heading, text in blocks()]


@pytest.fixture(scope="module")
def expected(build, wordnet):
    """What the program of the same model says."""
    done = run([build.compile(wordnet), "--prompt", QUESTION, "--chat", "-n", "100", "--seed", "0"])
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def there(build, wordnet, tmp_path):
    """A copy of the folder, and what a shell needs to run its page."""
    shutil.copytree(SAMPLES, tmp_path / "runtime" / "samples")
    shutil.copytree(os.path.join(ROOT, "runtime", "include"), tmp_path / "runtime" / "include")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, other in (("cc", "clang-22"), ("c++", "clang++-22")):
        if not shutil.which(name):
            os.symlink(shutil.which(other), tools / name)
    path = [os.path.join(build.folder, "bin"), str(tools), os.environ["PATH"], os.path.expanduser("~/.cargo/bin"),
            "/usr/local/go/bin"]
    return tmp_path / "runtime" / "samples", {**os.environ, "PATH": os.pathsep.join(path), "MODEL": wordnet,
                                              "PREFIX": build.folder}


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=[
    f"{heading} {text.split()[1]}".replace(" ", "-") for heading, text in BLOCKS])
def test_commands(there, expected, number):
    heading, commands = BLOCKS[number]
    folder, environment = there
    needs = NEEDS.get(heading, []) + [tool for tool in ("rustc", "go") if f"\n{tool} " in commands]
    for tool in needs:
        if not shutil.which(tool, path=environment["PATH"]):
            pytest.skip(f"no {tool} here")
    done = run(["bash", "-euo", "pipefail", "-c", commands], cwd=folder, env=environment)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
    if heading in ONE_ANSWER:
        assert done.stdout.strip().split("\n")[-1] == expected
    elif heading == "A chat that streams, in C++":
        first, second, rest = done.stdout.split("\n> ")
        assert first == f"> {expected}"
        assert len(second) > 10 and rest.strip() == ""
    elif heading == "Two models in one program":
        assert re.fullmatch(r"(?:\[small\][^[]{4,}\[large\][^[]{4,}){2}\n", done.stdout)
    else:
        assert len(done.stdout) > 40


def test_every_sample_has_its_place():
    """What lies in the folder is on the page, and the page names nothing else."""
    with open(os.path.join(SAMPLES, "README.md"), encoding="utf-8") as file:
        page = file.read()
    for name in os.listdir(SAMPLES):
        if name not in ("README.md", "dsp.h"):
            assert re.search(rf"\b{re.escape(name)}\b", page), name
    for link in re.findall(r"\]\(([^)]*)\)", page):
        assert os.path.exists(os.path.join(SAMPLES, link)), link


def test_thirty_lines():
    with open(os.path.join(SAMPLES, "first", "first.c"), encoding="utf-8") as file:
        code = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    assert len([line for line in code.split("\n") if line.strip()]) <= 40


def test_bindings_for_rust(tmp_path):
    """Those that are committed say of the header what is so; what is new in it they may miss."""
    if not shutil.which("rustc", path=os.environ["PATH"] + os.pathsep + os.path.expanduser("~/.cargo/bin")):
        pytest.skip("no rustc here")
    header = os.path.join(ROOT, "runtime", "include", "lfm2rt", "lfm2rt.h")
    with open(header, encoding="utf-8") as file:
        declared = set(re.findall(r"\b(lfm2rt_\w+)\(", re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)))
    with open(os.path.join(SAMPLES, "rust", "lfm2rt.rs"), encoding="utf-8") as file:
        text = file.read()
    bound = set(re.findall(r"pub fn (lfm2rt_\w+)\(", text))
    assert bound <= declared and len(bound) > 60
    names = [name for name in re.findall(r"pub struct (lfm2rt_\w+) \{", text) if name != "lfm2rt_context"]
    values = dict(re.findall(r"pub const (LFM2RT_\w+): \w+ = (\d+);", text))
    assert len(names) >= 15 and len(values) >= 25
    shutil.copy(os.path.join(SAMPLES, "rust", "lfm2rt.rs"), tmp_path)
    (tmp_path / "sizes.rs").write_text("mod lfm2rt;\nfn main() {\n" + "".join(
        f'    println!("{name} {{}}", std::mem::size_of::<lfm2rt::{name}>());\n' for name in names) + "}\n")
    (tmp_path / "sizes.c").write_text(f'#include "{header}"\n#include <stdio.h>\n' + "".join(
        f'_Static_assert({name} == {value}, "");\n' for name, value in values.items()) + "int main(void) {\n" + "".join(
        f'  printf("{name} %zu\\n", sizeof({name}));\n' for name in names) + "}\n")
    environment = {**os.environ, "PATH": os.environ["PATH"] + os.pathsep + os.path.expanduser("~/.cargo/bin")}
    found = []
    for command in (["rustc", "sizes.rs", "-o", "by-rust"], ["clang-22", "-I", os.path.join(ROOT, "runtime", "include"),
                                                             "sizes.c", "-o", "by-c"]):
        done = run(command, cwd=tmp_path, env=environment)
        assert done.returncode == 0, done.stderr
        found.append(run([tmp_path / command[-1]]).stdout)
    assert found[0] == found[1]
