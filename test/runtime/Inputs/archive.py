"""The footer of an archive, and the hash over it, which is XXH64: for tests that make archives which were not
damaged but are wrong."""
import struct

FOOTER = 144  # Bytes.
PLACES = 40  # Of the bytes of the archive, then of its eight sections.
HASHED = 128  # The hash of these stands behind them.
MASK = (1 << 64) - 1
P1, P2, P3, P4 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63


def xxh64(data):
    """Of a multiple of 32 bytes."""
    def rotate(x, bits):
        return (x << bits | x >> 64 - bits) & MASK

    def take(lane, word):
        return rotate((lane + word * P2) & MASK, 31) * P1 & MASK
    lanes = [P1 + P2, P2, 0, -P1]
    for stripe in struct.iter_unpack("<4Q", data):
        lanes = [take(lane, word) for lane, word in zip(lanes, stripe)]
    total = sum(rotate(lane & MASK, bits) for lane, bits in zip(lanes, (1, 7, 12, 18))) & MASK
    for lane in lanes:
        total = ((total ^ take(0, lane)) * P1 + P4) & MASK
    total = (total + len(data)) & MASK
    total = (total ^ total >> 33) * P2 & MASK
    total = (total ^ total >> 29) * P3 & MASK
    return total ^ total >> 32


def seal(footer):
    """Makes its hash fit."""
    struct.pack_into("<Q", footer, HASHED, xxh64(bytes(footer[:HASHED])))
