// Importance in files of llama.cpp's two forms.
#include "lib/Quantize/ImportanceFile.h"

#include "lib/GGUF/GGUFWriter.h"
#include "lib/Support/Error.h"
#include "lib/Support/MappedFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include <cmath>

using namespace lfm2c;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

static constexpr llvm::StringLiteral sums = ".in_sum2", counts = ".counts",
                                     productSums = ".in_prod2";
static constexpr const char *runKey = "lfm2.run_columns";
static constexpr uint32_t f32Type = 0; // Of ggml.

static std::vector<float> floatsOf(ArrayRef<uint8_t> bytes) {
  std::vector<float> values(bytes.size() / 4);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] =
        llvm::bit_cast<float>(llvm::support::endian::read32le(&bytes[4 * i]));
  return values;
}

/// Fails where a value cannot be a sum of squares.
static Error checkValues(ArrayRef<float> values, StringRef name,
                         StringRef path) {
  for (auto [i, value] : llvm::enumerate(values))
    if (!std::isfinite(value) || value < 0)
      return makeError("{0}: expected sums of squares of {1}, found {2} at "
                       "column {3}; gather the importance again",
                       path, quoted(name), value, i);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// GGUF
//===----------------------------------------------------------------------===//

/// The f32 elements of a tensor of the file.
static Expected<std::vector<float>> readFloats(const GGUFFile &file,
                                               const GGUFTensorInfo &tensor) {
  if (tensor.type != f32Type)
    return makeError("{0}: expected {1} in F32, found ggml type {2}; is it a "
                     "file of llama-imatrix?",
                     file.getPath(), quoted(tensor.name), tensor.type);
  uint64_t elements = 1;
  for (int64_t size : tensor.shape)
    elements *= size; // The parser has checked the product.
  const ArrayRef<uint8_t> data = file.getData();
  if (tensor.offset > data.size() ||
      elements > (data.size() - tensor.offset) / 4)
    return makeError("{0} is cut short inside tensor {1}; get the file again",
                     file.getPath(), quoted(tensor.name));
  return floatsOf(data.slice(tensor.offset, elements * 4));
}

/// What a pair of tensors says.
static Expected<ColumnImportance> readPair(const GGUFFile &file, StringRef name,
                                           const GGUFTensorInfo &sumOf,
                                           const GGUFTensorInfo &countOf) {
  auto values = readFloats(file, sumOf);
  if (!values)
    return values.takeError();
  auto tokens = readFloats(file, countOf);
  if (!tokens)
    return tokens.takeError();
  if (Error error = checkValues(*values, name, file.getPath()))
    return error;
  ColumnImportance found;
  found.columns = sumOf.shape.back();
  found.matrices = values->size() / found.columns;
  // Files that were joined have one count for all experts.
  if (tokens->size() != size_t(found.matrices) && tokens->size() != 1)
    return makeError("{0}: expected one count of tokens for each of the {1} "
                     "matrices of {2}, found {3}; gather the importance again",
                     file.getPath(), found.matrices, quoted(name),
                     tokens->size());
  for (int64_t m = 0; m < found.matrices; ++m) {
    const float count = (*tokens)[tokens->size() == 1 ? 0 : m];
    if (!(count >= 0) || count > 1e15f)
      return makeError("{0}: expected a count of tokens of {1}, found {2}; "
                       "gather the importance again",
                       file.getPath(), quoted(name), count);
    found.tokens.push_back(std::llround(count));
    const double factor = found.tokens.back() ? 1.0 / count : 0;
    for (int64_t i = 0; i < found.columns; ++i)
      (*values)[m * found.columns + i] *= factor;
  }
  found.squares = std::move(*values);
  return found;
}

/// Adds the products of pairs of columns to what is known of a weight.
static Error readProducts(const GGUFFile &file, const GGUFTensorInfo &tensor,
                          int64_t runColumns, ColumnImportance &weight) {
  auto values = readFloats(file, tensor);
  if (!values)
    return values.takeError();
  weight.runColumns = std::min(runColumns, weight.columns);
  const int64_t perMatrix = weight.productsPerMatrix();
  if (values->size() != size_t(weight.matrices * perMatrix))
    return makeError("{0}: expected {1} products of columns in {2}, found {3}; "
                     "gather the importance again",
                     file.getPath(), weight.matrices * perMatrix,
                     quoted(tensor.name), values->size());
  for (auto [i, value] : llvm::enumerate(*values)) {
    if (!std::isfinite(value))
      return makeError("{0}: expected finite products of columns in {1}, found "
                       "others; gather the importance again",
                       file.getPath(), quoted(tensor.name));
    const int64_t tokens = weight.tokens[i / perMatrix];
    value *= tokens ? 1.0f / float(tokens) : 0;
  }
  weight.products = std::move(*values);
  return Error::success();
}

static Expected<Importance> readGGUF(ArrayRef<uint8_t> bytes, StringRef path) {
  auto file = GGUFFile::parse(bytes, path);
  if (!file)
    return file.takeError();
  struct Parts {
    const GGUFTensorInfo *sums = nullptr, *counts = nullptr,
                         *products = nullptr;
  };
  std::map<std::string, Parts> parts;
  for (const GGUFTensorInfo &tensor : file->getTensors()) {
    StringRef name = tensor.name;
    if (name.consume_back(sums))
      parts[name.str()].sums = &tensor;
    else if (name.consume_back(counts))
      parts[name.str()].counts = &tensor;
    else if (name.consume_back(productSums))
      parts[name.str()].products = &tensor;
  }
  auto run = file->getInt(runKey);
  if (!run)
    return run.takeError();
  Importance found;
  for (const auto &[name, of] : parts) {
    if (!of.sums || !of.counts)
      return makeError("{0}: expected the tensors {1} and {2} together, found "
                       "one of them; gather the importance again",
                       path, quoted(name + sums.str()),
                       quoted(name + counts.str()));
    auto weight = readPair(*file, name, *of.sums, *of.counts);
    if (!weight)
      return weight.takeError();
    if (of.products && run->value_or(0) > 0)
      if (Error error = readProducts(*file, *of.products, **run, *weight))
        return error;
    found.weights[name] = std::move(*weight);
  }
  return found;
}

//===----------------------------------------------------------------------===//
// The older form
//===----------------------------------------------------------------------===//

namespace {

/// Little-endian numbers of a file, from front to back.
class Bytes {
public:
  explicit Bytes(ArrayRef<uint8_t> bytes) : left(bytes) {}

  /// Nothing where the file ends before.
  std::optional<int32_t> readInt() {
    auto bytes = take(4);
    if (!bytes)
      return std::nullopt;
    return static_cast<int32_t>(llvm::support::endian::read32le(bytes->data()));
  }
  std::optional<ArrayRef<uint8_t>> take(uint64_t count) {
    if (count > left.size())
      return std::nullopt;
    auto taken = left.take_front(count);
    left = left.drop_front(count);
    return taken;
  }

private:
  ArrayRef<uint8_t> left;
};

} // namespace

/// i32 number of entries; each: i32 length and name, i32 chunks, i32 number of
/// values, the values. What follows is not read.
static Expected<Importance> readList(ArrayRef<uint8_t> bytes, StringRef path) {
  Bytes in(bytes);
  const std::optional<int32_t> entries = in.readInt();
  constexpr int32_t mostEntries = 1 << 17, mostName = 256;
  // Anything else begins with numbers that make no sense.
  auto isNone = [&] {
    return makeError("expected an importance file of llama-imatrix or of "
                     "--save-importance in {0}, found other bytes; give such a "
                     "file",
                     path);
  };
  if (!entries || *entries < 1 || *entries > mostEntries)
    return isNone();
  Importance found;
  for (int32_t i = 0; i < *entries; ++i) {
    const std::optional<int32_t> length = in.readInt();
    if (length && (*length < 1 || *length > mostName))
      return isNone();
    const auto name = length ? in.take(*length) : std::nullopt;
    const std::optional<int32_t> chunks = in.readInt(), size = in.readInt();
    if (name && chunks && size && (*chunks < 1 || *size < 1))
      return isNone();
    const auto values =
        name && size ? in.take(uint64_t(*size) * 4) : std::nullopt;
    if (!values)
      return makeError("{0} is cut short inside entry {1} of {2}; get the file "
                       "again",
                       path, i + 1, *entries);
    ColumnImportance weight;
    weight.columns = *size;
    weight.tokens = {*chunks};
    weight.squares = floatsOf(*values);
    StringRef text = llvm::toStringRef(*name);
    if (Error error = checkValues(weight.squares, text, path))
      return error;
    for (float &value : weight.squares)
      value /= static_cast<float>(*chunks);
    found.weights[text.str()] = std::move(weight);
  }
  return found;
}

Expected<Importance> lfm2c::readImportance(StringRef path) {
  auto file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  const bool isGGUF = (*file)->text().starts_with("GGUF");
  auto found = isGGUF ? readGGUF((*file)->bytes(), path)
                      : readList((*file)->bytes(), path);
  if (found && found->weights.empty())
    return makeError("expected importance of weights in {0} (tensors "
                     "NAME{1}), found none; give a file of llama-imatrix or "
                     "of --save-importance",
                     path, sums);
  return found;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

void lfm2c::writeImportance(const Importance &importance, StringRef text,
                            uint32_t window, llvm::raw_ostream &os) {
  int64_t most = 0, run = 0;
  std::vector<GGUFTensor> tensors;
  for (const auto &[name, weight] : importance.weights) {
    auto add = [&, matrices = weight.matrices, &key = name](StringRef suffix,
                                                            int64_t columns) {
      tensors.push_back({key + suffix.str(),
                         {matrices, columns},
                         f32Type,
                         uint64_t(matrices * columns) * 4});
    };
    for (int64_t count : weight.tokens)
      most = std::max(most, count);
    run = std::max(run, weight.runColumns);
    add(sums, weight.columns);
    add(counts, 1);
    if (!weight.products.empty())
      add(productSums, weight.productsPerMatrix());
  }
  GGUFMetadata metadata;
  metadata.setString("general.type", "imatrix");
  metadata.setStrings("imatrix.datasets", {text.str()});
  metadata.setInt("imatrix.chunk_count", (most + window - 1) / window);
  metadata.setInt("imatrix.chunk_size", window);
  if (run)
    metadata.setInt(runKey, run);
  GGUFWriter writer(os, metadata, std::move(tensors));
  auto append = [&](float value) {
    uint8_t bytes[4];
    llvm::support::endian::write32le(bytes, llvm::bit_cast<uint32_t>(value));
    writer.append(bytes);
  };
  for (const auto &[name, weight] : importance.weights) {
    auto appendSums = [&, &of = weight](ArrayRef<float> means) {
      const size_t perMatrix = means.size() / of.matrices;
      for (auto [i, mean] : llvm::enumerate(means))
        append(mean * of.tokens[i / perMatrix]);
    };
    appendSums(weight.squares);
    for (int64_t count : weight.tokens)
      append(static_cast<float>(count));
    if (!weight.products.empty())
      appendSums(weight.products);
  }
}
