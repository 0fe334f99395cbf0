#include "lib/Model/EmbeddingConfig.h"

std::string lfm2c::projectionName(size_t index) {
  return "dense_" + std::to_string(index + 2) + ".weight";
}
