"""Downloads from the hub, by huggingface_hub: its cache, tokens, progress bar, offline
mode and variables; it goes on where a connection broke. What arrives is compared with
the hub's checksums."""

import errno
import os
import shutil
import sys

from . import checksums, hub_cache
from .choose import choose
from .human import bytes_as_text
from .model import blob_of
from .refusal import Refusal, reason


def download(name):
    """The Model of a Name in its newest revision; files that are here already are not
    fetched again. Raises Refusal, and keeps no file that is not what the hub has."""
    try:
        import huggingface_hub
        from huggingface_hub import constants
    except ImportError as error:
        raise Refusal(f"cannot download {name.word}: {first_line(error)}; install huggingface_hub for "
                      f"{sys.executable}, as by `pip install huggingface_hub`, or give the path of a model") from None
    try:
        info = huggingface_hub.HfApi().model_info(
            name.repo, revision=name.revision, files_metadata=True, timeout=constants.HF_HUB_ETAG_TIMEOUT)
        sizes = {file.rfilename: file.size or 0 for file in info.siblings or []}
        files = choose(list(sizes), name.choice, name.repo)
        if not files:
            raise Refusal(f"{name.repo} has neither GGUF files nor a config.json with safetensors, so it is no model "
                          "that can be compiled; many have a repository of the same name with -GGUF behind it")
        missing = sum(sizes[file] for file in files if not is_here(name, info.sha, file))
        if missing:
            check_room(missing)
            print(f"lfm2: downloading {bytes_as_text(missing)} from {constants.ENDPOINT}/{name.repo}",
                  file=sys.stderr, flush=True)
        paths = [huggingface_hub.hf_hub_download(name.repo, file, revision=name.revision) for file in files]
    except Refusal:
        raise
    except Exception as error:  # pylint: disable=broad-except
        raise explain(error, name) from None
    keep_only_whole(paths)
    found = hub_cache.find(name._replace(choice=files[0] if files[0].endswith(".gguf") else "", revision=info.sha))
    if not found or not all(f"/snapshots/{info.sha}/" in path for path in paths):
        raise Refusal(f"{name.repo} changed while it was downloaded, or lacks files of the model; try again")
    return found._replace(name=name.word)


def is_here(name, commit, file):
    return os.path.exists(os.path.join(hub_cache.repository(name.repo), "snapshots", str(commit), file))


def keep_only_whole(paths):
    """Removes the files of a download whose bytes are not those of their checksums."""
    refusal = None
    for path in paths:
        try:
            checksums.check([path])
        except checksums.Damaged as error:
            refusal = refusal or error
            for file in (blob_of(path), path):
                if os.path.lexists(file):
                    os.unlink(file)
    if refusal:
        text = str(refusal).partition("; delete")[0]
        raise Refusal(f"{text}; it was not kept; try again, and if that fails tell the owner of the repository")


def check_room(size):
    """Raises Refusal where the disk has no room for so many bytes."""
    folder = hub_cache.folder()
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    free = shutil.disk_usage(folder).free
    if free < size:
        raise no_room(f"{bytes_as_text(size)} are to be downloaded and {bytes_as_text(free)} are free")


def no_room(why):
    return Refusal(f"cannot download to {hub_cache.folder()}: {why}; make room there, or name another folder by "
                   "HF_HOME")


def explain(error, name):
    """The Refusal that says what an exception of huggingface_hub means for its user."""
    from huggingface_hub import constants, errors
    where = constants.ENDPOINT
    status = getattr(getattr(error, "response", None), "status_code", None)
    for one in (error, error.__cause__, error.__context__):
        if isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return no_room(reason(one))
        if isinstance(one, OSError) and one.errno and one.filename:
            return Refusal(f"cannot use {one.filename}: {reason(one)}; make its folder readable and writable, or name "
                           "another by HF_HOME")
        if isinstance(one, errors.OfflineModeIsEnabled):
            return Refusal(f"{name.word} is not on this machine, and HF_HUB_OFFLINE forbids to download it; "
                           "unset HF_HUB_OFFLINE, or give a model of `lfm2 list`")
    if isinstance(error, errors.GatedRepoError):
        return Refusal(f"{name.repo} is gated: ask for access at {where}/{name.repo}, then log in by `hf auth login` "
                       "or set HF_TOKEN")
    if isinstance(error, errors.RevisionNotFoundError):
        return Refusal(f"{name.repo} has no revision '{name.revision}'; see {where}/{name.repo}")
    if isinstance(error, errors.RepositoryNotFoundError) or status == 404:
        return Refusal(f"{where} has no repository {name.repo}, or it is private: look for a mistake in the name; for "
                       "a private one log in by `hf auth login` or set HF_TOKEN")
    if status in (401, 403):
        return Refusal(f"{where} refuses access to {name.repo} (status {status}): the token is wrong or has no right "
                       "to read; log in again by `hf auth login`, or set or unset HF_TOKEN")
    if status == 429:
        return Refusal(f"{where} has had too many requests from here (status 429); wait some minutes, or log in by "
                       "`hf auth login`")
    if status:
        return Refusal(f"{where} cannot answer now (status {status}); try again later; files that arrived whole are "
                       "kept")
    kind = type(error).__name__
    if "Timeout" in kind:
        return Refusal(f"{where} takes too long to answer; try again, or give it more time: "
                       "HF_HUB_ETAG_TIMEOUT and HF_HUB_DOWNLOAD_TIMEOUT are in seconds")
    if isinstance(error, errors.HFValidationError):
        return Refusal(f"'{name.repo}' cannot be the name of a repository: {first_line(error)}")
    if "Consistency check" in str(error) or "RemoteProtocol" in kind:
        return Refusal(f"{where} sent only a part of a file of {name.repo}, which was not kept; try again")
    return Refusal(f"cannot download {name.repo} from {where}: {first_line(error)}; look at the network, HF_ENDPOINT "
                   "and the proxy; a model of `lfm2 list` needs none")


def first_line(error):
    lines = [line for line in str(error).split("\n") if line.strip()]
    return lines[0] if lines else type(error).__name__
