// What a bidirectional model gives: pooling_type and embedding_length_out.
//
// A file says no more of vectors of tokens than that there are none of texts,
// and nothing of a masked language model: it is what gives no vectors.

#include "frontends/gguf/GGUFConfig.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"

using namespace lfm2c;

/// The numbers of pooling_type.
enum : int64_t { None = 0, Mean = 1, CLS = 2, Last = 3, Rank = 4 };

static llvm::Expected<Pooling> readPooling(const GGUFFile &file,
                                           const std::string &key) {
  auto type = file.getInt(key);
  if (!type)
    return type.takeError();
  switch (type->value_or(None)) {
  case None:
    return Pooling::None;
  case Mean:
    return Pooling::Mean;
  case CLS:
    return Pooling::CLS;
  case Last:
    return Pooling::Last;
  case Rank:
    return makeError("{0}: {1} is 4 (rank), a score in place of a vector, "
                     "which is not supported",
                     file.getPath(), key);
  default:
    return makeError("{0}: {1} should be 0 (none), 1 (mean), 2 (cls) or 3 "
                     "(last) but is {2}",
                     file.getPath(), key, **type);
  }
}

llvm::Error lfm2c::readGGUFEmbedding(const GGUFFile &file, ModelConfig &config,
                                     std::vector<std::string> &warnings) {
  if (config.causal)
    return llvm::Error::success();
  EmbeddingConfig &embedding = config.embedding;
  llvm::Expected<Pooling> pooling =
      readPooling(file, config.architecture + ".pooling_type");
  if (!pooling)
    return pooling.takeError();
  auto width = file.getInt(config.architecture + ".embedding_length_out");
  if (!width)
    return width.takeError();
  const std::string projection = projectionName(0);
  const bool projects = *width || llvm::any_of(file.getTensors(),
                                               [&](const GGUFTensorInfo &info) {
                                                 return info.name == projection;
                                               });
  embedding.pooling = *pooling;
  embedding.width = width->value_or(config.hidden);
  // How many there are, the tensors say.
  if (projects)
    embedding.projections.assign(1, embedding.width);
  embedding.perToken = *pooling == Pooling::None && projects;
  embedding.hasVectors = *pooling != Pooling::None || projects;
  embedding.hasLogits = !embedding.hasVectors;
  if (embedding.perToken)
    warnings.push_back(
        llvm::formatv("{0} gives a vector for each token, but a GGUF file does "
                      "not say which tokens a search leaves out: none are; the "
                      "model's Hugging Face folder says it",
                      file.getPath())
            .str());
  return llvm::Error::success();
}
