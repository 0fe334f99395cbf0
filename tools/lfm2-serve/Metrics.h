// What Prometheus reads at /metrics.

#ifndef LFM2C_TOOLS_LFM2_SERVE_METRICS_H
#define LFM2C_TOOLS_LFM2_SERVE_METRICS_H

#include "tools/lfm2-serve/ModelTable.h"
#include "tools/lfm2-serve/Record.h"
#include <array>
#include <map>

namespace lfm2s {

/// How often a time was at most so many seconds.
class Histogram {
public:
  void add(double seconds);
  /// In the text form of Prometheus.
  void write(std::string &to, const char *name, const char *help) const;

private:
  static constexpr std::array<double, 16> bounds = {
      0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2,
      0.5,   1,     2,     5,    10,   30,   60,  300};
  std::array<uint64_t, bounds.size() + 1> counts = {};
  double sum = 0;
};

/// Any thread.
class Metrics {
public:
  /// A request has ended.
  void add(const Record &record);
  /// All of them, and those of the models' schedulers.
  std::string text(const ModelTable &models, size_t connections) const;

private:
  mutable std::mutex mutex;
  /// By endpoint and status.
  std::map<std::pair<std::string, int>, uint64_t> requests;
  Histogram whole, first, between;
};

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_METRICS_H
