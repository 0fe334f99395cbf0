// The choices that llama.cpp's library makes of equal logits and random
// numbers, as test/bench/sampling_goldens.py wrote them down.
#include "lib/Model/TokenizerTables.h"
#include "runtime/sampler/Sampler.h"
#include "test/unit/Runtime/SamplingCases.h"
#include "test/unit/Tokenizer/SmallTokenizer.h"

#include "gtest/gtest.h"

#include <fstream>
#include <sstream>

using namespace lfm2rt;

namespace {

std::vector<uint8_t> makeTokenizer() {
  lfm2c::SmallTokenizer small;
  for (const auto &pair : sampling::merges)
    small.merge(pair[0], pair[1]);
  lfm2c::finishTokenizer(small.spec);
  return llvm::cantFail(lfm2c::buildTokenizerSection(small.spec));
}

std::vector<int32_t> chooseAll(const sampling::Case &one,
                               const lfm2_tokenizer &tokenizer) {
  std::vector<Candidate> candidates(one.vocabulary);
  std::vector<uint32_t> marks((one.vocabulary + 31) / 32), allowed(marks);
  std::vector<float> logits;
  std::vector<int32_t> tokens = sampling::startOf(one);
  const size_t start = tokens.size();
  Sampler sampler;
  sampler.set(one.settings, &tokenizer);
  for (uint32_t step = 0; step < one.draws; ++step) {
    sampling::makeLogits(one, tokens, logits);
    for (uint32_t &word : allowed)
      word = 0;
    for (uint32_t id = 0; id < one.vocabulary; ++id)
      allowed[id / 32] |= uint32_t(sampling::isAllowed(one, step, id))
                          << id % 32;
    tokens.push_back(sampler.sample(logits.data(), one.vocabulary,
                                    tokens.data(), uint32_t(tokens.size()),
                                    one.masked ? allowed.data() : nullptr,
                                    {candidates.data(), marks.data()}));
  }
  for (uint32_t word : marks)
    EXPECT_EQ(word, 0u) << "marks are left clean";
  return {tokens.begin() + long(start), tokens.end()};
}

TEST(SamplingGoldens, EqualChoices) {
  std::vector<uint8_t> section = makeTokenizer();
  lfm2_tokenizer tokenizer;
  ASSERT_EQ(lfm2_tokenizer_open(&tokenizer, section.data(), section.size()),
            LFM2_TOKENIZER_OK);
  std::ifstream file(LFM2_SAMPLING_GOLDENS);
  size_t choices = 0;
  for (const sampling::Case &one : sampling::makeCases()) {
    std::string line, name;
    ASSERT_TRUE(std::getline(file, line)) << one.name;
    std::istringstream words(line);
    words >> name;
    ASSERT_EQ(name, one.name);
    std::vector<int32_t> expected;
    for (int32_t id; words >> id;)
      expected.push_back(id);
    ASSERT_EQ(expected.size(), one.draws);
    EXPECT_EQ(chooseAll(one, tokenizer), expected) << one.name;
    choices += expected.size();
  }
  EXPECT_GT(choices, 15000u);
}

} // namespace
