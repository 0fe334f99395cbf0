"""flip.py IN AT OUT: copies a file with the byte AT changed, from the end if
negative."""
import sys

data = bytearray(open(sys.argv[1], "rb").read())
data[int(sys.argv[2])] ^= 1
open(sys.argv[3], "wb").write(data)
