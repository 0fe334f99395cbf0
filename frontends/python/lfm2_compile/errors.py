"""What calls of this package raise. The texts are those of the C interface."""


class Lfm2Error(Exception):
    """Any of them. Its text is one line: what was expected, what was found, what to do.

    `needed` says how many of it there would have to be, where that is known: bytes for
    NoMemory, tokens for ContextFull, the errno for SystemFailure; else 0.
    """

    needed: int = 0


class InvalidArgument(Lfm2Error, ValueError):
    """The same call would fail again."""


class NoMemory(Lfm2Error, MemoryError):
    """`needed` bytes are not there."""


class ContextFull(Lfm2Error):
    """The conversation has no room for what is to be read; nothing of it was."""


class Cancelled(Lfm2Error):
    """Another thread cancelled what was read."""


class UnsupportedCpu(Lfm2Error):
    """The model was compiled for CPUs that have more than this one."""


class BadWeights(Lfm2Error):
    """The weights are cut short, damaged, or of another model."""


class SystemFailure(Lfm2Error, OSError):
    """The system refused; `needed` is its errno."""


class NoTokenizer(Lfm2Error):
    """The model was compiled without a tokenizer, so it reads ids alone."""


class NotFinite(Lfm2Error):
    """Logits are no finite numbers: the weights are damaged."""


class NoDevice(Lfm2Error):
    """No device runs the model, or none of that name."""


class DeviceLost(Lfm2Error):
    """The device stopped answering; load the model anew."""


class QueueFull(Lfm2Error):
    """More requests wait than may; the same one may succeed later."""


class Closed(Lfm2Error):
    """The object was closed."""


class InUse(Lfm2Error):
    """Another call, of another thread or an answer in the making, has the object."""


class WrongProcess(Lfm2Error):
    """The object was made by the process that this one is a fork of."""


class CompileError(Lfm2Error):
    """The compiler refused, or failed: the line that lfm2-compile prints."""


class CompileWarning(UserWarning):
    """What lfm2-compile prints behind 'warning:'."""
