"""Sizes and times as people read them."""


def bytes_as_text(size):
    """"219 MB": powers of 1000, as the hub and disks have them."""
    for unit in ("bytes", "KB", "MB"):
        if size < 999.5:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def age_as_text(seconds):
    """"3 days ago"."""
    for most, unit, length in ((60, "second", 1), (3600, "minute", 60), (86400, "hour", 3600), (1e12, "day", 86400)):
        if seconds < most:
            count = max(0, int(seconds / length))
            return "just now" if unit == "second" else f"{count} {unit}{'s' * (count != 1)} ago"
    return "never"
