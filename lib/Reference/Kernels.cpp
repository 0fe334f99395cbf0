// The arithmetic of the lfm2 ops on plain arrays.

#include "lib/Reference/Kernels.h"
#include "lib/Weights/Format.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <numeric>

using namespace lfm2c;
using namespace lfm2c::reference;

double reference::dot(Span a, Span b) {
  // Eight sums instead of one: the additions then do not wait for each other.
  constexpr size_t lanes = 8;
  double sums[lanes] = {};
  size_t i = 0;
  for (; i + lanes <= a.size(); i += lanes)
    for (size_t lane = 0; lane < lanes; ++lane)
      sums[lane] += double(a[i + lane]) * double(b[i + lane]);
  double sum = 0;
  for (; i < a.size(); ++i)
    sum += double(a[i]) * double(b[i]);
  for (double part : sums)
    sum += part;
  return sum;
}

double reference::silu(double z) { return z / (1 + std::exp(-z)); }

Floats reference::rmsNorm(Span x, Span w, double eps) {
  const size_t channels = w.size();
  Floats y(x.size());
  for (size_t row = 0; row < x.size(); row += channels) {
    Span z = x.slice(row, channels);
    double scale = 1 / std::sqrt(dot(z, z) / channels + eps);
    for (size_t i = 0; i < channels; ++i)
      y[row + i] = w[i] * (z[i] * scale);
  }
  return y;
}

/// The gated filter over `columns` [tokens + taps - 1, channels], whose rows
/// t ... t + taps - 1 are those that token t sees; `gates` as for shortConv().
static Floats filterColumns(Span gates, Span filter, Span columns,
                            int64_t channels) {
  const int64_t tokens = gates.size() / (3 * channels);
  const int64_t taps = filter.size() / channels;
  Floats y(tokens * channels);
  for (int64_t t = 0; t < tokens; ++t) {
    Span gate = gates.slice((t * 3 + 1) * channels, channels);
    for (int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (int64_t k = 0; k < taps; ++k)
        sum += double(filter[c * taps + k]) * columns[(t + k) * channels + c];
      y[t * channels + c] = gate[c] * sum;
    }
  }
  return y;
}

/// Appends B * x of every token to `columns`.
static void appendColumns(Span gates, int64_t channels, Floats &columns) {
  for (size_t row = 0; row < gates.size(); row += 3 * channels) {
    Span b = gates.slice(row, channels);
    Span x = gates.slice(row + 2 * channels, channels);
    for (int64_t c = 0; c < channels; ++c)
      columns.push_back(b[c] * x[c]);
  }
}

Floats reference::shortConv(Span gates, Span filter, Floats &state,
                            int64_t channels) {
  Floats columns = state; // Those carried over, then one per token.
  appendColumns(gates, channels, columns);
  state.assign(columns.end() - state.size(), columns.end());
  return filterColumns(gates, filter, columns, channels);
}

Floats reference::centredConv(Span gates, Span filter, int64_t channels) {
  const int64_t side = (filter.size() / channels - 1) / 2;
  Floats columns(side * channels);
  appendColumns(gates, channels, columns);
  columns.resize(columns.size() + side * channels);
  return filterColumns(gates, filter, columns, channels);
}

void reference::rope(MutableSpan x, int64_t heads, int64_t size,
                     int64_t position, double theta,
                     llvm::ArrayRef<double> scales, double magnitude) {
  const int64_t half = size / 2, tokens = x.size() / (heads * size);
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t i = 0; i < half; ++i) {
      double angle = (position + t) * std::pow(theta, -2.0 * i / size);
      if (!scales.empty())
        angle *= scales[i];
      double c = magnitude * std::cos(angle), s = magnitude * std::sin(angle);
      for (int64_t head = 0; head < heads; ++head) {
        float &low = x[(t * heads + head) * size + i];
        float &high = x[(t * heads + head) * size + i + half];
        double a = low, b = high;
        low = a * c - b * s;
        high = b * c + a * s;
      }
    }
}

Floats reference::attention(Span q, Span keys, Span values, int64_t position,
                            AttentionShape shape) {
  const int64_t size = shape.headSize, rowSize = shape.kvHeads * size;
  const int64_t tokens = q.size() / (shape.heads * size);
  const double scale = 1 / std::sqrt(double(size));
  Floats y(q.size());
  std::vector<double> weights, sums(size);
  for (int64_t t = 0; t < tokens; ++t) {
    const int64_t seen = shape.causal ? position + t + 1 : position + tokens;
    for (int64_t head = 0; head < shape.heads; ++head) {
      const int64_t from = head / (shape.heads / shape.kvHeads) * size;
      const int64_t at = (t * shape.heads + head) * size;
      weights.resize(seen);
      for (int64_t s = 0; s < seen; ++s)
        weights[s] =
            dot(q.slice(at, size), keys.slice(s * rowSize + from, size)) *
            scale;

      const double top = *std::max_element(weights.begin(), weights.end());
      double total = 0;
      for (double &weight : weights)
        total += weight = std::exp(weight - top);
      std::fill(sums.begin(), sums.end(), 0);
      for (int64_t s = 0; s < seen; ++s)
        for (int64_t i = 0; i < size; ++i)
          sums[i] += weights[s] * values[s * rowSize + from + i];
      for (int64_t i = 0; i < size; ++i)
        y[at + i] = sums[i] / total;
    }
  }
  return y;
}

Floats reference::meanRow(Span x, int64_t channels) {
  std::vector<double> sums(channels);
  for (size_t i = 0; i < x.size(); ++i)
    sums[i % channels] += x[i];
  const size_t rows = x.size() / channels;
  Floats y(channels);
  for (int64_t c = 0; c < channels; ++c)
    y[c] = sums[c] / double(rows);
  return y;
}

std::vector<int32_t> reference::largest(Span scores, int64_t count) {
  std::vector<int32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](int32_t a, int32_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  });
  order.resize(count);
  return order;
}

void reference::roundToHalf(MutableSpan values) {
  for (float &value : values)
    value = halfToFloat(floatToHalf(value));
}

void reference::roundToBlocks(MutableSpan values, int64_t block, int bits) {
  for (; !values.empty(); values = values.drop_front(block)) {
    MutableSpan own = values.take_front(block);
    float largest = 0;
    for (float value : own)
      if (std::abs(value) > std::abs(largest))
        largest = value;
    const float wide = bits == 8 ? std::abs(largest) / 127 : largest / -8;
    const float scale = halfToFloat(floatToHalf(wide));
    const float least = bits == 8 ? -127 : -8, most = bits == 8 ? 127 : 7;
    for (float &value : own) {
      float number = scale == 0 ? 0 : value * (1 / scale);
      number = std::min(std::max(number, least), most);
      value = std::nearbyint(number) * scale;
    }
  }
}
