"""find_package(lfm2): out of a build folder and out of an installation that was moved;
when models are compiled again; what is refused."""

import os
import re
import shutil

import pytest

from conftest import ROOT, run

SAMPLE = os.path.join(ROOT, "runtime", "samples", "cmake")
MODEL = "tiny-f32.gguf"


@pytest.fixture(scope="module")
def installed(build, tmp_path_factory):
    """A prefix that is not the one it was installed to."""
    folder = tmp_path_factory.mktemp("install")
    done = run(["cmake", "--install", build.folder, "--prefix", folder / "first"])
    assert done.returncode == 0, done.stderr
    os.rename(folder / "first", folder / "moved")
    return folder / "moved"


def cmake(*words):
    done = run(["cmake", *words])
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr


def configure(source, folder, package, *words):
    return cmake("-S", source, "-B", folder, f"-Dlfm2_DIR={package}/lib/cmake/lfm2", *words)


@pytest.mark.parametrize("generator", ["Ninja", "Unix Makefiles"])
def test_sample(build, installed, tmp_path, generator):
    """The consumer's project, by each generator: by name, by a prefix path, out of the build folder."""
    answers = []
    for where in ([f"-DCMAKE_PREFIX_PATH={installed}"] if generator == "Ninja" else
                  [f"-Dlfm2_DIR={build.folder}/lib/cmake/lfm2"]):
        cmake("-G", generator, "-S", SAMPLE, "-B", tmp_path / "b", where, f"-DMODEL={build.model(MODEL)}",
              "-DCPU=x86-64-v2")
        assert "Compiling the model model" in cmake("--build", tmp_path / "b")
        cmake("--install", tmp_path / "b", "--prefix", tmp_path / "there")
        shutil.rmtree(tmp_path / "b" / "lfm2")  # The weights are inside.
        done = run([tmp_path / "there" / "bin" / "answer", "hello"])
        assert done.returncode == 0, done.stderr
        answers.append(done.stdout)
    assert all(len(answer) > 20 for answer in answers)


PROJECT = """
cmake_minimum_required(VERSION 3.20)
project(two LANGUAGES C)
find_package(lfm2 REQUIRED)
add_subdirectory(models)
add_executable(app app.c)
target_link_libraries(app PRIVATE a-model)
get_target_property(weights a-model LFM2_WEIGHTS)
get_target_property(program a-model LFM2_PROGRAM)
target_compile_definitions(app PRIVATE WEIGHTS="${weights}" PROGRAM=${program})
"""
APP = """
#include "a-model.h"
#include <stdio.h>
int main(void) {
  lfm2rt_error error;
  lfm2rt_model model;
  lfm2rt_weights weights;
  if (lfm2rt_model_open(&model, &PROGRAM, &error) || lfm2rt_weights_open_file(&weights, &model, WEIGHTS, &error))
    return puts(error.message), 1;
  size_t length;
  const char *info = lfm2rt_weights_info(&weights, &length);
  return fwrite(info, 1, length, stdout) != length;
}
"""


@pytest.fixture
def project(build, tmp_path, wordnet):
    """A project whose model is a folder beside it, and a compiler of its own."""
    (tmp_path / "models").mkdir()
    (tmp_path / "CMakeLists.txt").write_text(PROJECT)
    (tmp_path / "app.c").write_text(APP)
    shutil.copytree(wordnet, tmp_path / "models" / "word net")
    (tmp_path / "models" / "form.json").write_text('{"type": "integer"}')
    (tmp_path / "models" / "CMakeLists.txt").write_text(
        'lfm2_add_model(a-model SHARED MODEL "word net" QUANTIZE q8_0 CONTEXT 512 KV q8_0 CPU x86-64-v2\n'
        '  OPTIONS --schema=form.json --chunk=1)\n')
    package = tmp_path / "package"
    (package / "bin").mkdir(parents=True)
    shutil.copytree(os.path.join(build.folder, "lib", "cmake"), package / "lib" / "cmake")
    shutil.copy(build.tool("lfm2-compile"), package / "bin")
    return tmp_path


def test_compiles_again_when_it_must(project):
    build, models = project / "build", project / "models"
    configure(project, build, project / "package", "-G", "Ninja")

    def compiles():
        return "Compiling the model a-model" in cmake("--build", build)

    assert compiles()
    done = run([build / "app"])
    assert done.returncode == 0, done.stderr + done.stdout
    for word in ('"context_max": 512', '"x86-64-v2"', "q8_0"):
        assert word in done.stdout
    assert not compiles()
    for changed in (models / "word net" / "tokenizer.json", models / "form.json",
                    project / "package" / "bin" / "lfm2-compile"):
        os.utime(changed)
        assert compiles(), changed
    (models / "word net" / "added_tokens.json").write_text("{}")
    assert compiles()
    (models / "word net" / "chat_template.jinja").unlink()
    assert compiles()
    assert not compiles()


def test_a_model_that_the_build_makes(build, tmp_path):
    """And one model beside another, in the build folder of one project."""
    (tmp_path / "CMakeLists.txt").write_text(
        PROJECT.replace("add_subdirectory(models)", f"""
add_custom_command(OUTPUT made.gguf COMMAND ${{CMAKE_COMMAND}} -E copy {build.model(MODEL)} made.gguf)
lfm2_add_model(a-model MODEL ${{CMAKE_CURRENT_BINARY_DIR}}/made.gguf CPU x86-64-v2 OPTIONS --chunk=1)
lfm2_add_model(2nd.model MODEL ${{CMAKE_CURRENT_BINARY_DIR}}/made.gguf CPU x86-64-v2 OPTIONS --chunk=1)
target_link_libraries(2nd.model INTERFACE a-model)
"""))
    (tmp_path / "app.c").write_text(APP.replace(
        "int main", '#include "2nd.model.h"\nconst void *other = &lfm2_2nd_model_program;\nint main'))
    with open(tmp_path / "CMakeLists.txt", "a", encoding="ascii") as file:
        file.write("target_link_libraries(app PRIVATE 2nd.model)\n")
    configure(tmp_path, tmp_path / "b", build.folder, "-G", "Ninja")
    cmake("--build", tmp_path / "b")
    assert run([tmp_path / "b" / "app"]).returncode == 0


@pytest.mark.parametrize("call,says", [
    ("m MODEL here.gguf NOISE", "lfm2_add_model(m): expected MODEL, QUANTIZE, TARGET, CPU, CONTEXT, KV, WEIGHTS, "
     "SHARED or OPTIONS, found 'NOISE'"),
    ("m MODEL", "expected a value behind MODEL, found none"),
    ("m QUANTIZE q4_0", "expected MODEL with a GGUF file or a folder, found none"),
    ("m MODEL absent.gguf", "expected a GGUF file or a folder at {folder}/absent.gguf, found nothing; download the "
     "model, or give another MODEL"),
    ("m MODEL here.gguf WEIGHTS inside", "expected WEIGHTS file or WEIGHTS join, found 'inside'"),
    ("a/b MODEL here.gguf", "expected a name of letters, digits and _.+-, found 'a/b'"),
    ("taken MODEL here.gguf", "there is a target of this name already; give the model another"),
    ("m MODEL here.gguf", "expected a build for one of x86_64-linux;aarch64-linux;aarch64-android;aarch64-macos, "
     "found vax-generic; name another of lfm2-compile's with TARGET"),
])
def test_refuses(build, tmp_path, call, says):
    (tmp_path / "here.gguf").touch()
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(x LANGUAGES NONE)\nfind_package(lfm2 REQUIRED)\n"
        f"add_custom_target(taken)\nlfm2_add_model({call})\n")
    done = run(["cmake", "-S", tmp_path, "-B", tmp_path / "b", f"-Dlfm2_DIR={build.folder}/lib/cmake/lfm2",
                "-DCMAKE_SYSTEM_NAME=Generic", "-DCMAKE_SYSTEM_PROCESSOR=vax"])
    assert done.returncode == 1
    assert says.format(folder=tmp_path) in " ".join(done.stderr.split()), done.stderr


def test_a_model_that_is_none(build, tmp_path):
    """The build fails with the compiler's own line, and leaves nothing that looks made."""
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + b"\xff" * 60)
    cmake("-G", "Ninja", "-S", SAMPLE, "-B", tmp_path / "b", f"-Dlfm2_DIR={build.folder}/lib/cmake/lfm2",
          f"-DMODEL={tmp_path}/bad.gguf")
    done = run(["cmake", "--build", tmp_path / "b"])
    assert done.returncode != 0
    assert re.search(r"^lfm2-compile: error: .*bad\.gguf", done.stdout, re.M), done.stdout
    assert os.listdir(tmp_path / "b" / "lfm2" / "model") == []


def test_a_part_of_an_installation(build, tmp_path):
    """Without the compiler the package is not found, and says what is missing."""
    shutil.copytree(os.path.join(build.folder, "lib", "cmake"), tmp_path / "lib" / "cmake")
    done = run(["cmake", "-S", SAMPLE, "-B", tmp_path / "b", f"-Dlfm2_DIR={tmp_path}/lib/cmake/lfm2"])
    assert done.returncode == 1
    assert (f"expected {tmp_path}/bin/lfm2-compile, found no such file; install lfm2-compile again, or build it"
            in " ".join(done.stderr.split())), done.stderr


def test_pkg_config(build, installed, tmp_path):
    """An object without the runtime finds it by pkg-config."""
    if not shutil.which("pkg-config"):
        pytest.skip("no pkg-config here")

    def ask(*words):
        done = run(["pkg-config", *words, "lfm2"], env={**os.environ, "PKG_CONFIG_PATH": f"{installed}/lib/pkgconfig"})
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    compiler, = ask("--variable=compiler")
    assert run([compiler, build.model(MODEL), "--emit=obj", "--cpu=x86-64-v2", "--chunk=1", "-o", tmp_path / "model.o"]).returncode == 0
    (tmp_path / "app.c").write_text("#include <lfm2rt/lfm2rt.h>\nextern const struct lfm2_program lfm2_program;\n"
                                    "int main(void) { lfm2rt_model model;\n"
                                    "  return lfm2rt_model_open(&model, &lfm2_program, NULL); }\n")
    done = run(["cc", tmp_path / "app.c", tmp_path / "model.o", *ask("--cflags", "--libs"), "-o", tmp_path / "app"])
    assert done.returncode == 0, done.stderr
    assert run([tmp_path / "app"]).returncode == 0
