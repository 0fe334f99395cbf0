"""enlarge.py WEIGHTS BYTES OUT: writes OUT, a file with holes: the archive of the
file WEIGHTS with nothing behind its sections up to BYTES, and a footer that fits."""
import struct
import sys

source, size, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with open(source, "rb") as file:
    data = file.read()
FOOTER = 112  # Bytes; those of the archive stand at 40.
footer = bytearray(data[-FOOTER:])
struct.pack_into("<Q", footer, 40, size - FOOTER)
with open(out, "wb") as file:
    file.write(data[:-FOOTER])
    file.seek(size - FOOTER)
    file.write(footer)
