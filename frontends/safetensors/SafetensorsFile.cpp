#include "frontends/safetensors/SafetensorsFile.h"
#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"
#include "lib/Support/ForeignBytes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace lfm2c;

namespace {

/// A tensor takes about a hundred bytes of the header, and the largest models
/// of the family have ten thousand.
constexpr uint64_t maxHeaderBytes = 32 << 20;
constexpr size_t maxHeaderValues = 1 << 20;

/// Bits of an element of a type, 0 if it is not known; a type that is known
/// need not be one that models may use.
unsigned elementBits(llvm::StringRef type) {
  static const struct {
    llvm::StringRef name;
    unsigned bits;
  } types[] = {{"F64", 64}, {"I64", 64}, {"U64", 64},    {"F32", 32},
               {"I32", 32}, {"U32", 32}, {"F16", 16},    {"BF16", 16},
               {"I16", 16}, {"U16", 16}, {"F8_E4M3", 8}, {"F8_E5M2", 8},
               {"I8", 8},   {"U8", 8},   {"BOOL", 8}};
  for (const auto &entry : types)
    if (entry.name == type)
      return entry.bits;
  return 0;
}

/// An entry with its place still as numbers.
struct Placed {
  SafetensorsEntry entry;
  uint64_t begin, end;
};

llvm::Error readEntry(llvm::StringRef path, llvm::StringRef name,
                      const json::Value &value, Placed &placed) {
  const json::Object *object = value.getAsObject();
  std::string where = path.str() + ": tensor " + quoted(name);
  if (!object)
    return makeErrorText(where + " should be described by an object");
  JSONReader reader(*object, where);
  placed.entry.name = name.str();
  std::vector<int64_t> shape, offsets;
  if (llvm::Error error = reader.require("dtype", placed.entry.type))
    return error;
  if (llvm::Error error = reader.require("shape", shape))
    return error;
  if (llvm::Error error = reader.require("data_offsets", offsets))
    return error;
  if (offsets.size() != 2 || offsets[0] < 0 || offsets[1] < offsets[0])
    return makeErrorText(where + " should have data_offsets [begin, end] with "
                                 "begin <= end");
  placed.begin = offsets[0];
  placed.end = offsets[1];
  if (shape.size() > 8)
    return makeError("{0} should have at most 8 dimensions but has {1}", where,
                     shape.size());
  placed.entry.shape.assign(shape.begin(), shape.end());
  int64_t bits = elementBits(placed.entry.type);
  const bool known = bits != 0;
  for (int64_t size : shape)
    if (size < 0 || llvm::MulOverflow(bits, size, bits))
      return makeError("{0} has shape {1}, which is no possible size", where,
                       formatShape(shape));
  if (known && uint64_t(bits) != (placed.end - placed.begin) * 8)
    return makeError("{0} of type {1} and shape {2} should take {3} bytes, but "
                     "its data_offsets span {4}",
                     where, placed.entry.type, formatShape(shape), bits / 8,
                     placed.end - placed.begin);
  return llvm::Error::success();
}

} // namespace

llvm::Expected<std::vector<SafetensorsEntry>>
lfm2c::parseSafetensors(llvm::ArrayRef<uint8_t> bytes, llvm::StringRef path) {
  llvm::StringRef text = llvm::toStringRef(bytes);
  std::string why;
  if (bytes.size() < 8 ||
      llvm::support::endian::read64le(bytes.data()) > bytes.size() - 8 ||
      llvm::support::endian::read64le(bytes.data()) == 0)
    why = explainForeignBytes(text);
  if (!why.empty())
    return makeError("{0} is no safetensors file: it {1}", path, why);
  if (bytes.size() < 8)
    return makeError("{0} is cut short: a safetensors file begins with 8 bytes "
                     "of header length, but it has {1} bytes",
                     path, bytes.size());
  const uint64_t length = llvm::support::endian::read64le(bytes.data());
  if (length > maxHeaderBytes)
    return makeError("{0} announces a header of {1} bytes, but at most {2} are "
                     "read; it is no safetensors file or is damaged",
                     path, length, maxHeaderBytes);
  if (length > bytes.size() - 8)
    return makeError("{0} is cut short: its header should take {1} bytes, but "
                     "{2} are left; get the file again",
                     path, length, bytes.size() - 8);
  llvm::StringRef header(reinterpret_cast<const char *>(bytes.data() + 8),
                         length);
  const llvm::ArrayRef<uint8_t> data = bytes.drop_front(8 + length);

  std::string what = "the header of " + path.str();
  llvm::Expected<json::Document> object =
      parseJSONObject(header, what, maxHeaderValues);
  if (!object)
    return object.takeError();

  std::vector<Placed> placed;
  for (const auto &member : object->root()) {
    if (llvm::StringRef(member.first) == "__metadata__")
      continue;
    placed.emplace_back();
    if (llvm::Error error =
            readEntry(path, member.first, member.second, placed.back()))
      return error;
  }
  llvm::sort(placed, [](const Placed &a, const Placed &b) {
    // The name makes the order of empty tensors certain.
    return std::tie(a.begin, a.end, a.entry.name) <
           std::tie(b.begin, b.end, b.entry.name);
  });

  std::vector<SafetensorsEntry> entries;
  uint64_t expected = 0;
  for (Placed &tensor : placed) {
    if (tensor.end > data.size())
      return makeError("{0} is cut short: tensor {1} takes bytes {2} to {3} of "
                       "the data, but there are {4}; get the file again",
                       path, quoted(tensor.entry.name), tensor.begin,
                       tensor.end, data.size());
    if (tensor.begin != expected)
      return makeError("{0}: tensor {1} {2}: it should begin at byte {3} of "
                       "the data but begins at {4}; the file is damaged",
                       path, quoted(tensor.entry.name),
                       tensor.begin < expected
                           ? "overlaps the tensor before it"
                           : "leaves a gap after the tensor before it",
                       expected, tensor.begin);
    tensor.entry.bytes = data.slice(tensor.begin, tensor.end - tensor.begin);
    expected = tensor.end;
    entries.push_back(std::move(tensor.entry));
  }
  if (expected != data.size())
    return makeError("{0}: {1} bytes follow the last tensor; the file is "
                     "damaged",
                     path, data.size() - expected);
  return entries;
}
