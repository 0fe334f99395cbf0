// Rows by chance, the same on every machine: what encoders are measured with.
#ifndef LFM2C_TEST_UNIT_QUANTIZE_SAMPLES_H
#define LFM2C_TEST_UNIT_QUANTIZE_SAMPLES_H

#include <cstdint>
#include <vector>

namespace lfm2c::samples {

class Chance {
public:
  explicit Chance(uint64_t seed) : state(seed * 2 + 1) {}

  /// In [-1, 1), 24 bits of it.
  float uniform() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return float(int32_t(state >> 40) - (1 << 23)) / float(1 << 23);
  }
  /// Bell-shaped, of a variance of 1.
  float bell() { return uniform() + uniform() + uniform(); }

private:
  uint64_t state;
};

inline constexpr int64_t columns = 1024, rows = 16;

/// Weights of a matrix: bell-shaped, with some large ones if `heavy`.
inline std::vector<float> makeValues(bool heavy) {
  Chance chance(heavy ? 7 : 3);
  std::vector<float> values(rows * columns);
  for (float &v : values) {
    const float x = chance.bell();
    v = (heavy ? x * x * x * 0.5f : x) * 0.02f;
  }
  return values;
}

/// Importance of the columns, over some powers of two.
inline std::vector<float> makeImportance() {
  Chance chance(11);
  std::vector<float> weights(columns);
  for (float &w : weights) {
    const float x = chance.bell();
    w = x * x * x * x + 0.05f;
  }
  return weights;
}

/// The sum of weighted squares of errors, relative to that of the values.
inline double measureError(const std::vector<float> &values,
                           const std::vector<float> &decoded,
                           const std::vector<float> &weights) {
  double error = 0, all = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double w = weights.empty() ? 1 : weights[i % columns];
    error += w * (decoded[i] - values[i]) * (decoded[i] - values[i]);
    all += w * values[i] * values[i];
  }
  return error / all;
}

} // namespace lfm2c::samples

#endif // LFM2C_TEST_UNIT_QUANTIZE_SAMPLES_H
