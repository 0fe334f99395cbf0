"""The application of Ray Serve: app() in Python, build() for `serve run` and the files of Serve."""

import math
from typing import Any

from ray import serve
from ray.serve.config import RequestRouterConfig

from .ingress import Ingress
from .replica import Replica
from .settings import Settings


def app(model: str | dict[str, str], **settings: Any) -> serve.Application:
    """The server's interface (OpenAI's, Ollama's) over replicas on any number of nodes:
    `serve.run(app("lfm2:350m", max_replicas=4))`. See Settings."""
    return build(Settings(model=model, **settings))


def build(settings: Settings) -> serve.Application:
    """`serve run lfm2_compile.ray:build model=lfm2:350m max_replicas=4`."""
    room = 2 * settings.parallel
    replicas = serve.deployment(
        Replica, name="Replica",
        ray_actor_options={"num_cpus": settings.cpus},
        max_ongoing_requests=room,
        max_queued_requests=settings.max_queued,
        autoscaling_config={
            "min_replicas": settings.min_replicas, "max_replicas": settings.max_replicas,
            "initial_replicas": max(1, settings.min_replicas),
            "target_ongoing_requests": settings.target or max(1, settings.parallel / 2),
            "upscale_delay_s": settings.upscale_delay_s, "downscale_delay_s": settings.downscale_delay_s},
        request_router_config=RequestRouterConfig(
            **({"request_router_class": settings.router} if settings.router else {})),
        health_check_period_s=5, health_check_timeout_s=15,
        graceful_shutdown_wait_loop_s=1, graceful_shutdown_timeout_s=math.ceil(settings.grace_s) + 5)
    ingress = serve.deployment(
        Ingress, name="Ingress", num_replicas=settings.ingresses, ray_actor_options={"num_cpus": 0.1},
        max_ongoing_requests=10000, graceful_shutdown_timeout_s=math.ceil(settings.grace_s) + 5)
    return ingress.bind(replicas.bind(settings), settings.repeats)
