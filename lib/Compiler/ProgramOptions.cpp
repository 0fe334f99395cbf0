#include "lib/Compiler/ProgramOptions.h"

#include "dialects/lfm2/IR/Caches.h"
#include "lib/Model/ModelConfig.h"
#include "lib/Model/PreTokenizers.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

ProgramOptions lfm2c::complete(ProgramOptions given,
                               const ProgramOptions &recorded) {
  auto take = [&](auto ProgramOptions::*option) {
    if (!(given.*option))
      given.*option = recorded.*option;
  };
  take(&ProgramOptions::pre);
  take(&ProgramOptions::quantize);
  take(&ProgramOptions::kv);
  take(&ProgramOptions::activations);
  take(&ProgramOptions::context);
  take(&ProgramOptions::chunkTokens);
  return given;
}

void lfm2c::recordOptions(mlir::ModuleOp module,
                          const ProgramOptions &options) {
  if (!options.pre && !options.quantize && !options.kv &&
      !options.activations && !options.context && !options.chunkTokens) {
    module->removeAttr(lfm2::kOptionsAttrName);
    return;
  }
  mlir::MLIRContext *context = module.getContext();
  auto text = [&](const std::optional<std::string> &word) {
    return word ? mlir::StringAttr::get(context, *word) : mlir::StringAttr();
  };
  std::optional<std::string> activations;
  if (options.activations)
    activations = getInfo(*options.activations).word;
  module->setAttr(
      lfm2::kOptionsAttrName,
      lfm2::OptionsAttr::get(context, text(options.pre), text(options.quantize),
                             text(activations), options.context,
                             options.chunkTokens, text(options.kv)));
}

static Error checkNumber(StringRef name, std::optional<int64_t> number,
                         int64_t most) {
  if (!number || (*number >= 1 && *number <= most))
    return Error::success();
  return makeError("'lfm2.options' has {0} = {1}; expected one from 1 to {2}",
                   name, *number, most);
}

static Error noSuchWord(StringRef name, StringRef found, StringRef expected) {
  return makeError("'lfm2.options' has {0} = {1}; expected {2}", name,
                   quoted(found), expected);
}

llvm::Expected<ProgramOptions>
lfm2c::readRecordedOptions(mlir::ModuleOp module) {
  ProgramOptions options;
  auto record =
      module->getAttrOfType<lfm2::OptionsAttr>(lfm2::kOptionsAttrName);
  if (!record)
    return options;
  if (record.getPre()) {
    options.pre = record.getPre().str();
    TokenizerSpec tokenizer;
    if (Error error =
            usePreTokenizer(*options.pre, "'lfm2.options': pre", tokenizer))
      return error;
  }
  if (record.getQuantize())
    options.quantize = record.getQuantize().str();
  if (record.getKv()) {
    options.kv = record.getKv().str();
    if (!llvm::is_contained(lfm2::getCacheWords(), *options.kv))
      return noSuchWord("kv", *options.kv,
                        "one of " + llvm::join(lfm2::getCacheWords(), ", "));
  }
  if (record.getActivations()) {
    std::string words;
    for (const ActivationsInfo &info : activationsInfos) {
      if (record.getActivations() == info.word)
        options.activations = info.value;
      words += (words.empty() ? "one of " : ", ") + std::string(info.word);
    }
    if (!options.activations)
      return noSuchWord("activations", record.getActivations(), words);
  }
  options.context = record.getContextLength();
  options.chunkTokens = record.getChunk();
  if (Error error = checkNumber("context_length", options.context, maxContext))
    return error;
  if (Error error = checkNumber("chunk", options.chunkTokens, maxChunkTokens))
    return error;
  return options;
}
