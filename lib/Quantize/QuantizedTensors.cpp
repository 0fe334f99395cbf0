#include "lib/Quantize/QuantizedTensors.h"

using namespace lfm2c;

const Tensor *QuantizedTensors::find(llvm::StringRef name, Format format) {
  const Tensor *tensor = checkpoint.find(name);
  if (!tensor || tensor->format == format)
    return tensor;
  Entry &entry = entries[{name.str(), format}];
  if (!entry.rows) {
    entry.rows = std::make_shared<QuantizedRows>(
        *tensor, format, options.effort,
        options.importance ? options.importance->find(name) : nullptr);
    entry.tensor = *tensor;
    entry.tensor.pieces.clear();
    entry.tensor.format = format;
    entry.tensor.source = entry.rows;
  }
  return &entry.tensor;
}

WeightPlace QuantizedTensors::explain(const WeightPlace &place) const {
  for (const auto &[key, entry] : entries) {
    if (&entry.tensor != place.tensor)
      continue;
    const Tensor *source = checkpoint.find(key.first);
    RowBuffer buffer;
    const int64_t column = lfm2c::findNonFinite(
        source->format, source->readRow(place.row, buffer), source->cols());
    if (column >= 0)
      return {source, place.row, column};
    return {source, place.row, place.column, key.second};
  }
  return place;
}

std::optional<WeightPlace>
QuantizedTensors::findNonFinite(const Tensor &tensor) const {
  for (const auto &[key, entry] : entries)
    if (&entry.tensor == &tensor)
      if (std::optional<std::pair<int64_t, int64_t>> place =
              entry.rows->getNonFinite())
        return WeightPlace{checkpoint.find(key.first), place->first,
                           place->second};
  return std::nullopt;
}

void QuantizedTensors::release(const Tensor &tensor) const {
  for (const auto &[key, entry] : entries)
    if (&entry.tensor == &tensor)
      entry.rows->release();
  checkpoint.release(tensor);
}

std::vector<QuantizedReport> QuantizedTensors::report() const {
  std::vector<QuantizedReport> reports;
  for (const auto &[key, entry] : entries)
    if (getFormatInfo(key.second).isQuantized() ||
        entry.rows->getErrors().errors > 0)
      reports.push_back({key.first, entry.rows->getSource().format, key.second,
                         entry.tensor.bytes(), entry.rows->hasWeights(),
                         entry.rows->getErrors()});
  return reports;
}
