"""Answers while they come."""

from collections import deque
from typing import Any, AsyncIterator, Callable, Generic, Iterator, TypeVar

from . import _engine
from .asking import Asked
from .errors import InUse
from .results import Delta

T = TypeVar("T", str, Delta)


class _Source:
    """What a stream and its thread, if it has one, share."""

    def __init__(self, model: _engine.Model, asked: Asked, answer: _engine.Answer,
                 on_end: Callable[["_Source"], None]):
        self.model, self.asked, self.answer, self.on_end = model, asked, answer, on_end
        self.deltas: deque[Delta] = deque()
        self.ended = False

    def next(self) -> Any:
        """The next piece; None behind the last."""
        if self.ended:
            return None
        try:
            piece = self.next_delta() if self.asked.is_chat else self.answer.next_text()
        except BaseException:
            self.end()
            raise
        if piece is None:
            self.end()
        return piece

    def next_delta(self) -> Delta | None:
        if not self.deltas:
            for kind, call, text, name in self.answer.next() or ():
                self.deltas.append(Delta(kind, text, call, name))
        return self.deltas.popleft() if self.deltas else None

    def result(self) -> Any:
        return self.asked.result(self.model, self.answer.result)

    def end(self) -> None:
        """Leaves the conversation; twice is fine."""
        if not self.ended:
            self.answer.close()
            self.ended = True
            self.on_end(self)


class Stream(Generic[T], Iterator[T], AsyncIterator[T]):
    """Pieces of one answer, as they come: texts, or of a chat Deltas.

    `for piece in stream` computes in the caller's thread. `async for piece in stream`
    computes in a thread of its own, which does not wait for who takes the pieces. A stream
    has its conversation for itself until it has ended or is closed, and is closed when it is
    left behind, when a with-statement ends, or when an exception comes out of it, a
    KeyboardInterrupt too; what was made until then stays part of the conversation.
    """

    def __init__(self, source: _Source):
        self._source = source
        self._pump: Any = None

    def __iter__(self) -> "Stream[T]":
        return self

    def __next__(self) -> T:
        if self._pump is not None:
            raise InUse("expected a stream without another reader, found one that `async for` reads")
        piece = self._source.next()
        if piece is None:
            raise StopIteration
        return piece

    def __aiter__(self) -> "Stream[T]":
        return self

    async def __anext__(self) -> T:
        if self._pump is None:
            from .pump import Pump

            self._pump = Pump(self._source)
        piece = await self._pump.next()
        if piece is None:
            raise StopAsyncIteration
        return piece

    @property
    def result(self) -> Any:
        """The Completion, or the Message of a chat: what has been made so far. Behind the last
        piece it is whole, and has a finish_reason."""
        return self._source.result()

    def cancel(self) -> None:
        """The answer ends at once, with "cancelled". Any thread may call it."""
        self._source.answer.cancel()

    def close(self) -> None:
        """Ends the answer, if it has not ended, and leaves the conversation."""
        if self._pump is not None:
            self._pump.stop()
        else:
            self._source.end()

    async def aclose(self) -> None:
        """close() for who reads by `async for`."""
        if self._pump is not None:
            await self._pump.wait()
        self._source.end()

    def __enter__(self) -> "Stream[T]":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    async def __aenter__(self) -> "Stream[T]":
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.aclose()

    def __del__(self) -> None:
        # Nobody waits here: the thread, if there is one, ends by itself.
        if self._pump is not None:
            self._source.answer.cancel()
        else:
            self._source.end()
