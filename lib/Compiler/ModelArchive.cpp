#include "lib/Compiler/ModelArchive.h"

#include "lib/Compiler/NonFinite.h"
#include "lib/Compiler/PackWeights.h"
#include "lib/Compiler/Version.h"
#include "lib/Model/EmbeddingTables.h"
#include "lib/Model/TokenizerTables.h"
#include "lib/Support/Error.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

llvm::Expected<Identity> ModelArchive::identify(llvm::XXH128_hash_t tensors) {
  auto section = buildTokenizerSection(checkpoint.tokenizer, chat);
  if (!section)
    return makeError("{0}: {1}", checkpoint.path,
                     llvm::toString(section.takeError()));
  tokenizer = std::move(*section);
  const std::string words =
      llvm::formatv("{0} {1} {2} {3} {4}{5}{6}", getCompilerVersion(),
                    settings.quantize, getInfo(settings.activations).word,
                    code.program.contextMax, code.weightLayout,
                    settings.kv.empty() ? "" : " ", settings.kv)
          .str();
  // The template and the form of answers, too: programs with others are others.
  std::vector<uint8_t> texts = tokenizer;
  texts.insert(texts.end(), chat.section.begin(), chat.section.end());
  texts.insert(texts.end(), answerForm.begin(), answerForm.end());
  return computeIdentity(checkpoint, tensors, texts, words);
}

ModelDescription ModelArchive::describe() const {
  ModelDescription description;
  description.checkpoint = &checkpoint;
  description.chat = &chat;
  description.target = choice.name;
  description.variants = choice.variants;
  description.program = code.program;
  description.weights = summarizeWeights(*code.planned);
  // The least entry makes a token from a token.
  description.decodeBytes =
      weightBytesOfStep(code.program.variants.front().entries.front());
  description.weightsHash = weightsHash;
  description.quantize = settings.quantize;
  description.activations = settings.activations;
  return description;
}

Error ModelArchive::writeWeights(HashingStream &os) {
  if (Error error = packWeights(
          *code.planned, tensors, os,
          [&](uint64_t done, uint64_t total) {
            observer.weightsPacked(done, total);
            return observer.goOn();
          },
          [&](const WeightPlace &place) {
            return tellNonFinite(place, options, observer);
          }))
    return error;
  weightsHash = os.digest();
  return Error::success();
}

Error ModelArchive::write(llvm::raw_ostream &os, StringRef before) {
  auto weights = [&](HashingStream &os) { return writeWeights(os); };
  auto text = [](llvm::raw_ostream &os, StringRef bytes) -> Error {
    os << bytes;
    return Error::success();
  };
  auto tokens = [&](HashingStream &os) {
    return text(os, llvm::toStringRef(tokenizer));
  };
  auto info = [&](HashingStream &os) {
    return text(os, formatInfo(describe()));
  };
  auto defaults = [&](HashingStream &os) {
    return text(
        os, formatDefaults(describe(), settings.options.context.value_or(0)));
  };
  auto embedding = [&](HashingStream &os) -> Error {
    auto section = buildEmbeddingSection(checkpoint.config);
    if (!section)
      return makeError("{0}: {1}", checkpoint.path,
                       llvm::toString(section.takeError()));
    return text(os, llvm::toStringRef(*section));
  };
  auto conversations = [&](HashingStream &os) {
    return text(os, llvm::toStringRef(chat.section));
  };
  auto form = [&](HashingStream &os) {
    return text(os, llvm::toStringRef(answerForm));
  };
  return writeArchive(
             os, before, code.program.identity,
             {weights, tokens, info, defaults, embedding, conversations, form})
      .takeError();
}
