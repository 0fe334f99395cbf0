// What generation_config.json adds to config.json.

#include "frontends/safetensors/HFConfig.h"
#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"

using namespace lfm2c;

constexpr size_t maxGenerationValues = 1 << 12;

llvm::Error lfm2c::readHFTokenIds(const JSONReader &reader, llvm::StringRef key,
                                  std::vector<int32_t> &out) {
  std::vector<int64_t> ids;
  const json::Value *value = reader.find(key);
  if (!value)
    return llvm::Error::success();
  if (value->getAsArray()) {
    if (llvm::Error error = reader.read(key, ids))
      return error;
  } else {
    ids.resize(1);
    if (llvm::Error error = reader.read(key, ids[0]))
      return error;
  }
  for (int64_t id : ids) {
    if (id < 0)
      continue;
    if (id > INT32_MAX)
      return makeError("{0}: {1} is {2}, which is no token", reader.getFile(),
                       key, id);
    out.push_back(int32_t(id));
  }
  return llvm::Error::success();
}

llvm::Error lfm2c::readHFGenerationConfig(llvm::StringRef text,
                                          llvm::StringRef file,
                                          HFConfig &config) {
  llvm::Expected<json::Document> object =
      parseJSONObject(text, file, maxGenerationValues);
  if (!object)
    return object.takeError();
  JSONReader reader(*object, file);
  if (llvm::Error error = readHFTokenIds(reader, "eos_token_id", config.stop))
    return error;
  bool sample = false;
  if (llvm::Error error = reader.read("do_sample", sample))
    return error;
  if (!sample)
    return llvm::Error::success();
  SamplingDefaults &sampling = config.model.sampling;
  const struct {
    const char *key;
    double &out;
  } numbers[] = {{"temperature", sampling.temperature},
                 {"top_p", sampling.topP},
                 {"min_p", sampling.minP},
                 {"repetition_penalty", sampling.repeatPenalty}};
  for (const auto &number : numbers)
    if (llvm::Error error = reader.read(number.key, number.out))
      return error;
  if (llvm::Error error = reader.read("top_k", sampling.topK))
    return error;
  settleSampling(sampling);
  return llvm::Error::success();
}
