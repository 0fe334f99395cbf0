#include "test/unit/Grammar/AnyForm.h"

#include "lib/Model/TokenizerTables.h"
#include "runtime/grammar/Constraint.h"
#include "runtime/grammar/Grammar.h"
#include "test/unit/Tokenizer/SmallTokenizer.h"
#include "test/unit/Tokenizer/TokenizerFile.h"

#include <cstdlib>
#include <cstring>
#include <memory>

using namespace lfm2c;
using namespace lfm2rt::grammar;

namespace {

// In words, of exactly the size that is asked for, so that the sanitizer sees a
// step beyond.
struct Memory {
  explicit Memory(uint64_t bytes) : words(new uint64_t[(bytes + 7) / 8]) {}
  std::unique_ptr<uint64_t[]> words;
};

const OpenTokenizer &tokenizer() {
  static const OpenTokenizer made = [] {
    SmallTokenizer small;
    // Tokens that reach over the borders of values; two bytes of a character.
    for (llvm::StringRef pair :
         {"{\"", "\":", ", ", "12", "ab", "\"}", "tr", "ue", "\xc3\xa9"})
      small.merge(byteToCharacter(uint8_t(pair[0])),
                  byteToCharacter(uint8_t(pair[1])));
    small.spec.bos = small.add("<bos>", TokenType::Control);
    small.spec.eos = small.add("<eos>", TokenType::Control);
    small.add("<|tool_call_start|>", TokenType::Control);
    small.add("<|tool_call_end|>", TokenType::Control);
    small.add("</think>", TokenType::UserDefined);
    finishTokenizer(small.spec);
    return llvm::cantFail(OpenTokenizer::fromSpec(small.spec));
  }();
  return made;
}

const lfm2rt_vocabulary &vocabulary() {
  static const uint32_t size = lfm2_tokenizer_vocabulary(&tokenizer().get());
  static const Memory memory(vocabularySize(tokenizer().get(), size));
  static const lfm2rt_vocabulary *made =
      makeVocabulary(tokenizer().get(), size, memory.words.get());
  return *made;
}

bool isAllowed(const uint32_t *mask, uint32_t id) {
  return mask[id / 32] >> id % 32 & 1;
}

// `checks` compares each mask with trying every token.
void answer(const lfm2rt_grammar *grammar, llvm::StringRef choices,
            bool checks) {
  lfm2rt_constraint_options options = {8, 1};
  const uint64_t bytes =
      lfm2rt_constraint_size(grammar, &vocabulary(), &options);
  Memory memory(bytes);
  lfm2rt_constraint *constraint;
  lfm2rt_error error;
  if (lfm2rt_constraint_create(&constraint, grammar, &vocabulary(), &options,
                               memory.words.get(), bytes, &error) != LFM2RT_OK)
    std::abort();
  const uint32_t size = lfm2_tokenizer_vocabulary(&tokenizer().get());
  std::vector<int32_t> ids;
  lfm2rt_constraint_begin(constraint, 0);
  for (size_t step = 0; step < choices.size() && step < 24; ++step) {
    const uint32_t *mask =
        lfm2rt_constraint_allow(ids.data(), uint32_t(ids.size()), constraint);
    const std::vector<uint32_t> kept(mask, mask + (size + 31) / 32);
    std::vector<int32_t> allowed;
    for (uint32_t id = 0; id < size; ++id)
      if (isAllowed(kept.data(), id))
        allowed.push_back(int32_t(id));
    for (uint32_t id = 0; checks && step < 6 && id < size; ++id) {
      lfm2rt_constraint_allow(ids.data(), uint32_t(ids.size()), constraint);
      if (bool(lfm2rt_constraint_accept(constraint, int32_t(id))) !=
          isAllowed(kept.data(), id))
        std::abort();
    }
    lfm2rt_constraint_allow(ids.data(), uint32_t(ids.size()), constraint);
    int32_t forced[16];
    const uint32_t count = lfm2rt_constraint_forced(constraint, forced, 16);
    for (uint32_t i = 0; i < count; ++i)
      if (!lfm2rt_constraint_accept(constraint, forced[i]))
        std::abort();
    if (allowed.empty())
      return;
    ids.push_back(allowed[uint8_t(choices[step]) % allowed.size()]);
    // Now and then it goes back.
    if (choices[step] == 'Z')
      ids.resize(ids.size() / 2);
  }
}

} // namespace

bool lfm2c::useForm(const lfm2rt_form &form, llvm::StringRef text,
                    uint64_t bytes, llvm::StringRef choices) {
  const uint32_t size = lfm2_tokenizer_vocabulary(&tokenizer().get());
  Memory memory(bytes);
  // At its end, so that a step beyond is seen.
  const std::unique_ptr<char[]> copy(new char[text.size()]);
  std::memcpy(copy.get(), text.data(), text.size());
  const lfm2rt_grammar *grammar;
  lfm2rt_error error;
  const lfm2rt_status status = compile(
      &grammar, form, {copy.get(), uint32_t(text.size())}, &tokenizer().get(),
      size, memory.words.get(), bytes / 8 * 8, &error);
  if (status != LFM2RT_OK) {
    if (status != LFM2RT_NO_MEMORY && !std::strstr(error.message, "expected"))
      std::abort();
    return false;
  }
  Memory image(grammar->bytes);
  auto *start = reinterpret_cast<uint8_t *>(image.words.get());
  std::memcpy(start, grammar, grammar->bytes);
  const uint64_t imageBytes = grammar->bytes;
  if (!isSound(start, imageBytes, size))
    std::abort();
  answer(reinterpret_cast<const lfm2rt_grammar *>(start), choices, true);
  for (size_t i = 0; i + 3 <= choices.size() && i < 12; i += 3)
    start[(uint8_t(choices[i]) << 8 | uint8_t(choices[i + 1])) % imageBytes] =
        uint8_t(choices[i + 2]);
  if (isSound(start, imageBytes, size))
    answer(reinterpret_cast<const lfm2rt_grammar *>(start), choices, false);
  return true;
}
