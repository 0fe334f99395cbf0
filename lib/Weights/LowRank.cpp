#include "lib/Weights/LowRank.h"

#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <mutex>

// One rounding for each operation that is written, on every machine.
#pragma STDC FP_CONTRACT OFF

using namespace lfm2c;

namespace {

/// Rows of the stacked matrices of a tensor: which of them, and where in it.
struct Rows {
  int64_t matrix, first, count;
};

/// One update, ready to be added to rows.
class Update {
public:
  explicit Update(LowRankUpdate update) : update(std::move(update)) {}

  const LowRankUpdate &get() const { return update; }
  bool isFor(int64_t matrix) const {
    return update.matrix < 0 || update.matrix == matrix;
  }

  /// scale * B A of `rows` to `delta`, which is [rows.count, columns].
  void compute(const Rows &rows, float *delta) const {
    const int64_t columns = update.a.cols(), rank = update.rank();
    const std::vector<float> b = decode(update.b, rows, update.b.cols());
    // The columns of A that are decoded at once stay in a cache while all rows
    // use them. A multiple of every format's block.
    const int64_t most = std::min<int64_t>(512, columns);
    std::vector<float> a(rank * most), sum(most);
    RowBuffer unused;
    const int64_t firstOfA = isStacked(update.a) ? rows.matrix * rank : 0;
    for (int64_t begin = 0; begin < columns; begin += most) {
      const int64_t count = std::min(most, columns - begin);
      const uint64_t offset = *formatBytes(update.a.format, begin);
      for (int64_t k = 0; k < rank; ++k)
        dequantizeRow(update.a.format,
                      update.a.readRow(firstOfA + k, unused) + offset,
                      a.data() + k * most, count);
      for (int64_t r = 0; r < rows.count; ++r) {
        std::fill_n(sum.begin(), count, 0.0f);
        for (int64_t k = 0; k < rank; ++k)
          addScaled(b[r * rank + k], a.data() + k * most, sum.data(), count);
        for (int64_t c = 0; c < count; ++c)
          delta[r * columns + begin + c] = sum[c] * float(update.scale);
      }
    }
  }

private:
  static bool isStacked(const Tensor &tensor) {
    return tensor.shape.size() > 2;
  }

  static void addScaled(float factor, const float *from, float *to,
                        int64_t count) {
    for (int64_t i = 0; i < count; ++i)
      to[i] += factor * from[i];
  }

  /// `rows` of `tensor`, of `columns` each, as floats.
  static std::vector<float> decode(const Tensor &tensor, const Rows &rows,
                                   int64_t columns) {
    const int64_t height = tensor.shape[tensor.shape.size() - 2];
    const int64_t first =
        (isStacked(tensor) ? rows.matrix * height : 0) + rows.first;
    std::vector<float> values(rows.count * columns);
    RowBuffer buffer;
    for (int64_t r = 0; r < rows.count; ++r)
      dequantizeRow(tensor.format, tensor.readRow(first + r, buffer),
                    values.data() + r * columns, columns);
    return values;
  }

  LowRankUpdate update;
};

class LowRankRows final : public RowSource {
public:
  LowRankRows(const Tensor &base, std::vector<LowRankUpdate> list)
      : base(base), columns(base.cols()), norms(list.size()) {
    for (LowRankUpdate &update : list)
      updates.emplace_back(std::move(update));
  }

  void compute(int64_t first, int64_t count, uint8_t *out) const override {
    const Rows rows = split(first, count);
    const std::vector<float> before = readBase(first, count);
    std::vector<float> values = before, delta(values.size());
    for (size_t i = 0; i < updates.size(); ++i) {
      const Update &update = updates[i];
      if (!update.isFor(rows.matrix))
        continue;
      update.compute(rows, delta.data());
      for (size_t v = 0; v < values.size(); ++v)
        values[v] += delta[v];
      if (update.get().kind == Magnitude::Rows)
        scaleRows(update, rows, before, delta, values);
      else if (update.get().kind == Magnitude::Columns)
        scaleColumns(i, values);
    }
    std::memcpy(out, values.data(), values.size() * sizeof(float));
  }

  llvm::SmallVector<llvm::ArrayRef<uint8_t>> inputs() const override {
    llvm::SmallVector<llvm::ArrayRef<uint8_t>> all = base.inputs();
    for (const Update &update : updates)
      for (const Tensor *tensor :
           {&update.get().a, &update.get().b, &update.get().magnitude})
        all.append(tensor->inputs());
    return all;
  }

  std::string describe() const override {
    std::string text = base.source ? base.source->describe() + " " : "";
    text += getFormatInfo(base.format).name.str();
    for (const Update &update : updates) {
      const LowRankUpdate &u = update.get();
      text +=
          llvm::formatv(" + {0:e16} * rank {1} of {2} and {3}, matrix {4}, "
                        "magnitude {5}",
                        u.scale, u.rank(), getFormatInfo(u.a.format).name,
                        getFormatInfo(u.b.format).name, u.matrix, int(u.kind))
              .str();
    }
    return text;
  }

private:
  Rows split(int64_t first, int64_t count) const {
    const int64_t height =
        base.shape.size() > 2 ? base.shape[base.shape.size() - 2] : base.rows();
    return {first / height, first % height, count};
  }

  std::vector<float> readBase(int64_t first, int64_t count) const {
    std::vector<float> values(count * columns);
    RowBuffer buffer;
    const uint8_t *bytes = base.readRows(first, count, buffer);
    for (int64_t r = 0; r < count; ++r)
      dequantizeRow(base.format, bytes + r * base.rowBytes(),
                    values.data() + r * columns, columns);
    return values;
  }

  static std::vector<float> decodeMagnitude(const LowRankUpdate &update) {
    const Tensor &magnitude = update.magnitude;
    std::vector<float> values(magnitude.elements());
    RowBuffer buffer;
    dequantizeRow(magnitude.format, magnitude.readRow(0, buffer), values.data(),
                  values.size());
    return values;
  }

  void scaleRows(const Update &update, const Rows &rows,
                 const std::vector<float> &before,
                 const std::vector<float> &delta,
                 std::vector<float> &values) const {
    const std::vector<float> magnitude = decodeMagnitude(update.get());
    for (int64_t r = 0; r < rows.count; ++r) {
      double squares = 0;
      for (int64_t i = r * columns; i < (r + 1) * columns; ++i) {
        const double sum = before[i] + delta[i];
        squares += sum * sum;
      }
      const float factor =
          magnitude[rows.first + r] / float(std::sqrt(squares));
      for (int64_t i = r * columns; i < (r + 1) * columns; ++i)
        values[i] *= factor;
    }
  }

  void scaleColumns(size_t index, std::vector<float> &values) const {
    const Norms &norm = norms[index];
    std::call_once(norm.once, [&] { norm.factors = columnFactors(index); });
    for (size_t i = 0; i < values.size(); ++i)
      values[i] *= norm.factors[i % columns];
  }

  /// Goes over all rows once: a norm of a column needs them all.
  std::vector<float> columnFactors(size_t index) const {
    std::vector<double> squares(columns, 0);
    constexpr int64_t most = 64;
    std::vector<float> delta(most * columns);
    for (int64_t first = 0; first < base.rows(); first += most) {
      const int64_t count = std::min(most, base.rows() - first);
      const std::vector<float> before = readBase(first, count);
      updates[index].compute(split(first, count), delta.data());
      for (size_t i = 0; i < before.size(); ++i) {
        const double sum = before[i] + delta[i];
        squares[i % columns] += sum * sum;
      }
    }
    std::vector<float> factors = decodeMagnitude(updates[index].get());
    for (int64_t c = 0; c < columns; ++c)
      factors[c] /= float(std::sqrt(squares[c]));
    return factors;
  }

  /// Of an update that scales columns, once they were needed.
  struct Norms {
    mutable std::once_flag once;
    mutable std::vector<float> factors;
  };

  Tensor base;
  int64_t columns;
  std::vector<Update> updates;
  std::vector<Norms> norms; // One for each update.
};

} // namespace

Tensor lfm2c::addLowRank(const Tensor &base,
                         std::vector<LowRankUpdate> updates) {
  Tensor sum = base;
  sum.format = Format::F32;
  sum.pieces.clear();
  sum.source = std::make_shared<LowRankRows>(base, std::move(updates));
  return sum;
}
