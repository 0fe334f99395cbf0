"""What a text has to be: UTF-8 without zero bytes, as --calibrate has it."""

import codecs

from bench import WrongUse, files

BLOCK_BYTES = 1 << 20


def first_foreign_byte(file):
    """Where the bytes stop to be text; None when all are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    at = 0
    while True:
        block = file.read(BLOCK_BYTES)
        held = len(decoder.getstate()[0])  # Of a character that began in the block before.
        zero = block.find(b"\0")
        try:
            decoder.decode(block[:zero] if zero >= 0 else block, final=not block or zero >= 0)
        except UnicodeDecodeError as error:
            return at - held + error.start
        if zero >= 0:
            return at + zero
        if not block:
            return None
        at += len(block)


def check_text(path):
    files.check_read(path)
    try:
        with open(path, "rb") as file:
            at = first_foreign_byte(file)
    except OSError as error:
        raise WrongUse(f"expected to read '{path}', found: {files.reason(error)}") from None
    if at is not None:
        raise WrongUse(f"expected text in UTF-8 in '{path}', found other bytes at byte {at}; give a file of text")
