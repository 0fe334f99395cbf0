"""The key of a compiled model: equal keys mean that compiling again would make the
same program."""

import os

from . import tools
from .model import files_below, stamp
from .refusal import Refusal

# Options of lfm2-compile that name a file which it reads.
READS = ("calibrate", "chat-template", "grammar", "importance", "lora", "quantize", "schema", "tuning")
# Options that say what is written and where, which is the cache's business.
REFUSED = ("o", "emit", "weights", "report", "save-importance", "stop-after", "dump-after",
           "list-cpus", "list-targets", "help", "help-hidden", "help-list", "help-list-hidden", "version")
CPU = ("vendor_id", "cpu family", "model", "stepping", "flags", "CPU implementer", "CPU architecture",
       "CPU variant", "CPU part", "Features")


def key_of(model, options):
    """32 hexadecimal digits. `options` are absolute()."""
    import hashlib
    lines = ["lfm2 1", compiler(), cpu(), *options, *read_files(options), *model.stamps()]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def compiler():
    """What changes when the compiler does."""
    found = os.stat(tools.find("lfm2-compile"))
    return f"{found.st_size} {found.st_mtime_ns}"


def cpu():
    """What /proc/cpuinfo says of the first CPU; the system makes the text of all of
    them slowly, so no more than the first one is read."""
    try:
        file = os.open("/proc/cpuinfo", os.O_RDONLY)
    except OSError:
        return ""
    try:
        first = os.read(file, 8192).decode("ascii", "replace").partition("\n\n")[0]
    finally:
        os.close(file)
    lines = [line.partition(":") for line in first.split("\n")]
    return "; ".join(value.strip() for name, _, value in lines if name.strip() in CPU)


def absolute(options):
    """The options with whole paths, since the compiler runs in another folder; raises
    Refusal for one that the cache cannot have."""
    made = []
    # Of different options the order means nothing.
    for option in sorted(options, key=lambda option: option.partition("=")[0]):
        name, equals, value = option.lstrip("-").partition("=")
        if name in REFUSED:
            raise Refusal(f"--{name} is no option for a program in the cache; "
                          "`lfm2 compile MODEL` takes every option of lfm2-compile", 2)
        if equals and name in READS:
            # Of --lora=PATH:SCALE the path; a preset of --quantize is no path.
            path, colon, scale = value.rpartition(":") if name == "lora" and ":" in value else (value, "", "")
            if os.path.exists(path) and (name != "quantize" or "/" in path or "." in path):
                value = os.path.abspath(path) + colon + scale
        made.append(f"--{name}{equals}{value}")
    return made


def read_files(options):
    """A line for each file that absolute() options name."""
    for option in options:
        name, _, value = option.lstrip("-").partition("=")
        if name in READS and value.startswith("/"):
            path = value if os.path.exists(value) else value.rpartition(":")[0]
            for file in files_below(path) if os.path.isdir(path) else [path]:
                yield stamp(file)
