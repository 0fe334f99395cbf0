// The tensors of GGUF files: their types, their places, their names.
//
// Offsets are held to what every writer makes: each tensor begins where the
// one before it ends, padded to the alignment. Anything else (a gap, an
// overlap, another order) is damage, and saying which tells what happened.

#include "frontends/gguf/GGUFTensors.h"
#include "lib/Support/Error.h"
#include "llvm/Support/MathExtras.h"

using namespace lfm2c;

// Doubles are read as floats: no model has been trained in them, but some were
// saved so.
constexpr uint32_t typeF64 = 28;

/// Types that this compiler does not read, for messages.
static llvm::StringRef foreignTypeName(uint32_t type) {
  static const struct {
    uint32_t type;
    llvm::StringRef name;
  } names[] = {{9, "q8_1"}, {15, "q8_k"}, {24, "i8"},    {25, "i16"},
               {26, "i32"}, {27, "i64"},  {40, "nvfp4"}, {41, "q1_0"}};
  for (const auto &entry : names)
    if (entry.type == type)
      return entry.name;
  return "unknown";
}

llvm::StringRef lfm2c::canonicalGGUFName(llvm::StringRef name) {
  // Some writers call the final norm by its role.
  return name == "output_norm.weight" ? "token_embd_norm.weight" : name;
}

static llvm::Expected<Tensor>
makeTensor(const GGUFFile &file, const GGUFTensorInfo &info, uint64_t &size) {
  std::optional<Format> format =
      info.type == typeF64 ? Format::F32 : formatFromGGML(info.type);
  if (!format)
    return makeError("{0}: tensor {1} has type {2} (number {3}), which is not "
                     "supported; supported are {4}",
                     file.getPath(), quoted(info.name),
                     foreignTypeName(info.type), info.type,
                     ggmlFormatNames() + " and f64");
  Tensor tensor;
  tensor.name = canonicalGGUFName(info.name).str();
  tensor.origins.push_back({info.name.str(), file.getPath().str()});
  tensor.format = *format;
  tensor.shape = info.shape;
  std::optional<uint64_t> row = formatBytes(*format, tensor.cols());
  if (!row) {
    const FormatInfo &description = getFormatInfo(*format);
    return makeError("{0}: rows of tensor {1} have {2} elements, which is no "
                     "multiple of the {3} of a {4} block",
                     file.getPath(), quoted(info.name), tensor.cols(),
                     description.blockElements, description.name);
  }
  if (info.type == typeF64)
    *row *= 2;
  if (__builtin_mul_overflow(*row, uint64_t(tensor.rows()), &size))
    return makeError("{0}: tensor {1} of shape {2} is larger than any file",
                     file.getPath(), quoted(info.name),
                     formatShape(info.shape));
  return std::move(tensor);
}

static llvm::Error checkOffset(const GGUFFile &file, const GGUFTensorInfo &info,
                               uint64_t expected) {
  if (info.offset == expected)
    return llvm::Error::success();
  const char *what = info.offset % file.getAlignment() ? "is not aligned"
                     : info.offset < expected
                         ? "overlaps the tensor before it"
                         : "leaves a gap after the tensor before it";
  return makeError("{0}: tensor {1} {2}: it should begin at byte {3} of the "
                   "data but begins at {4}; the file is damaged",
                   file.getPath(), quoted(info.name), what, expected,
                   info.offset);
}

llvm::Expected<std::vector<Tensor>>
lfm2c::readGGUFTensors(const GGUFFile &file, Checkpoint &checkpoint) {
  const llvm::ArrayRef<uint8_t> data = file.getData();
  uint64_t expected = 0;
  std::vector<Tensor> tensors;
  for (const GGUFTensorInfo &info : file.getTensors()) {
    uint64_t size = 0;
    llvm::Expected<Tensor> tensor = makeTensor(file, info, size);
    if (!tensor)
      return tensor.takeError();
    if (llvm::Error error = checkOffset(file, info, expected))
      return error;
    if (expected > data.size() || size > data.size() - expected)
      return makeError("{0} is cut short: tensor {1} takes {2} bytes from byte "
                       "{3}, but the file has {4}; get the file again",
                       file.getPath(), quoted(info.name), size,
                       file.getDataOffset() + expected,
                       file.getDataOffset() + data.size());
    const llvm::ArrayRef<uint8_t> bytes = data.slice(expected, size);
    tensor->pieces.push_back(
        info.type == typeF64 ? checkpoint.narrowDoubles(bytes) : bytes);
    // The padding cannot overflow: the tensor lies inside the file.
    expected = llvm::alignTo(expected + size, file.getAlignment());
    tensors.push_back(std::move(*tensor));
  }
  return tensors;
}

llvm::Error lfm2c::addGGUFTensors(const GGUFFile &file,
                                  Checkpoint &checkpoint) {
  llvm::Expected<std::vector<Tensor>> tensors =
      readGGUFTensors(file, checkpoint);
  if (!tensors)
    return tensors.takeError();
  for (Tensor &tensor : *tensors) {
    const TensorOrigin origin = tensor.origins.front();
    std::string name = tensor.name;
    auto [place, isNew] =
        checkpoint.tensors.try_emplace(name, std::move(tensor));
    if (!isNew)
      return makeError("{0}: tensor {1} occurs twice in the checkpoint: {2} in "
                       "{3} is the same one; get the files again",
                       origin.file, quoted(origin.name), place->second.label(),
                       place->second.origins.front().file);
  }
  return llvm::Error::success();
}
