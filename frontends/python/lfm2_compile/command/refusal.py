"""What the command says where it cannot do what was asked."""


class Refusal(Exception):
    """One line: what was expected, what was found, what to do. `status` is that of
    the process: 1, or 2 where the command line is at fault."""

    def __init__(self, text, status=1):
        super().__init__(visible(" ".join(str(text).split())))
        self.status = status


def visible(text):
    """What a terminal would obey, and bytes that are no UTF-8, as \\x1b; the rest as it is."""
    def shown(letter):
        if "\udc80" <= letter <= "\udcff":
            return f"\\x{ord(letter) - 0xdc00:02x}"
        return letter if letter.isprintable() else letter.encode("unicode_escape").decode()
    return "".join(map(shown, text))


def reason(error):
    """What an OSError says, in the system's words: "no space left on device"."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
