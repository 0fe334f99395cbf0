// Splits by name: each name leads to patterns that can be compiled, but one.

#include "lib/Model/PreTokenizers.h"
#include "lib/Model/TokenizerTables.h"
#include "llvm/ADT/StringSet.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {

TEST(PreTokenizers, EveryNameHasASplit) {
  std::vector<llvm::StringRef> names = getPreTokenizerNames();
  EXPECT_GT(names.size(), 70u);
  EXPECT_TRUE(std::adjacent_find(names.begin(), names.end()) == names.end());
  llvm::StringSet<> compiled; // Names that share a split are tried once.
  for (llvm::StringRef name : names) {
    TokenizerSpec spec;
    EXPECT_EQ(llvm::toString(usePreTokenizer(name, "t", spec)), "");
    EXPECT_FALSE(spec.splits.empty()) << name.str();
    std::string key;
    for (const SplitStep &step : spec.splits)
      key += step.pattern + "\n";
    if (!compiled.insert(key).second)
      continue;
    auto section = buildTokenizerSection(spec);
    // It counts 512 spaces, which are more states than a split may have.
    if (name == "jais-2")
      EXPECT_NE(llvm::toString(section.takeError()).find("states"),
                std::string::npos);
    else
      EXPECT_TRUE(bool(section))
          << name.str() << ": " << llvm::toString(section.takeError());
  }
}

TEST(PreTokenizers, HaveTheirFlags) {
  TokenizerSpec spec;
  llvm::cantFail(usePreTokenizer("llama3", "t", spec));
  EXPECT_TRUE(spec.ignoreMerges && spec.addBos);
  EXPECT_EQ(spec.pre, "llama3");
  llvm::cantFail(usePreTokenizer("qwen2", "t", spec));
  EXPECT_FALSE(spec.ignoreMerges || spec.addBos);
  EXPECT_EQ(spec.splits.size(), 1u);
}

} // namespace
