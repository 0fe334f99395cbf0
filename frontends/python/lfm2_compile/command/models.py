"""pull, list, show: what models there are."""

import json
import os

from . import cache, hub_cache, inventory, names, words
from .find import find_here
from .human import age_as_text, bytes_as_text
from .info import info_of
from .refusal import Refusal, visible


def pull(arguments):
    """lfm2 pull MODEL"""
    word = words.only_model(arguments, "pull")
    if os.path.exists(os.path.expanduser(word)):
        raise Refusal(f"{word} is a file or folder of this machine; expected a repository or a short name", 2)
    name = names.parse(word)
    if not name.repo:
        raise names.unknown(word)
    from . import hub
    model = hub.download(name)
    print(f"{model.path} ({bytes_as_text(model.size())})")
    return 0


def list_models(arguments):
    """lfm2 list [--json | --names]"""
    if arguments == ["--names"]:
        for name, repo in names.table().items():
            print(f"{name:25} {repo}")
        return 0
    rows = inventory.everything()
    if arguments == ["--json"]:
        print(json.dumps([described(*row) for row in rows], indent=2))
        return 0
    if arguments:
        raise Refusal(f"expected --json or --names, found '{arguments[0]}'", 2)
    lines = [("NAME", "SIZE", "PLACE", "COMPILED", "USED")]
    for model, entries in rows:
        made = sum(entry[2] for entry in entries)
        old = all(inventory.is_outdated(entry[1]) for entry in entries)
        lines.append((visible(model.name), bytes_as_text(model.size()) if model.files else "-", model.place,
                      bytes_as_text(made) + (" (outdated)" if old else "") if entries else "-",
                      age_as_text(entries[0][3]) if entries else "-"))
    if len(lines) == 1:
        print("no models on this machine; `lfm2 run lfm2:350m` gets one, `lfm2 list --names` shows others")
        return 0
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(word.ljust(width) for word, width in zip(line, widths)).rstrip())
    total = sum(entry[2] for _, entries in rows for entry in entries)
    print(f"\ncompiled: {bytes_as_text(total)} in {cache.folder()}; downloads of the hub: {hub_cache.folder()}")
    return 0


def described(model, entries):
    return {"name": model.name, "path": model.path, "place": model.place,
            "bytes": model.size() if model.files else 0,
            "compiled": [{"folder": folder, "bytes": size, "options": note.get("options"),
                          "files": note["sizes"], "outdated": inventory.is_outdated(note)}
                         for folder, note, size, _ in entries]}


def show(arguments):
    """lfm2 show MODEL [--json]"""
    as_json = "--json" in arguments
    word = words.only_model([one for one in arguments if one != "--json"], "show")
    model, name = find_here(word)
    if not model:
        if not name.repo:
            raise names.unknown(word)
        raise Refusal(f"{word} ({name.repo}) is not on this machine; `lfm2 pull {word}` downloads it")
    entries = inventory.compiled_of(model, cache.entries())
    info = next(filter(None, (info_of(os.path.join(entry[0], "model")) for entry in entries)), None)
    if as_json:
        print(json.dumps({**described(model, entries), "info": info}, indent=2))
        return 0
    rows = [("name", model.name), ("repository", name.repo if name and name.repo else ""), ("place", model.place),
            ("path", model.path), ("size", bytes_as_text(model.size()))]
    if info:
        rows += facts_of(info)
    for folder, note, size, age in entries:
        rows.append(("compiled", f"{', '.join(file for file in note['sizes'] if file != 'model.weights')} in {folder}"))
        rows.append(("", f"{bytes_as_text(size)}, options: {' '.join(note.get('options') or ['none'])}, used "
                         f"{age_as_text(age)}{', by another compiler' * inventory.is_outdated(note)}"))
    if not entries:
        rows.append(("compiled", f"nothing yet; `lfm2 run {word}` does it"))
    for key, value in rows:
        if value:
            print(f"{key:14}{visible(str(value))}")
    return 0


def facts_of(info):
    formats = [name for name in info.get("weight_bytes_by_format", {}) if name != "f32"]
    return [("model", str(info.get("model", ""))), ("architecture", str(info.get("architecture", ""))),
            ("context", f"{info.get('context_max')} tokens"), ("formats", ", ".join(formats) or "f32"),
            ("chats", "no" if info.get("chat", {}).get("derived_from") == "none" else "yes")]
