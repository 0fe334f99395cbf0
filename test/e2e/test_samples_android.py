"""The Android library: built for a phone by clang alone, and for this machine's Java, which calls it."""

import glob
import os
import re
import shutil

import pytest

from conftest import ROOT, run

MODULE = os.path.join(ROOT, "runtime", "samples", "android", "answer", "src", "main")
INPUTS = os.path.join(os.path.dirname(__file__), "Inputs", "android")
# Of bionic, what API 28 has and the library may ask for.
BIONIC = {"__cxa_atexit", "__cxa_finalize", "calloc", "free", "getauxval", "malloc", "memcmp", "memcpy", "memmove",
          "memset", "posix_memalign", "pthread_attr_destroy", "pthread_attr_init", "pthread_attr_setstack",
          "pthread_create", "pthread_join"}


def build_module(build, model, folder, *options):
    """The module's CMakeLists.txt, as Gradle calls it; the folder of what it leaves."""
    for words in (["-G", "Ninja", "-S", os.path.join(MODULE, "cpp"), "-B", folder, f"-DMODEL={model}",
                   f"-DWEIGHTS={folder}/assets", f"-Dlfm2_DIR={build.folder}/lib/cmake/lfm2", *options],
                  ["--build", folder]):
        done = run(["cmake", *words])
        assert done.returncode == 0, done.stdout + done.stderr
    assert os.path.getsize(folder / "assets" / "model.weights") > 0
    return folder / "libanswer.so"


def test_for_a_phone(build, tmp_path):
    library = build_module(build, build.model("tiny-f32.gguf"), tmp_path,
                           f"-DCMAKE_TOOLCHAIN_FILE={INPUTS}/toolchain.cmake")
    headers = run(["llvm-readelf-22", "-h", "-lW", library]).stdout
    assert "AArch64" in headers
    assert {int(alignment, 16) for alignment in re.findall(r"LOAD .* (0x\w+)$", headers, re.M)} == {1 << 14}
    symbols = run(["llvm-nm-22", "-D", library]).stdout
    assert set(re.findall(r" U (\w+)", symbols)) <= BIONIC
    assert {name.rsplit("_", 1)[1] for name in re.findall(r" T (\w+)", symbols)} == {"open", "answer", "close"}
    with open(os.path.join(MODULE, "java", "org", "example", "answer", "Answer.java"), encoding="utf-8") as file:
        native = re.findall(r"private static native \w+(?:\[\])? (\w+)\(", file.read())
    assert set(native) == {"open", "answer", "close"}


# Android's part of what Answer.java uses: the app's assets and files are a folder.
CONTEXT = """package android.content;
public class Context {
  public final java.io.File folder;
  public Context(String folder) { this.folder = new java.io.File(folder); }
  public java.io.File getNoBackupFilesDir() { return folder; }
  public Context getAssets() { return this; }
  public java.io.InputStream open(String name) throws java.io.IOException {
    return new java.io.FileInputStream(new java.io.File(folder, "assets/" + name));
  }
}
"""
MAIN = """import org.example.answer.Answer;
class Main {
  public static void main(String[] words) throws Exception {
    try (Answer answer = new Answer(new android.content.Context(words[0]))) {
      System.out.println(answer.to("What is a river?"));
      System.out.println(answer.to("Grüße, \\ud83d\\ude00!"));
    }
    java.nio.file.Files.write(java.nio.file.Paths.get(words[0], "model.weights"), new byte[10]);
    try (Answer answer = new Answer(new android.content.Context(words[0]))) {
      System.out.println("no failure");
    } catch (IllegalStateException why) {
      System.out.println(why.getMessage());
    }
  }
}
"""


def test_by_java(build, wordnet, tmp_path):
    """The same two files of C and Java, for this machine."""
    headers = glob.glob("/usr/lib/jvm/*/include/jni.h")
    if not shutil.which("javac") or not headers:
        pytest.skip("no JDK here")
    include = os.path.dirname(headers[0])
    build_module(build, wordnet, tmp_path, "-DCPU=x86-64-v2", f"-DCMAKE_C_FLAGS=-I{include} -I{include}/linux")
    (tmp_path / "Context.java").write_text(CONTEXT)
    (tmp_path / "Main.java").write_text(MAIN, encoding="utf-8")
    done = run(["javac", "-encoding", "UTF-8", "-d", tmp_path, tmp_path / "Main.java", tmp_path / "Context.java",
                os.path.join(MODULE, "java", "org", "example", "answer", "Answer.java")])
    assert done.returncode == 0, done.stderr
    done = run(["java", f"-Djava.library.path={tmp_path}", "-Dfile.encoding=UTF-8", "-cp", tmp_path, "Main", tmp_path])
    assert done.returncode == 0, done.stderr
    first, second, refusal = done.stdout.splitlines()
    assert len(first) > 10 and len(second) > 10
    assert "model.weights" in refusal and "footer" in refusal
