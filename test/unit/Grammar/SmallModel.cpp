#include "test/unit/Grammar/SmallModel.h"

#include "lib/Model/TokenizerTables.h"
#include "runtime/grammar/Grammar.h"
#include "test/unit/Tokenizer/SmallTokenizer.h"

#include <cstdlib>
#include <cstring>

using namespace lfm2c;
namespace grammar = lfm2rt::grammar;

WordMemory::WordMemory(uint64_t bytes) : words(new uint64_t[bytes / 8]) {
  std::memset(words.get(), 0xa5, bytes / 8 * 8);
}

static OpenTokenizer makeTokenizer(bool hasTools) {
  SmallTokenizer small;
  // Tokens that reach over the borders of values; two bytes of a character.
  for (llvm::StringRef pair :
       {"{\"", "\":", ", ", "12", "ab", "\"}", "tr", "ue", "\xc3\xa9"})
    small.merge(byteToCharacter(uint8_t(pair[0])),
                byteToCharacter(uint8_t(pair[1])));
  small.merge("tr", "ue");
  small.spec.bos = small.add("<bos>", TokenType::Control);
  small.spec.eos = small.add("<eos>", TokenType::Control);
  if (hasTools) {
    small.add("<|tool_call_start|>", TokenType::Control);
    small.add("<|tool_call_end|>", TokenType::Control);
    small.add("</think>", TokenType::UserDefined);
  }
  finishTokenizer(small.spec);
  return llvm::cantFail(OpenTokenizer::fromSpec(small.spec));
}

SmallModel::SmallModel(bool hasTools)
    : open(makeTokenizer(hasTools)),
      memory(grammar::vocabularySize(open.get(), size())),
      made(grammar::makeVocabulary(open.get(), size(), memory.get())) {
  end = lfm2_tokenizer_eos(&open.get());
}

const SmallModel &SmallModel::get() {
  static const SmallModel model(/*hasTools=*/true);
  return model;
}

CompiledForm::CompiledForm(const lfm2rt_form &form, llvm::StringRef text,
                           const SmallModel &model, uint64_t bytes)
    : memory(bytes) {
  // A copy of its own, so that the sanitizer sees a step beyond.
  const std::unique_ptr<char[]> copy(new char[text.size()]);
  std::memcpy(copy.get(), text.data(), text.size());
  if (grammar::compile(&grammar, form, {copy.get(), uint32_t(text.size())},
                       &model.tokenizer(), model.size(), memory.get(),
                       bytes / 8 * 8, &error) != LFM2RT_OK)
    grammar = nullptr;
}

SmallConstraint::SmallConstraint(const lfm2rt_grammar &grammar,
                                 const lfm2rt_constraint_options *options,
                                 const SmallModel &model)
    : memory(lfm2rt_constraint_size(&grammar, &model.vocabulary(), options)) {
  lfm2rt_error error;
  const lfm2rt_status status = lfm2rt_constraint_create(
      &pointer, &grammar, &model.vocabulary(), options, memory.get(),
      lfm2rt_constraint_size(&grammar, &model.vocabulary(), options), &error);
  if (status == LFM2RT_NO_MEMORY)
    pointer = nullptr;
  else if (status != LFM2RT_OK)
    std::abort();
}
