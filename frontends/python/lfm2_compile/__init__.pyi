from ._compiler import version as version
from .compiler import Program as Program, compile as compile
from .conversation import Conversation as Conversation
from .errors import (
    BadWeights as BadWeights, Cancelled as Cancelled, Closed as Closed, CompileError as CompileError,
    CompileWarning as CompileWarning, ContextFull as ContextFull,
    DeviceLost as DeviceLost, InUse as InUse, InvalidArgument as InvalidArgument, Lfm2Error as Lfm2Error,
    NoDevice as NoDevice, NoMemory as NoMemory, NoTokenizer as NoTokenizer, NotFinite as NotFinite,
    QueueFull as QueueFull, SystemFailure as SystemFailure, UnsupportedCpu as UnsupportedCpu,
    WrongProcess as WrongProcess)
from .model import Model as Model, load as load
from .options import Options as Options
from .pipelines import pipeline as pipeline
from .report import Report as Report
from .results import (
    Completion as Completion, Delta as Delta, Message as Message, TokenLogprob as TokenLogprob,
    ToolCall as ToolCall, Usage as Usage)
from .stream import Stream as Stream
