# Makes C++ of a file: cmake -DIN=FILE -DOUT=FILE.cpp -P Embed.cmake. A file that is
# not there has no bytes.
set(bytes "0")
set(size 0)
if(EXISTS ${IN})
  file(READ ${IN} text HEX)
  string(LENGTH "${text}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${text}")
endif()
file(WRITE ${OUT} "// Made of ${IN} by the build.
namespace lfm2s {
extern const unsigned char pageBytes[];
extern const unsigned pageSize;
const unsigned char pageBytes[] = {${bytes}};
const unsigned pageSize = ${size};
} // namespace lfm2s
")
