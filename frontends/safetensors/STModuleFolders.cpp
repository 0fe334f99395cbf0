// 1_Pooling/config.json; config.json and weights of 1_Dense and its like.

#include "frontends/safetensors/STReader.h"
#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/StringSwitch.h"

using namespace lfm2c;

namespace {

constexpr size_t maxValues = 1 << 8;
constexpr char supportedPoolings[] = "supported are cls, mean and lasttoken";

/// The name of today for each of the flags of yesterday.
constexpr struct {
  const char *flag, *mode;
} poolingFlags[] = {
    {"pooling_mode_cls_token", "cls"},
    {"pooling_mode_max_tokens", "max"},
    {"pooling_mode_mean_tokens", "mean"},
    {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"},
    {"pooling_mode_weightedmean_tokens", "weightedmean"},
    {"pooling_mode_lasttoken", "lasttoken"},
};

/// All poolings that the file names, whichever way.
llvm::Error readModes(const JSONReader &reader,
                      std::vector<std::string> &modes) {
  if (const json::Value *value = reader.find("pooling_mode")) {
    if (value->getAsArray())
      return reader.read("pooling_mode", modes);
    return reader.read("pooling_mode", modes.emplace_back());
  }
  for (const auto &entry : poolingFlags) {
    bool on = false;
    if (llvm::Error error = reader.read(entry.flag, on))
      return error;
    if (on)
      modes.push_back(entry.mode);
  }
  return llvm::Error::success();
}

/// A number of elements that must be `expected`, if it is said.
llvm::Error checkWidth(const JSONReader &reader, llvm::StringRef key,
                       int64_t expected) {
  int64_t width = expected;
  if (llvm::Error error = reader.read(key, width))
    return error;
  if (width == expected)
    return llvm::Error::success();
  return makeError("{0}: {1} should be {2}, the width of what it gets, but is "
                   "{3}",
                   reader.getFile(), key, expected, width);
}

/// The last part of "torch.nn.modules.linear.Identity".
llvm::StringRef className(llvm::StringRef type) {
  return type.rsplit('.').second.empty() ? type : type.rsplit('.').second;
}

/// The settings of a dense layer. `width` is that of what it gets, and becomes
/// that of what it gives.
llvm::Error readDenseConfig(const JSONReader &reader, bool perToken,
                            bool isPyLate, int64_t &width) {
  if (!reader.has("in_features"))
    return makeError("{0}: key 'in_features' is missing", reader.getFile());
  if (llvm::Error error = checkWidth(reader, "in_features", width))
    return error;
  bool bias = false, residual = false;
  // What each of the two packages does without the key.
  std::string activation = isPyLate ? "Identity" : "Tanh";
  const llvm::StringRef expected =
      perToken ? "token_embeddings" : "sentence_embedding";
  std::string input = expected.str(), output = expected.str();
  if (llvm::Error error = reader.require("out_features", width))
    return error;
  if (llvm::Error error = reader.read("bias", bias))
    return error;
  if (llvm::Error error = reader.read("use_residual", residual))
    return error;
  if (llvm::Error error = reader.read("activation_function", activation))
    return error;
  if (llvm::Error error = reader.read("module_input_name", input))
    return error;
  if (llvm::Error error = reader.read("module_output_name", output))
    return error;
  if (bias || residual)
    return makeError("{0}: {1} is true, but a projection with it is not "
                     "supported",
                     reader.getFile(), bias ? "bias" : "use_residual");
  if (className(activation) != "Identity")
    return makeError("{0}: activation_function is {1}{2}; supported is "
                     "Identity, none behind the projection",
                     reader.getFile(), quoted(activation),
                     reader.has("activation_function") ? "" : " by default");
  if (input != expected || output != expected)
    return makeError("{0}: {1} is {2}, but the projection of a model {3} "
                     "Pooling is one of {4}",
                     reader.getFile(),
                     input != expected ? "module_input_name"
                                       : "module_output_name",
                     quoted(input != expected ? input : output),
                     perToken ? "without a" : "with a", quoted(expected));
  return llvm::Error::success();
}

llvm::Error readDenseWeights(const HFFolder &folder, int64_t inputs,
                             int64_t outputs, const std::string &canonical,
                             HFTensorReader &tensors) {
  const std::string path = folder.join("model.safetensors");
  if (!folder.exists("model.safetensors") && folder.exists("pytorch_model.bin"))
    return makeError("{0} holds weights in a form that is not read: "
                     "pytorch_model.bin is PyTorch's; save the model with "
                     "save_pretrained() of sentence-transformers",
                     folder.getPath());
  llvm::Expected<std::vector<SafetensorsEntry>> entries = tensors.open(path);
  if (!entries)
    return entries.takeError();
  if (entries->size() != 1 || entries->front().name != "linear.weight")
    for (const SafetensorsEntry &entry : *entries)
      if (entry.name != "linear.weight")
        return makeError("{0}: tensor {1} has no place in a projection; "
                         "supported is 'linear.weight' alone",
                         path, quoted(entry.name));
  if (entries->empty())
    return makeError("{0}: tensor 'linear.weight' is missing; get the whole "
                     "checkpoint",
                     path);
  const SafetensorsEntry &weight = entries->front();
  if (llvm::ArrayRef<int64_t>(weight.shape) !=
      llvm::ArrayRef<int64_t>({outputs, inputs}))
    return makeError("{0}: tensor 'linear.weight' should have shape {1}, as "
                     "config.json beside it says, but has {2}",
                     path, formatShape({outputs, inputs}),
                     formatShape(weight.shape));
  return tensors.addNamed(weight, path, canonical);
}

} // namespace

llvm::Error lfm2c::readSTPooling(llvm::StringRef text, llvm::StringRef file,
                                 ModelConfig &model) {
  llvm::Expected<json::Document> object =
      parseJSONObject(text, file, maxValues);
  if (!object)
    return object.takeError();
  const JSONReader reader(*object, file);
  for (const char *key : {"word_embedding_dimension", "embedding_dimension"})
    if (llvm::Error error = checkWidth(reader, key, model.hidden))
      return error;
  std::vector<std::string> modes;
  if (llvm::Error error = readModes(reader, modes))
    return error;
  if (modes.size() != 1)
    return makeError("{0}: pooling_mode names {1} poolings, but a model has "
                     "one; {2}",
                     file, modes.size(), supportedPoolings);
  EmbeddingConfig &embedding = model.embedding;
  embedding.pooling = llvm::StringSwitch<Pooling>(modes.front())
                          .Case("cls", Pooling::CLS)
                          .Case("mean", Pooling::Mean)
                          .Case("lasttoken", Pooling::Last)
                          .Default(Pooling::None);
  if (embedding.pooling == Pooling::None)
    return makeError("{0}: pooling {1} is not supported; {2}", file,
                     quoted(modes.front()), supportedPoolings);
  if (llvm::Error error =
          reader.read("include_prompt", embedding.includePrompt))
    return error;
  // The last token is none of the prompt's either way.
  if (embedding.pooling == Pooling::Last)
    embedding.includePrompt = true;
  if (!embedding.includePrompt && embedding.pooling == Pooling::CLS)
    return makeError("{0}: include_prompt is false, but the pooling is the "
                     "first token's, which stands before the prompt; set it to "
                     "true",
                     file);
  return llvm::Error::success();
}

llvm::Error lfm2c::readSTModuleFolders(const HFFolder &root,
                                       const STModules &modules,
                                       ModelConfig &model,
                                       HFTensorReader &tensors,
                                       Checkpoint &checkpoint) {
  EmbeddingConfig &embedding = model.embedding;
  auto withConfig = [&](const STModules::Module &module,
                        HFFolder::TextUse use) {
    return root.withText(module.folder + "/config.json", use);
  };
  for (const STModules::Module &module : modules.pooling)
    if (llvm::Error error =
            withConfig(module, [&](llvm::StringRef text, llvm::StringRef path) {
              return readSTPooling(text, path, model);
            }))
      return error;
  embedding.hasVectors = true;
  embedding.hasLogits = false;
  embedding.perToken = modules.pooling.empty();
  embedding.width = model.hidden;
  for (const STModules::Module &module : modules.dense) {
    const int64_t inputs = embedding.width;
    const bool isPyLate = llvm::StringRef(module.type).starts_with("pylate.");
    auto read = [&](llvm::StringRef text, llvm::StringRef path) -> llvm::Error {
      llvm::Expected<json::Document> object =
          parseJSONObject(text, path, maxValues);
      if (!object)
        return object.takeError();
      return readDenseConfig(JSONReader(*object, path), embedding.perToken,
                             isPyLate, embedding.width);
    };
    if (llvm::Error error = withConfig(module, read))
      return error;
    const std::string name = projectionName(embedding.projections.size());
    embedding.projections.push_back(embedding.width);
    if (llvm::Error error = readDenseWeights(root.below(module.folder), inputs,
                                             embedding.width, name, tensors))
      return error;
  }
  return llvm::Error::success();
}
