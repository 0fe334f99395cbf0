// adapter_config.json: of which kind an adapter is, and how strong.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_PEFTCONFIG_H
#define LFM2C_FRONTENDS_SAFETENSORS_PEFTCONFIG_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/Regex.h"
#include <cstdint>
#include <string>
#include <vector>

namespace lfm2c {

/// A key of rank_pattern or alpha_pattern: an expression of Python's for the
/// end of a module's name.
class PEFTPattern {
public:
  /// Fails, naming `where`, on what has no equal in POSIX's expressions.
  static llvm::Expected<PEFTPattern> make(llvm::StringRef text,
                                          llvm::StringRef where);
  /// Whether it is the end of `module`, from a dot or the begin on.
  bool matches(llvm::StringRef module) const { return regex.match(module); }

private:
  explicit PEFTPattern(llvm::Regex regex) : regex(std::move(regex)) {}

  llvm::Regex regex;
};

struct PEFTConfig {
  std::string baseName; ///< the model that it says it is of; may be empty
  bool isDora = false;
  bool keepsTie = false; ///< ensure_weight_tying
  /// Names of parameters that are adapted by themselves, as experts are.
  std::vector<std::string> targetParameters;

  /// The rank of the update of `module`, as transformers names it.
  int64_t rankOf(llvm::StringRef module) const;
  /// What B A is multiplied by there: alpha over the rank, or over its root.
  double scaleOf(llvm::StringRef module) const;

private:
  friend class PEFTConfigReader;

  int64_t rank = 8;
  double alpha = 8;
  bool isRankStabilised = false;
  std::vector<std::pair<PEFTPattern, int64_t>> ranks;
  std::vector<std::pair<PEFTPattern, double>> alphas;
};

/// Reads the text of adapter_config.json. Fails where it is none of LoRA's, or
/// where an update is more than a product that is added. `file` is for
/// messages.
llvm::Expected<PEFTConfig> readPEFTConfig(llvm::StringRef text,
                                          llvm::StringRef file,
                                          std::vector<std::string> &warnings);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_PEFTCONFIG_H
