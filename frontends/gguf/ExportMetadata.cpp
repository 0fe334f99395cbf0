// All of the metadata: made new, or that of the file that was read, changed
// where it has to be.

#include "frontends/gguf/GGUFConfig.h"
#include "frontends/gguf/GGUFExport.h"
#include "frontends/gguf/GGUFTensors.h"
#include "lib/Support/Error.h"
#include "llvm/Support/Format.h"
#include <map>

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

/// general.file_type by type. Mixes of the K formats are called by llama.cpp
/// after the amount of better ones among them.
static uint32_t fileTypeOf(uint32_t type, bool isMixed) {
  switch (type) {
  case 0: // F32
  case 1: // F16
  case 2: // Q4_0
  case 3: // Q4_1
    return type;
  case 6: // Q5_0
    return 8;
  case 7: // Q5_1
    return 9;
  case 8: // Q8_0
    return 7;
  case 10: // Q2_K, and Q2_K_S
    return isMixed ? 10 : 21;
  case 11: // Q3_K_M, Q3_K_S
    return isMixed ? 12 : 11;
  case 12: // Q4_K_M, Q4_K_S
    return isMixed ? 15 : 14;
  case 13: // Q5_K_M, Q5_K_S
    return isMixed ? 17 : 16;
  case 14: // Q6_K
    return 18;
  case 16: // IQ2_XXS
    return 19;
  case 17: // IQ2_XS
    return 20;
  case 18: // IQ3_XXS
    return 23;
  case 19: // IQ1_S
    return 24;
  case 20: // IQ4_NL
    return 25;
  case 21: // IQ3_S
    return 26;
  case 22: // IQ2_S
    return 28;
  case 23: // IQ4_XS
    return 30;
  case 29: // IQ1_M
    return 31;
  case 30: // BF16
    return 32;
  case 34: // TQ1_0
    return 36;
  case 35: // TQ2_0
    return 37;
  case 39: // MXFP4
    return 38;
  default:
    return 1024; // Not specified.
  }
}

static int64_t elementsOf(const GGUFTensor &tensor) {
  int64_t elements = 1;
  for (int64_t size : tensor.shape)
    elements *= size;
  return elements;
}

uint32_t lfm2c::ggufFileType(llvm::ArrayRef<GGUFTensor> tensors) {
  std::map<uint32_t, int64_t> all, layers;
  for (const GGUFTensor &tensor : tensors) {
    if (tensor.shape.size() < 2)
      continue;
    all[tensor.type] += elementsOf(tensor);
    if (StringRef(tensor.name).starts_with("blk."))
      layers[tensor.type] += elementsOf(tensor);
  }
  // The layers decide: embeddings are often of a better type.
  const std::map<uint32_t, int64_t> &counted = layers.empty() ? all : layers;
  uint32_t most = 0;
  int64_t count = 0;
  for (auto [type, elements] : counted)
    if (elements > count)
      most = type, count = elements;
  const bool isMixed = llvm::any_of(counted, [&](const auto &entry) {
    return entry.first != most && entry.first > 1 && entry.first != 30;
  });
  return fileTypeOf(most, isMixed);
}

/// "350M", "32x1.5B": parameters of a model, or experts and parameters of one
/// path through them.
static std::string sizeLabel(llvm::ArrayRef<GGUFTensor> tensors) {
  double parameters = 0;
  int64_t experts = 0;
  for (const GGUFTensor &tensor : tensors) {
    const bool isExperts = StringRef(tensor.name).contains("_exps.");
    parameters += double(elementsOf(tensor)) /
                  double(isExperts ? tensor.shape.front() : 1);
    if (isExperts)
      experts = tensor.shape.front();
  }
  const struct {
    double unit;
    char letter;
  } scales[] = {{1e12, 'T'}, {1e9, 'B'}, {1e6, 'M'}, {0, 'K'}};
  std::string label = experts ? std::to_string(experts) + "x" : "";
  for (const auto &scale : scales) {
    if (parameters <= scale.unit)
      continue;
    const double scaled = parameters / (scale.unit ? scale.unit : 1e3);
    // Two digits at least.
    const int behind = scaled < 0.5 ? 2 : scaled < 9.5 ? 1 : 0;
    llvm::raw_string_ostream(label)
        << llvm::format("%.*f%c", behind, scaled, scale.letter);
    break;
  }
  return label;
}

/// What llama.cpp samples with by default; it has words of its own for "off".
static void addSampling(const SamplingDefaults &sampling, GGUFMetadata &out) {
  out.setSignedInt("general.sampling.top_k", int32_t(sampling.topK));
  out.setFloat("general.sampling.top_p", float(sampling.topP));
  out.setFloat("general.sampling.min_p", float(sampling.minP));
  out.setFloat("general.sampling.temp", float(sampling.temperature));
  out.setSignedInt(
      "general.sampling.penalty_last_n",
      sampling.penaltyLastN >= INT32_MAX ? -1 : int32_t(sampling.penaltyLastN));
  out.setFloat("general.sampling.penalty_repeat",
               float(sampling.repeatPenalty));
}

static llvm::Expected<GGUFExport> makeNew(const Checkpoint &checkpoint,
                                          llvm::ArrayRef<GGUFTensor> tensors,
                                          std::vector<std::string> &warnings) {
  const ModelConfig &config = checkpoint.config;
  if (checkpoint.tokenizer.empty())
    return makeError("expected a tokenizer (tokenizer.json, or vocab.json and "
                     "merges.txt), which llama.cpp reads no model without, "
                     "found none; put the tokenizer's files beside the model");
  GGUFExport out;
  GGUFMetadata model;
  if (Error error = exportGGUFConfig(config, model))
    return std::move(error);
  out.metadata.take("general.architecture", model);
  out.metadata.setString("general.type", "model");
  if (config.causal)
    addSampling(config.sampling, out.metadata);
  out.metadata.setString("general.name", config.name);
  out.metadata.setString("general.size_label", sizeLabel(tensors));
  for (StringRef key : model.getKeys())
    out.metadata.take(key, model);
  out.metadata.setInt("general.file_type", ggufFileType(tensors));
  out.metadata.setInt("general.quantization_version", 2);
  if (Error error = exportGGUFTokenizer(checkpoint.tokenizer, config.vocab,
                                        out.metadata, warnings))
    return std::move(error);
  if (!config.embedding.prompts.empty() || !config.embedding.skipIds.empty())
    warnings.push_back("a GGUF file has no place for the prompts of a model of "
                       "vectors and the tokens that it skips; they are left "
                       "out");
  return std::move(out);
}

/// The first file of a checkpoint that is GGUF, taken apart again; none of
/// other checkpoints.
static llvm::Expected<std::optional<GGUFFile>>
parseFile(const Checkpoint &checkpoint, size_t index) {
  if (checkpoint.config.wording != Wording::GGUF ||
      index >= checkpoint.files.size() ||
      !checkpoint.files[index]->text().starts_with("GGUF"))
    return std::nullopt;
  const MappedFile &file = *checkpoint.files[index];
  auto parsed = GGUFFile::parse(file.bytes(), file.getPath());
  if (!parsed)
    return parsed.takeError();
  return std::move(*parsed);
}

static llvm::Expected<GGUFExport> change(const Checkpoint &checkpoint,
                                         const GGUFFile &file,
                                         llvm::ArrayRef<GGUFTensor> tensors,
                                         bool retyped) {
  GGUFExport out;
  out.alignment = file.getAlignment();
  for (StringRef key : file.getKeys())
    if (!key.starts_with("split."))
      out.metadata.setValue(key, *file.find(key));

  // What its tensors said otherwise, and what was to be guessed.
  std::vector<std::string> told; // Already, when it was read.
  auto said = readGGUFConfig(file, told);
  if (!said)
    return said.takeError();
  GGUFMetadata before, now;
  if (Error error = exportGGUFConfig(*said, before))
    return std::move(error);
  if (Error error = exportGGUFConfig(checkpoint.config, now))
    return std::move(error);
  for (StringRef key : before.getKeys())
    if (!now.has(key))
      out.metadata.erase(key);
  for (StringRef key : now.getKeys())
    if (!now.isEqualAt(key, before) || !out.metadata.has(key))
      out.metadata.take(key, now);

  // What the user said otherwise.
  auto tokenizer = readGGUFTokenizer(file, "", checkpoint.config.causal, told);
  if (!tokenizer)
    return tokenizer.takeError();
  if (tokenizer->pre != checkpoint.tokenizer.pre)
    out.metadata.setString("tokenizer.ggml.pre", checkpoint.tokenizer.pre);
  const std::string &chat = checkpoint.tokenizer.chatTemplate;
  if (chat.empty())
    out.metadata.erase("tokenizer.chat_template");
  else if (tokenizer->chatTemplate != chat)
    out.metadata.setString("tokenizer.chat_template", chat);

  if (retyped) {
    out.metadata.setInt("general.file_type", ggufFileType(tensors));
    out.metadata.setInt("general.quantization_version", 2);
  }
  return std::move(out);
}

llvm::Expected<GGUFExport>
lfm2c::exportGGUFMetadata(const Checkpoint &checkpoint,
                          llvm::ArrayRef<GGUFTensor> tensors, bool retyped,
                          std::vector<std::string> &warnings) {
  llvm::append_range(warnings, listGGUFLimits(checkpoint.config));
  auto file = parseFile(checkpoint, 0);
  if (!file)
    return file.takeError();
  return *file ? change(checkpoint, **file, tensors, retyped)
               : makeNew(checkpoint, tensors, warnings);
}

llvm::Expected<std::vector<std::string>>
lfm2c::listGGUFTensors(const Checkpoint &checkpoint) {
  std::vector<std::string> names;
  for (size_t i = 0; i < checkpoint.files.size(); ++i) {
    auto file = parseFile(checkpoint, i);
    if (!file)
      return file.takeError();
    if (!*file)
      break;
    for (const GGUFTensorInfo &info : (*file)->getTensors())
      names.push_back(canonicalGGUFName(info.name).str());
  }
  return names;
}
