#include "lib/Quantize/QuantizedRows.h"

#include "lib/Quantize/EncodeRow.h"
#include "lib/Weights/Finite.h"

using namespace lfm2c;

/// No column counts for less than this part of the mean: calibration saw only
/// so many texts.
static constexpr double leastImportance = 1e-3;

/// Importance as weights with a mean of 1; all 1 where there is none.
static std::vector<float> makeWeights(const ColumnImportance *importance,
                                      int64_t matrices, int64_t columns) {
  std::vector<float> weights(matrices * columns, 1.f);
  if (!importance)
    return weights;
  for (int64_t matrix = 0; matrix < matrices; ++matrix) {
    const llvm::ArrayRef<float> squares = importance->squaresOf(matrix);
    double sum = 0;
    for (float square : squares)
      sum += square;
    if (!(sum > 0))
      continue;
    const double scale = double(columns) / sum;
    for (int64_t i = 0; i < columns; ++i)
      weights[matrix * columns + i] =
          float(std::max(squares[i] * scale, leastImportance));
  }
  return weights;
}

void QuantizeErrors::add(const QuantizeErrors &other) {
  values += other.values;
  errors += other.errors;
  weightedValues += other.weightedValues;
  weightedErrors += other.weightedErrors;
}

QuantizedRows::QuantizedRows(const Tensor &from, Format format, Effort effort,
                             const ColumnImportance *importance)
    : from(from), format(format), effort(effort), importance(importance) {
  const int64_t matrices = from.shape.size() > 2 ? from.shape[0] : 1;
  assert((!importance || (importance->columns == from.cols() &&
                          importance->matrices == matrices)) &&
         "importance of another shape");
  weights = makeWeights(importance, matrices, from.cols());
}

static QuantizeErrors measure(const float *values, const float *decoded,
                              const float *weights, int64_t count) {
  QuantizeErrors sums;
  for (int64_t i = 0; i < count; ++i) {
    const double value = values[i], error = decoded[i] - values[i];
    const double weight = weights[i];
    sums.values += value * value;
    sums.errors += error * error;
    sums.weightedValues += weight * value * value;
    sums.weightedErrors += weight * error * error;
  }
  return sums;
}

std::shared_ptr<const QuantizedRows::Runs>
QuantizedRows::findRuns(int64_t matrix) const {
  std::lock_guard<std::mutex> lock(runsMutex);
  if (runs && runsMatrix == matrix)
    return runs;
  auto made = std::make_shared<Runs>();
  if (effort == Effort::Feedback && importance)
    for (int64_t i = 0; i < importance->runs(); ++i) {
      const llvm::ArrayRef<float> products = importance->productsOf(matrix, i);
      const int64_t size = importance->runSize(i);
      std::optional<FeedbackRun> run;
      if (!products.empty() && canFeedBack(format, size))
        run = factorRun(products, size);
      if (!run) {
        made->clear();
        break;
      }
      made->push_back(std::move(*run));
    }
  runs = made;
  runsMatrix = matrix;
  return made;
}

void QuantizedRows::release() const {
  std::lock_guard<std::mutex> lock(runsMutex);
  runs.reset();
}

void QuantizedRows::encode(int64_t matrix, const Runs &runs,
                           const float *values, uint8_t *out) const {
  const int64_t columns = from.cols();
  if (effort == Effort::Nearest && canQuantize(format))
    return quantizeRow(format, values, out, columns);
  if (runs.empty())
    return encodeRow(format, values, weights.data() + matrix * columns, out,
                     columns);
  for (const FeedbackRun &run : runs) {
    encodeRun(format, run, values, out);
    values += run.size;
    out += *formatBytes(format, run.size);
  }
}

void QuantizedRows::compute(int64_t first, int64_t count, uint8_t *out) const {
  const int64_t columns = from.cols();
  const int64_t height = from.shape.size() > 2 ? from.shape[1] : from.rows();
  const float *rowWeights = weights.data() + first / height * columns;
  const int64_t outBytes = *formatBytes(format, columns);
  const int64_t inBytes = from.rowBytes();
  RowBuffer buffer;
  const uint8_t *in = from.readRows(first, count, buffer);
  std::vector<float> values(columns), decoded(columns);
  const std::shared_ptr<const Runs> ownRuns = findRuns(first / height);
  QuantizeErrors sums;
  std::optional<std::pair<int64_t, int64_t>> bad;
  for (int64_t row = 0; row < count; ++row) {
    uint8_t *bytes = out + row * outBytes;
    const int64_t badColumn =
        findNonFinite(from.format, in + row * inBytes, columns);
    if (badColumn >= 0 && !bad)
      bad = {first + row, badColumn};
    dequantizeRow(from.format, in + row * inBytes, values.data(), columns);
    encode(first / height, *ownRuns, values.data(), bytes);
    dequantizeRow(format, bytes, decoded.data(), columns);
    sums.add(measure(values.data(), decoded.data(), rowWeights, columns));
  }
  std::lock_guard<std::mutex> lock(mutex);
  errors.add(sums);
  if (bad && (!nonFinite || *bad < *nonFinite))
    nonFinite = bad;
}

std::optional<std::pair<int64_t, int64_t>> QuantizedRows::getNonFinite() const {
  std::lock_guard<std::mutex> lock(mutex);
  return nonFinite;
}

std::string QuantizedRows::describe() const {
  return "quantized to " + getFormatInfo(format).name.str() + " by " +
         effortInfos[size_t(effort)].word +
         (importance ? " and importance" : "");
}

QuantizeErrors QuantizedRows::getErrors() const {
  std::lock_guard<std::mutex> lock(mutex);
  return errors;
}
