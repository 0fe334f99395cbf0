#include "test/unit/Tokenizer/SplitFile.h"
#include "runtime/tokenizer/Text.h"
#include "test/unit/Tokenizer/SmallTokenizer.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>

using namespace lfm2c;
namespace json = llvm::json;

llvm::Expected<std::vector<SplitGolden>>
lfm2c::readSplitFile(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::createStringError(buffer.getError(), "cannot read the file");
  auto file = json::parse((*buffer)->getBuffer());
  if (!file)
    return file.takeError();
  const auto strings = [](const json::Value &list) {
    std::vector<std::string> all;
    for (const json::Value &value : *list.getAsArray())
      all.push_back(value.getAsString()->str());
    return all;
  };
  std::vector<SplitGolden> goldens;
  for (const json::Value &value : *file->getAsArray()) {
    const json::Object &entry = *value.getAsObject();
    SplitGolden golden;
    for (const json::Value &item : *entry.getArray("steps")) {
      const json::Array &step = *item.getAsArray();
      golden.steps.push_back(
          {step[0].getAsString()->str(),
           llvm::StringSwitch<SplitBehavior>(*step[1].getAsString())
               .Case("Isolated", SplitBehavior::Isolated)
               .Case("Removed", SplitBehavior::Removed)
               .Case("MergedWithPrevious", SplitBehavior::MergedWithPrevious)
               .Case("MergedWithNext", SplitBehavior::MergedWithNext)
               .Case("Contiguous", SplitBehavior::Contiguous),
           *step[2].getAsBoolean()});
    }
    golden.texts = strings(*entry.get("texts"));
    for (const json::Value &pieces : *entry.getArray("pieces"))
      golden.pieces.push_back(strings(pieces));
    goldens.push_back(std::move(golden));
  }
  return std::move(goldens);
}

std::vector<std::string> lfm2c::splitWords(const OpenTokenizer &tokenizer,
                                           llvm::StringRef text) {
  std::vector<std::string> words;
  // Of exactly its size, so that the sanitizer sees a step beyond.
  const std::unique_ptr<uint8_t[]> marks(new uint8_t[text.size()]);
  lfm2rt::splitText(
      tokenizer.get(), text.bytes_begin(), text.size(), marks.get(),
      [](void *to, const uint8_t *word, size_t bytes) {
        static_cast<std::vector<std::string> *>(to)->emplace_back(
            reinterpret_cast<const char *>(word), bytes);
        return true;
      },
      &words);
  return words;
}

llvm::Expected<OpenTokenizer> lfm2c::openSplit(std::vector<SplitStep> steps) {
  SmallTokenizer small;
  small.spec.splits = std::move(steps);
  return OpenTokenizer::fromSpec(small.spec);
}
