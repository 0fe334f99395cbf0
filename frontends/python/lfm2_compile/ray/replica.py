"""A replica: lfm2-serve as a child, and what is asked of it passed on."""

import math
import os
import sys
from typing import AsyncIterator

import aiohttp

from .child import Child
from .messages import Head, Request, passed_on
from .passing import Gone
from .place import place, words_of
from .settings import Settings


class Replica:
    """The class of a deployment. Its constructor compiles the models unless this node has them."""

    def __init__(self, settings: Settings):
        self._grace = settings.grace_s
        named = [f"--name={name}={place(model, settings.compile)}" for name, model in settings.models().items()]
        self._child = Child([*named, f"--threads={math.ceil(settings.cpus)}", f"--parallel={settings.parallel}",
                             f"--grace={math.ceil(settings.grace_s)}", *words_of(settings.serve)], _end_this_process)
        self._session: aiohttp.ClientSession | None = None

    async def answer(self, request: Request) -> AsyncIterator[Head | bytes]:
        """A Head, then the bytes of the body. Cancelling it, as Serve does when the client leaves,
        closes the connection, at which lfm2-serve ends the answer."""
        try:
            async with self._client().request(
                    request.method, self._child.url + request.path, data=request.body or None,
                    headers=request.headers, allow_redirects=False) as response:
                yield Head(response.status, passed_on(response.headers.items()))
                async for piece in response.content.iter_any():
                    yield piece
        except aiohttp.ClientError as error:
            raise Gone(f"the server of this replica is gone ({type(error).__name__})") from None

    async def check_health(self) -> None:
        """Serve calls it again and again, and replaces a replica where it raises."""
        if not self._child.is_alive():
            raise RuntimeError("lfm2-serve has ended")
        async with self._client().get(self._child.url + "/health", timeout=aiohttp.ClientTimeout(total=5)) as response:
            if response.status != 200:
                raise RuntimeError(f"lfm2-serve says {response.status} at /health")

    async def __del__(self) -> None:
        """Serve calls it when the answers that this replica makes have ended, or their time has."""
        if self._session:
            await self._session.close()
        self._child.stop(self._grace)

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            # The server and the clients have limits of time; here, as many connections as requests.
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=None),
                skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=15))
        return self._session


def _end_this_process(status: int) -> None:
    """A replica whose server has ended takes no more requests, so that none is sent to it; Serve
    starts another one."""
    print(f"lfm2-serve ended with status {status}, and this replica with it", file=sys.stderr, flush=True)
    os._exit(1)
