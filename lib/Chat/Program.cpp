#include "lib/Chat/Program.h"

#include "llvm/ADT/bit.h"

using namespace lfm2c;

TemplateProgram::TemplateProgram() {
  constexpr llvm::StringLiteral messages[] = {
#define LFM2_TEXT(name, text) llvm::StringLiteral(text),
      LFM2_MESSAGES(LFM2_TEXT)
#undef LFM2_TEXT
  };
  for (llvm::StringRef text : messages) {
    add(LFM2_CONSTANT_STRING, bytes.size(), uint32_t(text.size()));
    bytes += text;
  }
}

uint32_t TemplateProgram::add(uint32_t kind, uint64_t value, uint32_t size) {
  constants.push_back({value, kind, size});
  return uint32_t(constants.size() - 1);
}

uint32_t TemplateProgram::addString(llvm::StringRef text) {
  const auto [it, isNew] = strings.try_emplace(text.str(), 0);
  if (isNew) {
    it->second = add(LFM2_CONSTANT_STRING, bytes.size(), uint32_t(text.size()));
    bytes += text;
  }
  return it->second;
}

uint32_t TemplateProgram::addInteger(int64_t value) {
  const auto [it, isNew] =
      numbers.try_emplace({LFM2_CONSTANT_INTEGER, uint64_t(value)}, 0);
  if (isNew)
    it->second = add(LFM2_CONSTANT_INTEGER, uint64_t(value), 0);
  return it->second;
}

uint32_t TemplateProgram::addNumber(double value) {
  const auto bits = llvm::bit_cast<uint64_t>(value);
  const auto [it, isNew] = numbers.try_emplace({LFM2_CONSTANT_NUMBER, bits}, 0);
  if (isNew)
    it->second = add(LFM2_CONSTANT_NUMBER, bits, 0);
  return it->second;
}
