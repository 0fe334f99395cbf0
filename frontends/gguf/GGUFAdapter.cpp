// The tensors of an adapter are NAME.lora_a, [rank, in], and NAME.lora_b,
// [out, rank], where NAME is the weight's; those of experts are stacked. Rows
// of queries and keys are not permuted in this family. Of the embedding lora_a
// is [vocabulary, rank], so that llama.cpp takes rows of it, and lora_b is
// [hidden, rank].

#include "frontends/gguf/GGUFAdapter.h"
#include "frontends/gguf/GGUFTensors.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/StringMap.h"
#include <map>

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

namespace {

struct Pair {
  std::string target;
  std::optional<Tensor> a, b;
};

class AdapterReader {
public:
  AdapterReader(const GGUFFile &file, const AdapterChoice &choice,
                Checkpoint &checkpoint)
      : file(file), checkpoint(checkpoint) {
    adapter.path = choice.path;
    adapter.kind = "GGUF";
    adapter.scale = choice.scale;
  }

  llvm::Expected<Adapter> run() {
    for (auto step : {&AdapterReader::checkKind, &AdapterReader::readAlpha,
                      &AdapterReader::readTensors})
      if (Error error = (this->*step)())
        return std::move(error);
    return std::move(adapter);
  }

private:
  /// The text of `key`, empty where there is none.
  llvm::Expected<std::string> getText(StringRef key) const {
    auto text = file.getString(key);
    if (!text)
      return text.takeError();
    return text->value_or("").str();
  }

  Error checkKind() {
    struct {
      StringRef key, expected, advice;
    } const checks[] = {
        {"general.type", "adapter",
         "give the model as MODEL, and by --lora what convert_lora_to_gguf.py "
         "of llama.cpp writes"},
        {"general.architecture", checkpoint.config.architecture,
         "the adapter is of another model"},
        {"adapter.type", "lora", "only adapters of this type can be merged"}};
    for (const auto &check : checks) {
      auto found = getText(check.key);
      if (!found)
        return found.takeError();
      if (*found != check.expected)
        return makeError("{0}: {1} should be {2} but is {3}; {4}",
                         file.getPath(), check.key, quoted(check.expected),
                         found->empty() ? "missing" : quoted(*found),
                         check.advice);
    }
    if (file.has("adapter.alora.invocation_tokens"))
      return makeError("{0}: adapter.alora.invocation_tokens is there: the "
                       "adapter is for what follows these tokens, and a "
                       "merged one would be for all",
                       file.getPath());
    auto name = getText("general.base_model.0.name");
    if (!name)
      return name.takeError();
    adapter.baseName = *name;
    return Error::success();
  }

  Error readAlpha() {
    auto read = file.getFloat("adapter.lora.alpha");
    if (!read)
      return read.takeError();
    // llama.cpp takes 0 for none.
    alpha = read->value_or(0);
    return Error::success();
  }

  Error readTensors() {
    auto tensors = readGGUFTensors(file, checkpoint);
    if (!tensors)
      return tensors.takeError();
    for (Tensor &tensor : *tensors)
      if (Error error = sort(std::move(tensor)))
        return error;
    for (Pair &pair : pairs)
      if (Error error = add(pair))
        return error;
    return Error::success();
  }

  Error sort(Tensor tensor) {
    StringRef name = tensor.origins.front().name;
    const bool isA = name.consume_back(".lora_a");
    if (!isA && !name.consume_back(".lora_b")) {
      // What mergekit extracts has norms, whole.
      if (!name.ends_with("_norm.weight"))
        return makeError("{0}: tensor {1} is none that an adapter has; "
                         "expected NAME.lora_a, NAME.lora_b or the weight of a "
                         "norm",
                         file.getPath(), quoted(name));
      adapter.replacements.push_back(std::move(tensor));
      return Error::success();
    }
    auto [place, isNew] = places.try_emplace(name, pairs.size());
    if (isNew)
      pairs.push_back({name.str(), {}, {}});
    Pair &pair = pairs[place->second];
    std::optional<Tensor> &slot = isA ? pair.a : pair.b;
    if (slot)
      return makeError("{0}: tensor {1} occurs twice in the adapter; get the "
                       "file again",
                       file.getPath(), slot->label());
    slot = std::move(tensor);
    return Error::success();
  }

  Error add(Pair &pair) {
    if (!pair.a || !pair.b)
      return makeError("{0}: tensor {1} has no {2} beside it; get the whole "
                       "adapter",
                       file.getPath(), (pair.a ? pair.a : pair.b)->label(),
                       pair.a ? "lora_b" : "lora_a");
    for (const Tensor *factor : {&*pair.a, &*pair.b})
      if (factor->shape.size() < 2 || factor->shape.size() > 3)
        return makeError("{0}: tensor {1} should be a matrix, or one for each "
                         "expert, but has shape {2}",
                         file.getPath(), factor->label(),
                         formatShape(factor->shape));
    AdapterUpdate added;
    added.target = pair.target;
    added.shapeOfA = pair.a->shape;
    added.shapeOfB = pair.b->shape;
    LowRankUpdate &update = added.update;
    update.a = *pair.a;
    update.b = *pair.b;
    const int64_t rank = update.b.cols();
    update.scale = adapter.scale * (alpha == 0 ? 1 : alpha / double(rank));
    if (pair.target == "token_embd.weight") {
      update.b = *pair.a;
      update.a = transpose(*pair.b);
      std::swap(added.shapeOfA, added.shapeOfB);
    }
    adapter.updates.push_back(std::move(added));
    return Error::success();
  }

  Tensor transpose(const Tensor &tensor) const {
    const int64_t rows = tensor.rows(), columns = tensor.cols();
    std::vector<float> values(rows * columns), row(columns);
    RowBuffer buffer;
    for (int64_t r = 0; r < rows; ++r) {
      dequantizeRow(tensor.format, tensor.readRow(r, buffer), row.data(),
                    columns);
      for (int64_t c = 0; c < columns; ++c)
        values[c * rows + r] = row[c];
    }
    llvm::MutableArrayRef<uint8_t> bytes =
        checkpoint.allocate(values.size() * sizeof(float));
    quantizeRow(Format::F32, values.data(), bytes.data(), values.size());
    Tensor out = tensor;
    out.format = Format::F32;
    out.shape = {columns, rows};
    out.pieces.assign(1, bytes);
    return out;
  }

  const GGUFFile &file;
  Checkpoint &checkpoint;
  Adapter adapter;
  double alpha = 0;
  std::vector<Pair> pairs; // In the order of the file.
  llvm::StringMap<size_t> places;
};

} // namespace

llvm::Expected<Adapter> lfm2c::readGGUFAdapter(const GGUFFile &file,
                                               const AdapterChoice &choice,
                                               Checkpoint &checkpoint) {
  return AdapterReader(file, choice, checkpoint).run();
}

llvm::Expected<Adapter> lfm2c::readGGUFAdapter(const AdapterChoice &choice,
                                               Checkpoint &checkpoint) {
  llvm::Expected<std::unique_ptr<MappedFile>> mapped =
      MappedFile::open(choice.path);
  if (!mapped)
    return mapped.takeError();
  const llvm::ArrayRef<uint8_t> bytes = (*mapped)->bytes();
  checkpoint.addSource(**mapped);
  checkpoint.files.push_back(std::move(*mapped));
  llvm::Expected<GGUFFile> file = GGUFFile::parse(bytes, choice.path);
  if (!file)
    return file.takeError();
  return readGGUFAdapter(*file, choice, checkpoint);
}
