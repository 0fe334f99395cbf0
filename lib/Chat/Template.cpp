// From the tree to the bytes of the section.

#include "lib/Chat/Template.h"

#include "lib/Chat/Cases.h"
#include "lib/Chat/Emitter.h"
#include "lib/Chat/Parser.h"
#include "lib/Support/Error.h"

#include <cstring>

using namespace lfm2c;
using llvm::StringRef;

namespace {

class SectionWriter {
public:
  SectionWriter() : section(sizeof header) {}

  template <typename T> void append(int table, llvm::ArrayRef<T> elements) {
    section.resize((section.size() + 7) / 8 * 8);
    header.tables[table] = {uint32_t(section.size()),
                            uint32_t(elements.size())};
    const auto *bytes = reinterpret_cast<const uint8_t *>(elements.data());
    section.insert(section.end(), bytes, bytes + elements.size() * sizeof(T));
  }

  // ASCII characters that control tokens are spelled with.
  void setSpelling(llvm::ArrayRef<std::string> controls) {
    for (StringRef token : controls)
      for (char c : token)
        if (c > ' ' && c < 0x7f && c != '"' && c != '\\')
          header.spelling[c / 32] |= 1u << (c % 32);
  }

  std::vector<uint8_t> finish() {
    section.resize((section.size() + 7) / 8 * 8);
    std::memcpy(header.magic, LFM2_TEMPLATE_MAGIC, sizeof header.magic);
    header.version = LFM2_TEMPLATE_VERSION;
    header.bytes = uint32_t(section.size());
    std::memcpy(section.data(), &header, sizeof header);
    return std::move(section);
  }

private:
  lfm2_template_header header = {};
  std::vector<uint8_t> section;
};

} // namespace

llvm::Expected<std::vector<uint8_t>>
lfm2c::compileTemplate(StringRef source, const TemplateContext &context) {
  constexpr size_t mostBytes = 1 << 20;
  if (source.size() > mostBytes)
    return makeError("a chat template of {0} bytes; at most {1} are supported",
                     source.size(), mostBytes);
  auto statements = parseTemplate(source);
  if (!statements)
    return statements.takeError();
  TemplateProgram program;
  if (llvm::Error error = Emitter(program).run(*statements))
    return std::move(error);
  for (const auto &[name, text] : context.globals) {
    program.globals.push_back(program.addString(name));
    program.globals.push_back(program.addString(text));
  }
  std::vector<lfm2_template_case> cases;
  if (program.changesCase)
    cases = makeCases(program);
  SectionWriter writer;
  writer.setSpelling(context.controls);
  writer.append<lfm2_template_constant>(LFM2_TEMPLATE_CONSTANTS,
                                        program.constants);
  writer.append<uint32_t>(LFM2_TEMPLATE_CODE, program.code);
  writer.append<uint16_t>(LFM2_TEMPLATE_LINES, program.lines);
  writer.append<lfm2_template_function>(LFM2_TEMPLATE_FUNCTIONS,
                                        program.functions);
  writer.append<uint32_t>(LFM2_TEMPLATE_GLOBALS, program.globals);
  writer.append<uint32_t>(LFM2_TEMPLATE_VARIABLES, program.variables);
  writer.append<lfm2_template_case>(LFM2_TEMPLATE_CASES, cases);
  writer.append<char>(
      LFM2_TEMPLATE_BYTES,
      llvm::ArrayRef(program.bytes.data(), program.bytes.size()));
  return writer.finish();
}

std::vector<std::string> lfm2c::listVariables(llvm::ArrayRef<uint8_t> section) {
  std::vector<std::string> names;
  if (section.empty())
    return names;
  const auto *header =
      reinterpret_cast<const lfm2_template_header *>(section.data());
  const auto at = [&](int table) {
    return section.data() + header->tables[table].offset;
  };
  const auto *constants = reinterpret_cast<const lfm2_template_constant *>(
      at(LFM2_TEMPLATE_CONSTANTS));
  const auto *variables =
      reinterpret_cast<const uint32_t *>(at(LFM2_TEMPLATE_VARIABLES));
  for (uint32_t i = 0; i < header->tables[LFM2_TEMPLATE_VARIABLES].count; ++i)
    names.emplace_back(reinterpret_cast<const char *>(at(LFM2_TEMPLATE_BYTES)) +
                           constants[variables[i]].value,
                       constants[variables[i]].size);
  return names;
}
