// Second moments of what products read, added up step by step.
#include "lib/Compiler/Moments.h"

#include "lib/Support/Error.h"
#include "lib/Weights/Checkpoint.h"
#include <cmath>

using namespace lfm2c;
using llvm::Expected;

Moments::Moments(llvm::ArrayRef<KeptInput> inputs, const Checkpoint &checkpoint)
    : inputs(inputs), sums(inputs.size()) {
  for (auto [input, sum] : llvm::zip_equal(inputs, sums)) {
    if (input.weights.empty())
      continue;
    const Tensor *tensor = checkpoint.find(input.weights.front());
    if (tensor && tensor->shape.size() == 3)
      sum.matrices = tensor->shape.front();
    sum.squares.resize(sum.matrices * input.columns);
    sum.tokens.resize(sum.matrices);
  }
}

void Moments::addRow(const float *row, int64_t columns, int64_t matrix,
                     Sums &sum) {
  double *to = &sum.squares[matrix * columns];
  for (int64_t i = 0; i < columns; ++i)
    to[i] += double(row[i]) * row[i];
  ++sum.tokens[matrix];
}

/// Of experts. Rows that stand by choice do so by expert, and within an expert
/// in the order of tokens: see exec.sort_choices.
void Moments::addChoices(const KeptInput &input, const uint8_t *state,
                         int64_t tokens, Sums &sum) {
  const KeptInput &ids = inputs[input.choices];
  auto rowsOf = [&](const KeptInput &of) {
    return reinterpret_cast<const float *>(state + of.offset);
  };
  const float *chosen = rowsOf(ids), *rows = rowsOf(input);
  auto idAt = [&](int64_t t, int64_t j) {
    return static_cast<int64_t>(chosen[t * ids.stride + j]);
  };
  std::vector<int64_t> place(sum.matrices + 1);
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t j = 0; j < ids.columns; ++j)
      ++place[idAt(t, j) + 1];
  for (int64_t m = 0; m < sum.matrices; ++m)
    place[m + 1] += place[m];
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t j = 0; j < ids.columns; ++j) {
      const int64_t id = idAt(t, j);
      const int64_t row = input.perToken == 1 ? t : place[id]++;
      addRow(rows + row * input.stride, input.columns, id, sum);
    }
}

void Moments::add(const uint8_t *state, int64_t tokens) {
  for (auto [input, sum] : llvm::zip_equal(inputs, sums)) {
    if (input.weights.empty())
      continue;
    if (input.choices >= 0) {
      addChoices(input, state, tokens, sum);
      continue;
    }
    auto *rows = reinterpret_cast<const float *>(state + input.offset);
    for (int64_t t = 0; t < tokens; ++t)
      addRow(rows + t * input.stride, input.columns, /*matrix=*/0, sum);
  }
}

Expected<Importance> Moments::take() const {
  Importance found;
  for (auto [input, sum] : llvm::zip_equal(inputs, sums)) {
    ColumnImportance weight;
    weight.matrices = sum.matrices;
    weight.columns = input.columns;
    weight.tokens = sum.tokens;
    for (auto [i, square] : llvm::enumerate(sum.squares)) {
      if (!std::isfinite(square))
        return makeError("expected finite activations in front of {0}, found "
                         "others in column {1}; are the model's weights whole?",
                         quoted(input.weights.front()), i % input.columns);
      const int64_t tokens = sum.tokens[i / input.columns];
      weight.squares.push_back(
          tokens ? static_cast<float>(square / double(tokens)) : 0);
    }
    for (const std::string &name : input.weights)
      found.weights[name] = weight;
  }
  return found;
}
