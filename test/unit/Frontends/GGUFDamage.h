// Changes to the GGUF form of the tiny checkpoint, and what they lead to.

#ifndef LFM2C_TEST_UNIT_FRONTENDS_GGUFDAMAGE_H
#define LFM2C_TEST_UNIT_FRONTENDS_GGUFDAMAGE_H

#include "Equality.h"
#include "TinyCheckpoint.h"
#include "frontends/gguf/GGUFFrontend.h"
#include <functional>

namespace lfm2c::test {

inline std::string errorOfBytes(llvm::ArrayRef<uint8_t> bytes) {
  return errorOf(readGGUFMemory(bytes, "t.gguf"));
}

struct GGUFChange {
  const char *what;
  std::function<void(GGUFBuilder &)> apply;
  const char *expected; // Part of the message, or of the first warning.
};

inline void PrintTo(const GGUFChange &change, std::ostream *os) {
  *os << change.what;
}

/// The dense model, changed, is refused in one line with the message.
inline void expectRefused(const GGUFChange &change) {
  GGUFBuilder builder;
  change.apply(builder);
  std::string message = errorOfBytes(builder.build());
  EXPECT_NE(message.find(change.expected), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_LT(message.size(), 400u);
}

} // namespace lfm2c::test

#endif // LFM2C_TEST_UNIT_FRONTENDS_GGUFDAMAGE_H
