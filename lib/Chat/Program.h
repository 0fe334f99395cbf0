// A compiled template before it becomes bytes.

#ifndef LFM2C_LIB_CHAT_PROGRAM_H
#define LFM2C_LIB_CHAT_PROGRAM_H

#include "lfm2rt/chat_format.h"
#include "llvm/ADT/StringRef.h"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace lfm2c {

struct TemplateProgram {
  /// With the texts of messages.
  TemplateProgram();

  std::vector<lfm2_template_constant> constants;
  std::string bytes; // Of strings among them.
  std::vector<uint32_t> code;
  std::vector<uint16_t> lines;
  std::vector<lfm2_template_function> functions;
  std::vector<uint32_t> globals, variables;
  bool changesCase = false;

  uint32_t addString(llvm::StringRef text);
  uint32_t addInteger(int64_t value);
  uint32_t addNumber(double value);

private:
  uint32_t add(uint32_t kind, uint64_t value, uint32_t size);

  std::map<std::string, uint32_t> strings;
  std::map<std::pair<uint32_t, uint64_t>, uint32_t> numbers;
};

} // namespace lfm2c

#endif // LFM2C_LIB_CHAT_PROGRAM_H
