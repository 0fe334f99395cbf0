"""What makes the pieces of a stream for `async for`."""

import asyncio
import atexit
import threading
from typing import Any

_running: set["Pump"] = set()


class Pump:
    """A thread that reads a source, and hands its pieces to an event loop.

    One hand-over a piece, and none back: the thread does not wait for the loop.
    """

    def __init__(self, source: Any):
        self._source = source
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[tuple[Any, BaseException | None]] = asyncio.Queue()
        self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="lfm2-stream")
        _running.add(self)
        self._thread.start()

    async def next(self) -> Any:
        """The next piece; None behind the last."""
        if self._ended:
            return None
        piece, error = await self._queue.get()
        self._ended = piece is None
        if error is not None:
            raise error
        return piece

    def stop(self) -> None:
        """Ends the answer, and waits until the thread has."""
        self._source.answer.cancel()
        self._thread.join()

    async def wait(self) -> None:
        """stop() that lets the loop run."""
        self._source.answer.cancel()
        await self._loop.run_in_executor(None, self._thread.join)

    def _run(self) -> None:
        piece: Any = True
        error: BaseException | None = None
        try:
            while piece is not None:
                try:
                    piece = self._source.next()
                except BaseException as raised:
                    piece, error = None, raised
                self._loop.call_soon_threadsafe(self._queue.put_nowait, (piece, error))
        except RuntimeError:  # The loop is closed: nobody waits for more.
            self._source.end()
        finally:
            _running.discard(self)


@atexit.register
def _stop_all() -> None:
    """A thread that computes while the interpreter goes away would be ended by force."""
    for pump in list(_running):
        pump.stop()
