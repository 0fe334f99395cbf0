"""A request goes to a replica, and its answer to the client: once, whatever ends in between.

Nothing of an answer goes on before its first whole event is there (of one that is no stream: all of
it). Until then the client has nothing, and where the replica is gone another one is asked, if the
request is pure; behind that, the client gets an error event.
"""

from typing import AsyncIterator, Callable

from .messages import Head, Request
from .streams import Events, error_body, error_event, is_stream

Parts = AsyncIterator[Head | bytes]
"""A Head, then the bytes of the body. aclose() cancels what is not read."""


class Gone(Exception):
    """The replica or its server ended before the answer did. It stands for an answer of `status`."""

    def __init__(self, message: str, status: int = 503, code: str = "replica_gone", may_repeat: bool = True):
        super().__init__(message)
        self.status, self.code, self.may_repeat = status, code, may_repeat

    def __reduce__(self):
        return Gone, (str(self), self.status, self.code, self.may_repeat)


async def pass_on(request: Request, ask: Callable[[Request, bool], Parts],
                  repeats: int = 1) -> tuple[Head, AsyncIterator[bytes]]:
    """The answer that the client gets. ask: sends the request to a replica, and is told whether it
    does so for the first time; its parts raise Gone. repeats: how often it is sent once more; a
    request that ends replicas should not end many."""
    is_first = True
    while True:
        parts = ask(request, is_first)
        try:
            return await _begun(parts)
        except Gone as gone:
            if repeats == 0 or not gone.may_repeat or not request.is_pure():
                return refusal(request, gone)
            repeats -= 1
            is_first = False
        except BaseException:
            await _end(parts)
            raise


def refusal(request: Request, gone: Gone) -> tuple[Head, AsyncIterator[bytes]]:
    headers = [("content-type", "application/json"), ("retry-after", "1")]
    return Head(gone.status, headers), _one(error_body(request.path, str(gone), gone.status, gone.code))


async def _begun(parts: Parts) -> tuple[Head, AsyncIterator[bytes]]:
    head = await anext(parts)
    assert isinstance(head, Head)
    if not is_stream(head.media_type()):
        return head, _one(b"".join([piece async for piece in parts]))
    events = Events(head.media_type())
    async for piece in parts:
        whole = events.add(piece)
        if whole:
            return head, _rest(whole, parts, events, head.media_type())
    return head, _one(events.finish())


async def _rest(first: bytes, parts: Parts, events: Events, media_type: str) -> AsyncIterator[bytes]:
    try:
        yield first
        async for piece in parts:
            whole = events.add(piece)
            if whole:
                yield whole
        tail = events.finish()
        if tail:
            yield tail
    except Gone as gone:
        yield error_event(media_type, f"{gone}; the answer ends here, unfinished", gone.code)
    finally:
        await _end(parts)


async def _one(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _end(parts: Parts) -> None:
    aclose = getattr(parts, "aclose", None)
    if aclose:
        await aclose()
