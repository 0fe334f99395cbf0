"""What an application of Ray Serve is made of: the keyword arguments of app(), and the words of
`serve run lfm2_compile.ray:build KEY=VALUE ...`."""

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model: str | dict[str, str]
    """What `lfm2 prepare` takes, on each node; or several, by the names that clients use."""
    name: str | None = None
    """What clients call the one model; None: the last part of `model`."""
    compile: str = ""
    """Options of lfm2-compile, as "--quantize=q4_0"."""
    serve: str = ""
    """Options of lfm2-serve, as "--context=8192 --api-key-file=/etc/keys"."""
    cpus: float = Field(default=1, gt=0)
    """Of each replica: what Ray counts, and, rounded up, the threads that compute."""
    parallel: int = Field(default=16, ge=1, le=256)
    """Answers that a replica makes at the same time. Twice as many requests are sent to it."""
    min_replicas: int = Field(default=1, ge=0)
    max_replicas: int = Field(default=1, ge=1)
    target: float | None = Field(default=None, gt=0)
    """Requests per replica, answered or waiting, that autoscaling aims at; None: half of `parallel`."""
    upscale_delay_s: float = Field(default=10, ge=0)
    downscale_delay_s: float = Field(default=300, ge=0)
    max_queued: int = Field(default=512, ge=-1)
    """Requests that wait at an ingress for a replica; more are refused with 429. -1: any number."""
    ingresses: int = Field(default=2, ge=1)
    """Processes that take requests from Serve's proxies, spread over nodes; a proxy uses one on its
    own node where there is one. With one for each node, the loss of a node ends no streams of others."""
    repeats: int = Field(default=1, ge=0)
    """How often a request goes to another replica where one is gone before its answer began."""
    grace_s: float = Field(default=30, ge=0)
    """Seconds that answers have when a replica is to stop."""
    router: str = "ray.serve.experimental.consistent_hash_router.ConsistentHashRouter"
    """The class that chooses replicas; "": Serve's own (the shorter of two queues)."""

    @model_validator(mode="after")
    def _check(self) -> "Settings":
        if self.min_replicas > self.max_replicas:
            raise ValueError(f"expected min_replicas of at most max_replicas, found {self.min_replicas} and "
                             f"{self.max_replicas}")
        if self.name is not None and not isinstance(self.model, str):
            raise ValueError("expected no name where `model` names models")
        return self

    def models(self) -> dict[str, str]:
        """By the names that clients use."""
        if isinstance(self.model, dict):
            return self.model
        last = self.model.rstrip("/").rpartition("/")[2]
        return {self.name or last.removesuffix(".so").removesuffix(".gguf"): self.model}
