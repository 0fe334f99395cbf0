"""lfm2_compile in a process that is forked, and in an interpreter that is not the main one."""

import sys
import textwrap

import pytest

from server import shared_library


@pytest.fixture(scope="module")
def script(build, wordnet):
    """Runs a script beside a model, which its name `path` leads to; the process that has ended."""
    path = shared_library(build, wordnet)

    def run(text):
        return build.python("-c", f"path = {path!r}\n{textwrap.dedent(text)}", timeout=60)
    return run


def test_a_fork_leaves_streams_as_they_are(script):
    done = script("""
        import os
        import lfm2_compile
        model = lfm2_compile.load(path)
        stream = model.stream("a dog", max_tokens=500)
        next(stream)
        child = os.fork()
        if child:
            assert os.waitpid(child, 0)[1] == 0
            print("made", len("".join(stream)) > 0)
        # Both end as processes do, the stream left behind.
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "made True\n", "")


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="its module of subinterpreters has another name")
@pytest.mark.parametrize("before", ["", "import lfm2_compile; lfm2_compile.load(path)"])
def test_subinterpreters_are_refused(script, before):
    done = script(f"""
        {before}
        import _xxsubinterpreters
        _xxsubinterpreters.run_string(_xxsubinterpreters.create(), "import lfm2_compile; lfm2_compile.load('x')")
    """)
    assert done.returncode == 1
    assert "expected the main interpreter of this process, found a subinterpreter" in done.stderr
