// Changes to the Hugging Face form of the tiny checkpoint, and what they lead
// to.

#ifndef LFM2C_TEST_UNIT_FRONTENDS_HFDAMAGE_H
#define LFM2C_TEST_UNIT_FRONTENDS_HFDAMAGE_H

#include "DirectoryFixture.h"
#include "Equality.h"
#include "TinyCheckpoint.h"
#include <functional>

namespace lfm2c::test {

inline llvm::Expected<std::unique_ptr<Checkpoint>>
readBuilt(const HFBuilder &builder, TemporaryDirectory &directory) {
  builder.write(directory.path);
  return readCheckpoint(directory.path);
}

struct HFChange {
  const char *what;
  std::function<void(HFBuilder &)> apply;
  const char *expected; // Part of the message, or of the first warning.
};

inline void PrintTo(const HFChange &change, std::ostream *os) {
  *os << change.what;
}

/// The model with experts, changed, is refused in one line with the message.
inline void expectRefused(const HFChange &change) {
  HFBuilder builder(/*moe=*/true);
  change.apply(builder);
  TemporaryDirectory directory;
  std::string message = errorOf(readBuilt(builder, directory));
  EXPECT_NE(message.find(change.expected), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_LT(message.size(), 500u);
}

} // namespace lfm2c::test

#endif // LFM2C_TEST_UNIT_FRONTENDS_HFDAMAGE_H
