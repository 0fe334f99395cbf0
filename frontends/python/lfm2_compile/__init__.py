"""Compiles LFM2 language models to native code, and runs them.

Importing this package takes no time: a name is looked up in its module when it
is first used, and neither LLVM nor NumPy is loaded before something needs it.
"""

from .interpreter import refuse_others
from .lazy import look_up

refuse_others()
del refuse_others

# The module that each public name stands in.
_PLACES = {
    "CompileError": ".errors",
    "CompileWarning": ".errors",
    "Program": ".compiler",
    "Report": ".report",
    "compile": ".compiler",
    "version": "._compiler",
    "load": ".model",
    "Model": ".model",
    "Conversation": ".conversation",
    "Stream": ".stream",
    "Options": ".options",
    "pipeline": ".pipelines",
    **{name: ".results" for name in ("Completion", "Delta", "Message", "TokenLogprob", "ToolCall", "Usage")},
    **{name: ".errors" for name in (
        "BadWeights", "Cancelled", "Closed", "ContextFull", "DeviceLost", "InUse", "InvalidArgument", "Lfm2Error",
        "NoDevice", "NoMemory", "NoTokenizer", "NotFinite", "QueueFull", "SystemFailure", "UnsupportedCpu",
        "WrongProcess")},
}

__all__ = sorted(_PLACES)


def __getattr__(name):
    return look_up(globals(), _PLACES, name)


def __dir__():
    return sorted({*globals(), *_PLACES})
