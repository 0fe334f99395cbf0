"""What gives logits: a compiled program, run by its command line.

The program writes its logits into a pipe, so no file of them is needed: 65,536
entries for each of some thousand tokens are gigabytes.
"""

import fcntl
import json
import os
import subprocess
import tempfile

import numpy

from bench import Failure, WrongUse

PIPE_BYTES = 1 << 20  # What Linux gives without asking.
BLOCK_BYTES = 8 << 20  # Of logits that are looked at together.


def is_program(path):
    """Some file systems call every file a program, checkpoints too."""
    try:
        with open(path, "rb") as file:
            return os.access(path, os.X_OK) and file.read(4) != b"GGUF" and not path.endswith(".mlir")
    except OSError:
        return False


class Program:
    def __init__(self, path, threads, shown=None):
        self.path = os.path.abspath(path)
        self.shown = shown or path  # In messages: the checkpoint, where it was made of one.
        self.threads = threads
        text = self.run("--info")
        try:
            info = json.loads(text)
            tokenizer = info["tokenizer"]
            self.vocabulary, self.context = int(info["vocab"]), int(info["context_max"])
            # The ids that the tokenizer puts in front of a text.
            self.start = [int(tokenizer["bos"]["id"])] if tokenizer and tokenizer["adds_bos"] else []
            self.weights_bytes = int(info["weights_bytes"])
            causal = info["causal"]
        except (ValueError, LookupError, TypeError):
            raise WrongUse(f"expected '{self.shown}' to be a program of lfm2-compile, found --info of another form; "
                           "are the program and this tool of one version?") from None
        if not causal or not tokenizer:
            raise WrongUse(f"expected '{self.shown}' to be a causal language model with a tokenizer, found one "
                           f"{'without a tokenizer' if causal else 'that reads texts as a whole'}; give another model")

    def run(self, *words):
        try:
            done = subprocess.run([self.path, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  errors="replace", check=False)
        except OSError as error:
            raise Failure(f"expected to run '{self.shown}', found: {error.strerror}") from None
        if done.returncode:
            self.fail(words[0], done.returncode, done.stderr)
        return done.stdout

    def fail(self, what, status, errors):
        last = (errors.strip().split("\n") or [""])[-1][:300]
        raise Failure(f"expected '{self.shown}' {what} to succeed, found exit {status}: {last}")

    def ids(self, path):
        """Of the text in a file; with the token of a start where the model has one."""
        words = self.run("--tokenize-file", path).strip()
        return [int(word) for word in words.split(",")] if words else []

    def logits(self, tokens, first):
        """Arrays float32 [some, vocabulary] of the positions from `first` on."""
        reader, writer = os.pipe()
        try:
            fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        except OSError:
            pass  # A smaller pipe is slower, no more.
        with open(reader, "rb", buffering=0) as pipe, tempfile.TemporaryFile() as errors:
            command = [self.path, "--tokens", ",".join(map(str, tokens)), "-n", "0", "--context", str(len(tokens)),
                       "--threads", str(self.threads), "--logits", f"/dev/fd/{writer}"]
            try:
                child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=errors, pass_fds=[writer])
            except OSError as error:
                raise Failure(f"expected to run '{self.shown}', found: {error.strerror}") from None
            finally:
                os.close(writer)
            try:
                yield from self.rows(pipe, len(tokens), first)
                child.wait()
            except EOFError as error:
                child.wait()
                if not child.returncode:
                    raise Failure(str(error)) from None
            except BaseException:
                child.kill()
                child.wait()
                raise
            if child.returncode:
                errors.seek(0)
                self.fail("--logits", child.returncode, errors.read().decode(errors="replace"))

    def rows(self, pipe, positions, first):
        most = max(1, BLOCK_BYTES // (4 * self.vocabulary))
        memory = numpy.empty((most, self.vocabulary), dtype="<f4")
        at = 0
        while at < positions:
            # Blocks end where what counts begins.
            count = min(most, (first if at < first else positions) - at)
            view = memoryview(memory[:count]).cast("B")
            got = 0
            while got < len(view):
                n = pipe.readinto(view[got:])
                if not n:
                    whole = at + got // (4 * self.vocabulary)
                    raise EOFError(f"expected logits of {positions} positions of '{self.shown}', found {whole}; "
                                   "are the program and this tool of one version?")
                got += n
            if at >= first:
                yield memory[:count]
            at += count
