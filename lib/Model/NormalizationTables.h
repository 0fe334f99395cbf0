// Normalisation form C, as text and as the tables of the tokenizer's section.

#ifndef LFM2C_LIB_MODEL_NORMALIZATIONTABLES_H
#define LFM2C_LIB_MODEL_NORMALIZATIONTABLES_H

#include <cstdint>
#include <string>
#include <vector>

namespace lfm2c {

/// What lfm2rt/tokenizer_format.h says of the tables of its normaliser.
struct NormalizationTables {
  std::vector<uint8_t> pageOfRun, pages;
  std::vector<uint64_t> decompositions, compositions;
};
const NormalizationTables &getNormalizationTables();

/// A text in form C; one that is not UTF-8 stays as it is.
std::string normalizeText(const std::string &text);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_NORMALIZATIONTABLES_H
