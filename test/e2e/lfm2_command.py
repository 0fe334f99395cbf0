"""`lfm2` as a user calls it, in a home of its own."""

import os
import shutil
import stat
import subprocess
import sys

from programs import ROOT

OURS = ("HF_", "HUGGINGFACE_", "XDG_", "LFM2_", "OLLAMA_")

# Stands for lfm2-compile where a test is about what is around it: writes its words to
# $COMPILED, waits $SECONDS_TO_COMPILE, and leaves a program that prints its words.
STAND_IN = """#!/bin/sh
echo "$@" >> "$COMPILED"
out= emit= model=$1
while [ $# -gt 0 ]; do
  case $1 in -o) out=$2; shift;; --emit=shared) emit=.so;; esac
  shift
done
echo half > "$out$emit"
sleep "${SECONDS_TO_COMPILE:-0}"
if [ -n "$CHANGE" ]; then echo more >> "$model"; fi
if [ -n "$KILL" ]; then kill -9 $$; fi
if [ -n "$FAIL" ]; then echo "lfm2-compile: error: told to fail" >&2; exit 1; fi
cat > "$out$emit" <<'END'
#!/bin/sh
if [ "$*" = --info ]; then echo '{"chat": {"user": "u"}, "causal": true}'; else printf '%s\\n' "$@"; fi
END
if [ -n "$GARBLE" ]; then echo garbage > "$out$emit"; fi
chmod +x "$out$emit"
echo weights > "$out.weights"
"""
SERVER = """#!/bin/sh
printf '%s\\n' "$@"
"""


def environment_of(home, hub):
    """This process's, with a home and a hub of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "HOME": home, "HF_ENDPOINT": hub, "HF_HUB_DISABLE_TELEMETRY": "1"}


class Lfm2:
    """Calls of the command with the folders of `home`; `bin` has its programs."""

    def __init__(self, home, bin_folder):
        self.home, self.bin = str(home), str(bin_folder)
        self.cache = os.path.join(self.home, "cache")
        self.compiled = os.path.join(self.home, "compiled")
        self.env = {**environment_of(self.home, "http://127.0.0.1:9"), "LFM2_CACHE": self.cache, "LFM2_BIN": self.bin,
                    "HF_HOME": os.path.join(self.home, "hf"), "COMPILED": self.compiled,
                    "PYTHONPATH": os.path.join(ROOT, "frontends", "python")}

    def start(self, *words, env=None, **settings):
        settings = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
        return subprocess.Popen([sys.executable, "-m", "lfm2_compile", *map(str, words)], text=True,
                                errors="replace", env={**self.env, **(env or {})}, cwd=self.home, **settings)

    def __call__(self, *words, text=None, env=None, **settings):
        if text is not None:
            settings["stdin"] = subprocess.PIPE
        process = self.start(*words, env=env, **settings)
        out, err = process.communicate(text, timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def refuses(self, *words, status=1, **settings):
        """The one line that it says on standard error."""
        done = self(*words, **settings)
        assert done.returncode == status, (done.stdout, done.stderr)
        last = done.stderr.rstrip("\n").split("\n")[-1]
        assert last.startswith("lfm2: error: ") and "Traceback" not in done.stderr, done.stderr
        return last[len("lfm2: error: "):]

    def compilations(self):
        """The words of each compilation so far."""
        if not os.path.exists(self.compiled):
            return []
        with open(self.compiled, encoding="utf-8") as file:
            return file.read().splitlines()

    def cached(self):
        """Names in the cache, but for those of entries."""
        return sorted(os.listdir(self.cache)) if os.path.isdir(self.cache) else []


def write(path, data):
    """Makes a file and the folders above; returns the path."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data.encode() if isinstance(data, str) else data)
    return path


def program(path, text):
    write(path, text)
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)


def with_stand_ins(home):
    """Lfm2 with programs that stand for the compiler and the server."""
    programs = os.path.join(home, "bin")
    program(os.path.join(programs, "lfm2-compile"), STAND_IN)
    program(os.path.join(programs, "lfm2-serve"), SERVER)
    return Lfm2(home, programs)


def with_compiler(home, build):
    """Lfm2 with the compiler of a build; a copy, so that it stays the same."""
    programs = os.path.join(home, "bin")
    os.makedirs(programs)
    shutil.copy2(build.tool("lfm2-compile"), programs)
    return Lfm2(home, programs)
