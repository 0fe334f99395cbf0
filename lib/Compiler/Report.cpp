#include "lib/Compiler/Report.h"

#include "lib/Compiler/QuantizedSummary.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <sys/resource.h>

using namespace lfm2c;
namespace json = llvm::json;

/// What each stage took, what became of the weights.
static void describeRun(json::Object &report, llvm::ArrayRef<StageTime> times,
                        llvm::ArrayRef<QuantizedReport> quantized) {
  json::Array stages;
  double total = 0;
  auto milliseconds = [](double seconds) { return std::round(seconds * 1e3); };
  for (const StageTime &time : times) {
    json::Object entry{{"stage", time.stage},
                       {"ms", milliseconds(time.seconds)}};
    if (!time.variant.empty())
      entry["cpu"] = time.variant;
    stages.push_back(std::move(entry));
    total += time.seconds;
  }
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  report["stages"] = std::move(stages);
  report["quantized"] = describeQuantized(quantized);
  report["total_ms"] = milliseconds(total);
  // Linux counts it in KiB.
  report["compiler_peak_rss_bytes"] =
      static_cast<int64_t>(usage.ru_maxrss) * 1024;
}

static std::string print(json::Object report) {
  return llvm::formatv("{0:2}\n", json::Value(std::move(report))).str();
}

std::string lfm2c::formatReport(const ModelDescription &model,
                                const WrittenSizes &sizes,
                                llvm::ArrayRef<PhaseSchedule> schedules,
                                llvm::ArrayRef<StageTime> times,
                                llvm::ArrayRef<QuantizedReport> quantized) {
  json::Object report = describeModel(model);
  report["program_bytes"] = sizes.program;
  report["archive_bytes"] = sizes.archive;
  json::Array schedule;
  for (const PhaseSchedule &phase : schedules)
    schedule.push_back(json::Object{{"layer", phase.layer},
                                    {"phase", phase.phase},
                                    {"streams", phase.streams},
                                    {"prefetch_bytes", phase.prefetchBytes},
                                    {"tile_tokens", phase.tileTokens},
                                    {"tile_groups", phase.tileGroups},
                                    {"tile_ahead", phase.tileAhead},
                                    {"near_bytes", phase.nearBytes}});
  report["schedule"] = std::move(schedule);
  describeRun(report, times, quantized);
  return print(std::move(report));
}

std::string
lfm2c::formatCheckpointReport(llvm::StringRef model, llvm::StringRef quantize,
                              int64_t bytes, llvm::ArrayRef<StageTime> times,
                              llvm::ArrayRef<QuantizedReport> quantized) {
  json::Object report{
      {"model", model}, {"quantize", quantize}, {"weights_bytes", bytes}};
  describeRun(report, times, quantized);
  return print(std::move(report));
}
