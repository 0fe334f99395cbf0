"""A conversation: what was read, and what may be done with it."""

import json
import struct
import zlib
from typing import Any, Iterable, Literal, Unpack, overload

from . import _engine
from .asking import Asked, Prompt, ask_chat, ask_text, prompt_ids
from .errors import InvalidArgument
from .options import Options
from .results import Completion, Delta, Message
from .messages import message_list
from .stream import Stream, _Source

_ENDING = struct.Struct("<8sQI")
_MAGIC = b"LFM2PYTH"


class Conversation:
    """The state of one conversation, in the caller's thread and threads of its own.

    Made by Model.conversation(). It is in one call at a time, from any thread: a second call
    meanwhile raises InUse, and so does what reads while an answer of its is made. After close()
    calls raise Closed; in a process that fork() made, WrongProcess.
    """

    def __init__(self, model: _engine.Model, context: _engine.Context, messages: Iterable[Any] = ()):
        self._model, self._context = model, context
        self.messages: list[dict[str, Any]] = message_list(list(messages))
        """What chat() has sent and got, and sends next time; to be changed as one likes."""

    # --- What was read ---

    @property
    def position(self) -> int:
        """Tokens of the conversation."""
        return self._context.position

    @property
    def capacity(self) -> int:
        """Tokens that it has room for."""
        return self._context.capacity

    @property
    def tokens(self) -> list[int]:
        """Their ids, those that were generated too."""
        return self._context.tokens()

    def read(self, prompt: Prompt, *, logits: bool = False) -> Any:
        """Reads a text or ids behind what is there. A text gets the token of a start in front
        where the conversation is empty.

        With `logits`: a float32 array [tokens, vocabulary] of its own, the logits behind each of
        these tokens. Ctrl-C ends it; then `position` says how far it came.
        """
        ids = prompt_ids(self._model, prompt, is_start=self._context.position == 0)
        if not logits:
            self._context.read(ids)
            return None
        return _array(self._context.read_for_logits(ids))

    @property
    def logits(self) -> Any:
        """Logits behind the last token: a float32 array [vocabulary], read only, without a copy.

        It is the conversation's own memory: it stays readable as long as the array lives, also
        after close(), and shows the logits of whatever was read last. Take a copy() to keep some.
        """
        return _array(self._context.logits())

    @property
    def hidden_states(self) -> Any:
        """Hidden states behind the last norm of the tokens that were read last (of an answer: of
        its last token): a float32 array [tokens, hidden], read only, without a copy. What is read
        later does not change it. Needs Model.conversation(hidden=True)."""
        return _array(self._context.hidden())

    # --- Answers ---

    def generate(self, prompt: Prompt | None = None, *, schema: Any = None, grammar: str | None = None,
                 regex: str | None = None, **options: Unpack[Options]) -> Completion:
        """Reads `prompt`, if any, and goes on with the text: see Model.generate(). What is
        generated is a part of the conversation."""
        asked = self._ask(prompt, schema=schema, grammar=grammar, regex=regex, **options)
        return run(self._model, self._context, asked, becomes=False)

    def stream(self, prompt: Prompt | None = None, *, schema: Any = None, grammar: str | None = None,
               regex: str | None = None, **options: Unpack[Options]) -> Stream[str]:
        """generate(), piece by piece."""
        asked = self._ask(prompt, schema=schema, grammar=grammar, regex=regex, **options)
        return start(self._model, self._context, asked, becomes=False)

    def _ask(self, prompt: Prompt | None, **options: Any) -> Asked:
        return ask_text(self._model, [] if prompt is None else prompt, is_start=self._context.position == 0, **options)

    @overload
    def chat(self, messages: Any = ..., *, stream: Literal[False] = ..., **options: Any) -> Message: ...
    @overload
    def chat(self, messages: Any = ..., *, stream: Literal[True], **options: Any) -> Stream[Delta]: ...

    def chat(self, messages: Any = (), *, stream: bool = False, **options: Any) -> Message | Stream[Delta]:
        """The next turn: adds `messages` (a text is what a user says) to those before, and the
        answer behind them: see Model.chat(). What is the same as before is not read again.
        Where it fails nothing is added."""
        added = message_list(messages)
        said = self.messages + added
        asked = ask_chat(self._model, said, **options)

        def keep(message: Message) -> None:
            self.messages = said + [message.to_dict()]

        if stream:
            return start(self._model, self._context, asked, becomes=True,
                         on_end=lambda source: keep(source.result()))
        message = run(self._model, self._context, asked, becomes=True)
        keep(message)
        return message

    # --- Going elsewhere ---

    def rewind(self, position: int = 0) -> None:
        """Goes back to where so many tokens were read. At most 64 of them are read again. It
        leaves `messages` alone: the next chat() reads what they have become."""
        if not isinstance(position, int) or not 0 <= position < 2**32:
            raise InvalidArgument(f"expected a position of 0 ... {self.position}, found {position!r:.60}")
        self._context.rewind(position)

    def fork(self) -> "Conversation":
        """Another conversation that stands where this one does. Copies the state."""
        return Conversation(self._model, self._context.fork(), list(self.messages))

    def save(self) -> bytes:
        """The whole state, messages too, to be restored by a conversation of the same compiled
        model, here or in another process. A hash guards against damage, not against those who
        mean harm."""
        state = self._context.save()
        beside = json.dumps({"messages": self.messages, "pending": self._context.pending()}).encode()
        return b"".join((state, beside, _ENDING.pack(_MAGIC, len(beside), zlib.crc32(beside))))

    def restore(self, saved: Any) -> None:
        """Makes this the conversation that save() gave: bytes, or what has such, as a mapped
        file. What is damaged, or of another model, is refused, and leaves all as it was."""
        view = memoryview(saved).cast("B")
        end = len(view) - _ENDING.size
        magic, size, check = _ENDING.unpack(view[end:]) if end >= 0 else (b"", 0, 0)
        beside = view[max(end - size, 0):max(end, 0)]
        if magic != _MAGIC or len(beside) != size or zlib.crc32(beside) != check:
            raise InvalidArgument(f"expected a conversation as save() gives it, found {len(view)} bytes that are "
                                  "cut short or damaged; save it again")
        said = json.loads(bytes(beside))
        self._context.restore(view[:end - size], said["pending"])
        self.messages = said["messages"]

    def close(self) -> None:
        """Gives memory and threads back. Arrays stay readable. Twice is fine."""
        self._context.close()

    def __enter__(self) -> "Conversation":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._context.closed:
            return "<Conversation, closed>"
        return f"<Conversation of {self.position} of {self.capacity} tokens>"


def _array(floats: _engine.Floats) -> Any:
    import numpy

    return numpy.asarray(floats)


def run(model: _engine.Model, context: _engine.Context, asked: Asked, becomes: bool) -> Any:
    """The answer, whole."""
    answer = _engine.Answer(context, asked.ids, asked.options, becomes)
    try:
        answer.run()
    finally:
        answer.close()
    return asked.result(model, answer.result)


def start(model: _engine.Model, context: _engine.Context, asked: Asked, becomes: bool,
          on_end: Any = lambda source: None) -> Stream[Any]:
    """The answer, while it comes. `on_end` is called once, when it has ended for any reason."""
    return Stream(_Source(model, asked, _engine.Answer(context, asked.ids, asked.options, becomes), on_end))
