// Second moments of what products read, added up step by step.
#include "lib/Compiler/Moments.h"

#include "lib/Support/Error.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/Support/Parallel.h"
#include <cmath>

using namespace lfm2c;
using llvm::Expected;

Moments::Moments(llvm::ArrayRef<KeptInput> inputs, const Checkpoint &checkpoint,
                 int64_t runColumns)
    : inputs(inputs), sums(inputs.size()) {
  for (auto [input, sum] : llvm::zip_equal(inputs, sums)) {
    if (input.weights.empty())
      continue;
    const Tensor *tensor = checkpoint.find(input.weights.front());
    ColumnImportance &of = sum.gathered;
    if (tensor && tensor->shape.size() == 3)
      of.matrices = tensor->shape.front();
    of.columns = input.columns;
    of.runColumns = std::min(runColumns, input.columns);
    of.tokens.resize(of.matrices);
    of.products.resize(of.matrices * of.productsPerMatrix());
    sum.squares.resize(of.matrices * of.columns);
  }
}

std::vector<Moments::Rows> Moments::rowsOf(const KeptInput &input,
                                           const Sums &sum,
                                           const uint8_t *state,
                                           int64_t tokens) const {
  auto first = [&](const KeptInput &of) {
    return reinterpret_cast<const float *>(state + of.offset);
  };
  const float *at = first(input);
  std::vector<Rows> found(sum.gathered.matrices);
  if (input.choices < 0) {
    for (int64_t t = 0; t < tokens; ++t)
      found.front().push_back(at + t * input.stride);
    return found;
  }
  const KeptInput &ids = inputs[input.choices];
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t j = 0; j < ids.columns; ++j)
      found[static_cast<int64_t>(first(ids)[t * ids.stride + j])].push_back(
          at + t * input.stride);
  if (input.perToken == 1)
    return found;
  // Rows of choices stand by expert, and within an expert in the order of
  // tokens: see exec.sort_choices.
  for (Rows &rows : found)
    for (const float *&row : rows) {
      row = at;
      at += input.stride;
    }
  return found;
}

void Moments::addRows(Sums &sum, int64_t matrix, const Rows &rows) {
  ColumnImportance &to = sum.gathered;
  to.tokens[matrix] += rows.size();
  double *squares = &sum.squares[matrix * to.columns];
  for (const float *row : rows)
    for (int64_t i = 0; i < to.columns; ++i)
      squares[i] += double(row[i]) * row[i];
  float *products = to.products.data() + matrix * to.productsPerMatrix();
  std::vector<float> step(to.runColumns);
  for (int64_t run = 0; run < to.runs(); ++run) {
    const int64_t begin = to.runStart(run), n = to.runSize(run);
    for (int64_t i = 0; i < n; ++i, products += n) {
      std::fill_n(step.begin(), i + 1, 0.0f);
      for (const float *row : rows) {
        const float x = row[begin + i], *others = row + begin;
        for (int64_t j = 0; j <= i; ++j)
          step[j] += x * others[j];
      }
      for (int64_t j = 0; j <= i; ++j)
        products[j] += step[j];
    }
  }
}

void Moments::add(const uint8_t *state, int64_t tokens) {
  llvm::parallelFor(0, inputs.size(), [&](size_t i) {
    if (inputs[i].weights.empty())
      return;
    const std::vector<Rows> rows = rowsOf(inputs[i], sums[i], state, tokens);
    for (size_t matrix = 0; matrix < rows.size(); ++matrix)
      addRows(sums[i], matrix, rows[matrix]);
  });
}

/// Sums of products become means, on both sides of the diagonal.
static void finishProducts(ColumnImportance &weight) {
  float *products = weight.products.data();
  for (int64_t matrix = 0; matrix < weight.matrices; ++matrix) {
    const int64_t tokens = weight.tokens[matrix];
    const float factor = tokens ? 1.0f / float(tokens) : 0;
    for (int64_t run = 0; run < weight.runs(); ++run) {
      const int64_t n = weight.runSize(run);
      for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j <= i; ++j)
          products[j * n + i] = products[i * n + j] *= factor;
      products += n * n;
    }
  }
}

Expected<Importance> Moments::take() const {
  Importance found;
  for (auto [input, sum] : llvm::zip_equal(inputs, sums)) {
    if (input.weights.empty())
      continue;
    ColumnImportance weight = sum.gathered;
    for (auto [i, square] : llvm::enumerate(sum.squares)) {
      if (!std::isfinite(square))
        return makeError("expected finite activations in front of {0}, found "
                         "others in column {1}; are the model's weights whole?",
                         quoted(input.weights.front()), i % input.columns);
      const int64_t tokens = weight.tokens[i / input.columns];
      weight.squares.push_back(
          tokens ? static_cast<float>(square / double(tokens)) : 0);
    }
    finishProducts(weight);
    for (const std::string &name : input.weights)
      found.weights[name] = weight;
  }
  return found;
}
