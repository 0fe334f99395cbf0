#include "lib/Compiler/AnswerForm.h"

#include "lfm2rt/constraint.h"
#include "lib/Model/TokenizerTables.h"
#include "lib/Support/Error.h"
#include "lib/Support/MappedFile.h"

#include <cstring>

using namespace lfm2c;

llvm::Expected<std::vector<uint8_t>>
lfm2c::compileAnswerForm(const CompileOptions &options,
                         const Checkpoint &checkpoint, const ChatForm &chat) {
  const bool isSchema = !options.schemaPath.empty();
  const std::string &path = isSchema ? options.schemaPath : options.grammarPath;
  if (path.empty())
    return std::vector<uint8_t>();
  if (checkpoint.tokenizer.empty())
    return makeError("{0}: expected a model with a tokenizer for {1}, found "
                     "none; compile one that has it",
                     options.model, isSchema ? "--schema" : "--grammar");
  auto file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  auto section = buildTokenizerSection(checkpoint.tokenizer, chat);
  if (!section)
    return section.takeError();
  const llvm::StringRef text = (*file)->text();
  lfm2rt_form form = {};
  form.kind = isSchema ? LFM2RT_FORM_JSON_SCHEMA : LFM2RT_FORM_GBNF;
  // Words, so that both are at a multiple of 8.
  std::vector<uint64_t> tables((section->size() + 7) / 8);
  std::memcpy(tables.data(), section->data(), section->size());
  for (uint64_t bytes = lfm2rt_grammar_size(text.size());; bytes *= 2) {
    std::vector<uint64_t> memory(bytes / 8);
    const lfm2rt_grammar *grammar;
    lfm2rt_error error;
    const lfm2rt_status status = lfm2rt_grammar_create_for(
        &grammar, tables.data(), section->size(),
        uint32_t(checkpoint.tokenizer.tokens.size()), &form, text.data(),
        text.size(), memory.data(), bytes, &error);
    auto *image = reinterpret_cast<const uint8_t *>(memory.data());
    if (status == LFM2RT_OK)
      return std::vector<uint8_t>(image, image + lfm2rt_grammar_used(grammar));
    if (status != LFM2RT_NO_MEMORY || bytes > uint64_t(1) << 30)
      return makeErrorText(path + ": " + error.message);
  }
}
