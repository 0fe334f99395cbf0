#include "lib/Compiler/QuantizedSummary.h"

#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace lfm2c;
namespace json = llvm::json;

static double relative(double errors, double values) {
  return values > 0 ? std::sqrt(errors / values) : 0;
}

json::Array lfm2c::describeQuantized(llvm::ArrayRef<QuantizedReport> tensors) {
  json::Array list;
  for (const QuantizedReport &t : tensors) {
    json::Object entry{{"tensor", t.name},
                       {"from", getFormatInfo(t.from).name},
                       {"format", getFormatInfo(t.format).name},
                       {"bytes", t.bytes},
                       {"error", relative(t.errors.errors, t.errors.values)}};
    if (t.hasImportance)
      entry["weighted_error"] =
          relative(t.errors.weightedErrors, t.errors.weightedValues);
    list.push_back(std::move(entry));
  }
  return list;
}

namespace {
/// All tensors of one format.
struct Kind {
  size_t tensors = 0;
  bool hasImportance = false;
  QuantizeErrors errors;
};
} // namespace

std::string lfm2c::summarizeQuantized(llvm::ArrayRef<QuantizedReport> tensors) {
  std::map<Format, Kind> kinds;
  uint64_t bytes = 0;
  for (const QuantizedReport &t : tensors) {
    Kind &kind = kinds[t.format];
    ++kind.tensors;
    kind.hasImportance |= t.hasImportance;
    kind.errors.add(t.errors);
    bytes += t.bytes;
  }
  std::string text =
      llvm::formatv("quantized {0} tensor{1} to {2:f1} MB", tensors.size(),
                    tensors.size() == 1 ? "" : "s", double(bytes) / 1e6)
          .str();
  const char *before = ": ";
  for (const auto &[format, kind] : kinds) {
    text +=
        llvm::formatv("{0}{1} {2} (error {3:f2} %", before, kind.tensors,
                      getFormatInfo(format).name,
                      100 * relative(kind.errors.errors, kind.errors.values))
            .str();
    if (kind.hasImportance)
      text += llvm::formatv(", weighted {0:f2} %",
                            100 * relative(kind.errors.weightedErrors,
                                           kind.errors.weightedValues))
                  .str();
    text += ")";
    before = ", ";
  }
  return text;
}
