// Vectors of texts, of a model that gives such.

#ifndef LFM2C_LIB_ENGINE_EMBEDDER_H
#define LFM2C_LIB_ENGINE_EMBEDDER_H

#include "lib/Engine/Model.h"

namespace lfm2e {

/// One context; calls wait for each other. Any thread.
class Embedder {
public:
  struct Settings {
    /// Of all texts of a step together; 0: as many as the program reads at
    /// once.
    uint32_t tokens = 0;
    uint32_t threads = 0; /// 0: one for each core that this process may use.
  };
  struct Vectors {
    std::vector<float> values;  /// Texts behind each other, rows of `width`.
    std::vector<uint32_t> rows; /// Of each text: 1, or one for each token.
    uint32_t width = 0;
    uint64_t tokens = 0; /// Of all texts.
  };

  /// Throws Failure where the model gives no vectors.
  static std::unique_ptr<Embedder> create(const std::shared_ptr<Model> &model,
                                          const Settings &settings);
  virtual ~Embedder() = default;
  /// Of texts as ids (see Model::tokenizeForVector). `flags` of lfm2rt_embed().
  virtual Vectors embed(const std::vector<std::vector<int32_t>> &texts,
                        uint32_t flags) = 0;
  /// Most tokens of a text.
  virtual uint32_t limit() const = 0;
};

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_EMBEDDER_H
