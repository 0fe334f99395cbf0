#include "lib/Model/ByteLevel.h"

#include <array>

using namespace lfm2c;

static bool isPrintable(unsigned byte) {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) ||
         byte >= 174;
}

// Code points are below 0x144, so one or two bytes of UTF-8.
static std::array<uint16_t, 256> codePoints() {
  std::array<uint16_t, 256> table{};
  uint16_t next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte)
    table[byte] = isPrintable(byte) ? uint16_t(byte) : next++;
  return table;
}

std::string lfm2c::byteToCharacter(uint8_t byte) {
  static const std::array<uint16_t, 256> table = codePoints();
  const uint16_t c = table[byte];
  if (c < 0x80)
    return std::string(1, char(c));
  return {char(0xc0 | c >> 6), char(0x80 | (c & 0x3f))};
}

std::string lfm2c::characterFormToBytes(llvm::StringRef token) {
  static const auto bytes = [] {
    std::array<int16_t, 0x144> table;
    table.fill(-1);
    const auto forward = codePoints();
    for (unsigned byte = 0; byte < 256; ++byte)
      table[forward[byte]] = int16_t(byte);
    return table;
  }();
  std::string result;
  for (size_t i = 0; i < token.size(); ++i) {
    unsigned c = uint8_t(token[i]);
    if (c >= 0x80) {
      if ((c & 0xe0) != 0xc0 || i + 1 == token.size())
        return token.str();
      c = (c & 0x1f) << 6 | (uint8_t(token[++i]) & 0x3f);
    }
    if (c >= bytes.size() || bytes[c] < 0)
      return token.str();
    result.push_back(char(bytes[c]));
  }
  return result;
}
