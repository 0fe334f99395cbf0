"""Takes requests from Serve's proxies, and passes each on to a replica."""

from typing import Any, AsyncIterator

import ray.exceptions
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError, ReplicaUnavailableError
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse

from .messages import Head, Request, passed_on
from .passing import Gone, pass_on
from .streams import error_body

_MOST_BYTES = 64 << 20

# Serve gives each answer an id by this name; that of lfm2-serve is in its log.
_names = {"x-request-id": "x-server-request-id"}


class Ingress:
    """The class of a deployment."""

    def __init__(self, replicas: Any, repeats: int):
        self._replicas = replicas.options(stream=True)
        self._repeats = repeats

    async def __call__(self, http: HttpRequest) -> Response:
        path = http.url.path.removeprefix(http.scope.get("root_path", "").rstrip("/"))
        if path == "/metrics":
            return _refused(path, "expected a path that all replicas answer alike, found /metrics, which each has of "
                            "its own; Ray's metrics tell of this application", 404, "not_found")
        body = bytearray()
        async for piece in http.stream():
            body += piece
            if len(body) > _MOST_BYTES:
                return _refused(path, f"expected a body of at most {_MOST_BYTES} bytes, found a longer one; send less",
                                413, "body_too_large")
        request = Request(http.method, path + (f"?{http.url.query}" if http.url.query else ""),
                          passed_on(http.headers.items()), bytes(body))
        head, parts = await pass_on(request, self._ask, self._repeats)
        response = StreamingResponse(parts, head.status)
        response.raw_headers = [(_names.get(name.lower(), name.lower()).encode("latin-1"), value.encode("latin-1"))
                                for name, value in head.headers]
        return response

    async def _ask(self, request: Request, is_first: bool) -> AsyncIterator[Head | bytes]:
        session = request.session() if is_first else ""  # Its replica is gone.
        to = self._replicas.options(session_id=session) if session else self._replicas
        response = to.answer.remote(request)
        try:
            async for part in response:
                yield part
        except Exception as error:
            raise gone_of(error) from error
        except BaseException:  # Nobody reads on. (Of one that failed, cancel() raises the failure again.)
            response.cancel()
            raise


def _refused(path: str, message: str, status: int, code: str) -> Response:
    return Response(error_body(path, message, status, code), status, media_type="application/json")


def gone_of(error: Exception) -> Exception:
    """What Ray raises, as Gone; other errors as they are."""
    if isinstance(error, ray.exceptions.RayTaskError) and isinstance(error.cause, Gone):
        return error.cause
    if isinstance(error, BackPressureError):
        return Gone("more requests wait for a replica than may; ask again later", 429, "queue_full", may_repeat=False)
    if isinstance(error, DeploymentUnavailableError):
        return Gone("this application has no replica that runs; ask again later", code="unavailable",
                    may_repeat=False)
    if isinstance(error, (ray.exceptions.RayActorError, ReplicaUnavailableError, ray.exceptions.NodeDiedError,
                          ray.exceptions.ObjectLostError, ray.exceptions.WorkerCrashedError,
                          ray.exceptions.TaskCancelledError)):
        return Gone("the replica that was to answer is gone; ask again")
    return error
