"""flip.py IN AT OUT [sealed]: copies a file with the byte AT changed, from the end if negative; "sealed": a byte of
an archive's footer, whose hash is then made to fit."""
import sys

import archive

data = bytearray(open(sys.argv[1], "rb").read())
data[int(sys.argv[2])] ^= 1
if sys.argv[4:] == ["sealed"]:
    footer = data[-archive.FOOTER:]
    archive.seal(footer)
    data[-archive.FOOTER:] = footer
open(sys.argv[3], "wb").write(data)
