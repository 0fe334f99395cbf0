"""Files that are read and written, as lfm2-compile treats its own: what is read is
a regular file, what is written replaces neither that nor a device, and appears
whole or not at all.
"""

import contextlib
import fnmatch
import glob
import itertools
import os
import stat

from bench import Failure, WrongUse


# What is read of the folder of a checkpoint or an adapter; results may lie beside it.
OF_FOLDERS = ("*.safetensors", "*.safetensors.index.json", "*config.json", "tokenizer*", "vocab*", "merges.txt",
              "added_tokens.json", "special_tokens_map.json", "chat_template*")


def kind_of(mode):
    for test, name in ((stat.S_ISREG, "a regular file"), (stat.S_ISDIR, "a directory"), (stat.S_ISFIFO, "a pipe"),
                       (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"), (stat.S_ISSOCK, "a socket")):
        if test(mode):
            return name
    return "something else"


def check_read(path, or_folder=False):
    """Asks without opening: opening a pipe waits, and a device may have no end."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        raise WrongUse(f"expected to read '{path}', found: {reason(error)}") from None
    if not stat.S_ISREG(mode) and not (or_folder and stat.S_ISDIR(mode)):
        raise WrongUse(f"expected a regular file{' or a folder' if or_folder else ''}, "
                       f"found {kind_of(mode)}, '{path}'")


def check_place(path):
    """Fails where Output would, for finding out before the work."""
    try:
        mode = os.stat(path).st_mode if path else stat.S_IFDIR
    except FileNotFoundError:
        mode = None
    except (OSError, ValueError) as error:
        raise WrongUse(f"cannot write '{path}': {reason(error)}") from None
    # Renaming onto a device would replace it.
    if mode is not None and not stat.S_ISREG(mode):
        raise WrongUse(f"cannot write '{path}': it is no regular file; name a file")
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise WrongUse(f"expected a folder for '{path}', found no '{folder}'; make it")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise WrongUse(f"cannot write '{path}': a file cannot be made in '{folder}'")


def reason(error):
    return getattr(error, "strerror", None) or str(error)


def same(one, other):
    """Whether both are names of one file, be it there or not."""
    with contextlib.suppress(OSError):
        return os.path.samefile(one, other)
    return os.path.realpath(one) == os.path.realpath(other)


def behind(path):
    """The files that are read where `path` is: those of a folder, the weights beside a program, the other parts of
    a split checkpoint."""
    yield path
    if os.path.isdir(path):
        folder, patterns = path, OF_FOLDERS
    else:
        folder, name = os.path.split(path)
        stem = name.rpartition("-of-")[0].rpartition("-")[0]
        patterns = [glob.escape(name) + ".weights"] + ([glob.escape(stem) + "-*-of-*"] if stem else [])
    with contextlib.suppress(OSError):
        for entry in sorted(os.listdir(folder or ".")):
            if any(fnmatch.fnmatchcase(entry, pattern) for pattern in patterns):
                yield os.path.join(folder, entry)


def check_outputs(outputs, inputs):
    """Paths that will be written, and those that are read; None is none of them."""
    outputs = [path for path in outputs if path is not None]
    for path in outputs:
        check_place(path)
    for path, read in itertools.product(outputs, filter(None, inputs)):
        for found in behind(read):
            if same(path, found):
                raise WrongUse(f"the output {path} would replace {found}, which is read; name another file")
    for one, other in itertools.combinations(outputs, 2):
        if same(one, other):
            raise WrongUse(f"two outputs, {one} and {other}, are one file; name another one")


class Output:
    """A file beside its place, in `file`; commit() puts it there, and leaving the
    `with` without that leaves nothing. Its name is short, so that any name that the
    system takes can be written."""

    numbers = itertools.count()

    def __init__(self, path):
        check_place(path)
        self.path = path
        self.beside = os.path.join(os.path.dirname(path), f".lfm2-{os.getpid()}-{next(self.numbers)}")
        with self.told():
            # No file of this name is ours: a killed process may have left it, a link may lead elsewhere.
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.beside)
            self.file = open(self.beside, "xb")

    @contextlib.contextmanager
    def told(self):
        try:
            yield
        except OSError as error:
            raise Failure(f"expected to write '{self.path}', found: {reason(error)}") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Closing flushes, which fails on a full disk; that was told before, or does not matter any more.
        with contextlib.suppress(OSError):
            self.file.close()
        if self.beside:
            with contextlib.suppress(OSError):
                os.remove(self.beside)

    def write(self, data):
        with self.told():
            self.file.write(data)

    def commit(self):
        with self.told():
            self.file.close()
            check_place(self.path)
            os.replace(self.beside, self.path)
            self.beside = None


def write(path, text):
    """All of it or nothing: a run that is broken off leaves the last state."""
    with Output(path) as output:
        output.write(text.encode("utf-8"))
        output.commit()
