#include "lib/Compiler/MatchCheckpoint.h"

#include "dialects/exec/IR/Exec.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "frontends/ImportModel.h"
#include "lib/Compiler/ConfigDescription.h"
#include "lib/Quantize/EncodeRow.h"
#include "lib/Support/Error.h"
#include "lib/Weights/Checkpoint.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/MathExtras.h"
#include <map>

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;
namespace json = llvm::json;

static constexpr const char *advice =
    "give the checkpoint that the module was made of, or make it anew";

//===----------------------------------------------------------------------===//
// The record
//===----------------------------------------------------------------------===//

static mlir::Attribute toAttribute(mlir::Builder &b, const json::Value &value) {
  if (auto flag = value.getAsBoolean())
    return b.getBoolAttr(*flag);
  if (auto number = value.getAsInteger())
    return b.getI64IntegerAttr(*number);
  if (auto number = value.getAsNumber())
    return b.getF64FloatAttr(*number);
  if (auto text = value.getAsString())
    return b.getStringAttr(*text);
  if (const json::Array *array = value.getAsArray()) {
    llvm::SmallVector<mlir::Attribute> elements;
    for (const json::Value &element : *array)
      elements.push_back(toAttribute(b, element));
    return b.getArrayAttr(elements);
  }
  mlir::NamedAttrList members;
  if (const json::Object *object = value.getAsObject())
    for (const auto &[name, member] : *object)
      members.set(name.str(), toAttribute(b, member));
  return members.getDictionary(b.getContext());
}

static mlir::DictionaryAttr makeRecord(mlir::ModuleOp imported,
                                       const ModelConfig &config) {
  mlir::Builder b(imported.getContext());
  json::Object facts = describeConfig(config);
  // What the model is called, a file or folder says: it may be renamed.
  facts.erase("model");
  mlir::NamedAttrList tensors;
  for (auto weight : imported.getOps<lfm2::WeightOp>())
    tensors.set(weight.getSymName(), weight.getTypeAttr());
  return b.getDictionaryAttr(
      {b.getNamedAttr("config", toAttribute(b, std::move(facts))),
       b.getNamedAttr("tensors", tensors.getDictionary(b.getContext()))});
}

void lfm2c::recordCheckpoint(mlir::ModuleOp module,
                             const Checkpoint &checkpoint) {
  module->setAttr(lfm2::kCheckpointAttrName,
                  makeRecord(module, checkpoint.config));
}

/// A leaf as a message shows it: the shape and format of a tensor, a value.
static std::string show(mlir::Attribute value) {
  if (!value)
    return "nothing";
  std::string text;
  llvm::raw_string_ostream os(text);
  auto type = llvm::dyn_cast<mlir::TypeAttr>(value);
  auto tensor = llvm::dyn_cast<mlir::RankedTensorType>(type ? type.getValue()
                                                            : mlir::Type());
  if (tensor) {
    auto format = lfm2::getFormat(tensor.getElementType());
    os << formatShape(tensor.getShape()) << " in "
       << (format ? getFormatInfo(*format).name : StringRef("no format"));
  } else if (llvm::isa<mlir::ArrayAttr, mlir::DictionaryAttr>(value)) {
    os << "a list";
  } else {
    value.print(os, /*elideType=*/true);
  }
  return text;
}

/// The place of the first difference, "layers[3].experts_used", and both
/// values there.
static Error describeDifference(StringRef what, std::string place,
                                mlir::Attribute module,
                                mlir::Attribute checkpoint) {
  if (auto a = llvm::dyn_cast_if_present<mlir::DictionaryAttr>(module))
    if (auto b = llvm::dyn_cast_if_present<mlir::DictionaryAttr>(checkpoint)) {
      const std::string prefix = place.empty() ? "" : place + ".";
      for (mlir::NamedAttribute entry : a)
        if (b.get(entry.getName()) != entry.getValue())
          return describeDifference(what, prefix + entry.getName().str(),
                                    entry.getValue(), b.get(entry.getName()));
      for (mlir::NamedAttribute entry : b)
        if (!a.get(entry.getName()))
          return describeDifference(what, prefix + entry.getName().str(), {},
                                    entry.getValue());
    }
  if (auto a = llvm::dyn_cast_if_present<mlir::ArrayAttr>(module))
    if (auto b = llvm::dyn_cast_if_present<mlir::ArrayAttr>(checkpoint)) {
      if (a.size() != b.size())
        return makeError("the module was made for {0} {1}, and the checkpoint "
                         "has {2}; {3}",
                         a.size(), place, b.size(), advice);
      for (auto [i, pair] : llvm::enumerate(llvm::zip(a, b)))
        if (std::get<0>(pair) != std::get<1>(pair))
          return describeDifference(what,
                                    llvm::formatv("{0}[{1}]", place, i).str(),
                                    std::get<0>(pair), std::get<1>(pair));
    }
  return makeError("the module was made for {0}{1} {2}, and the checkpoint has "
                   "{3}; {4}",
                   what, quoted(place), show(module), show(checkpoint), advice);
}

Error lfm2c::checkRecord(mlir::ModuleOp module, const Checkpoint &checkpoint) {
  auto record =
      module->getAttrOfType<mlir::DictionaryAttr>(lfm2::kCheckpointAttrName);
  if (!record)
    return Error::success();
  mlir::OwningOpRef<mlir::ModuleOp> imported =
      importModel(checkpoint, *module.getContext());
  const mlir::DictionaryAttr found = makeRecord(*imported, checkpoint.config);
  // Tensors first: their names are what a user knows.
  for (auto [name, what] :
       {std::pair<StringRef, StringRef>{"tensors", "tensor "}, {"config", ""}})
    if (record.get(name) != found.get(name))
      return describeDifference(what, "", record.get(name), found.get(name));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

namespace {
class WeightChecker {
public:
  explicit WeightChecker(const Checkpoint &checkpoint)
      : checkpoint(checkpoint) {}

  Error check(lfm2::WeightOp weight) {
    return checkTensor(weight.getSymName(), weight.getShape(),
                       weight.getFormat());
  }

  /// Of segments of one tensor, that which ends last says how many rows the
  /// program takes it to have.
  Error check(exec::WeightOp weight) {
    for (auto segment : weight.getSegments().getAsRange<exec::SegmentAttr>()) {
      const std::optional<Format> format = formatFromName(segment.getFormat());
      Seen &seen = packed[segment.getTensor().str()];
      const bool isNew = !seen.weight;
      const int64_t cols = weight.getCols(), count = weight.getCount();
      if (!isNew && (seen.cols != cols || seen.count != count ||
                     seen.format != *format || seen.plain != weight.getPlain()))
        return makeError("weight '@{0}' reads tensor {1} in another shape or "
                         "format than weight '@{2}' does; {3}",
                         weight.getSymName(), quoted(segment.getTensor()),
                         seen.weight.getSymName(), advice);
      int64_t end;
      if (llvm::AddOverflow(segment.getFirst(), segment.getRows(), end))
        return makeError("weight '@{0}' reads {2} rows from row {1} on, which "
                         "no tensor has; {3}",
                         weight.getSymName(), segment.getFirst(),
                         segment.getRows(), advice);
      seen = {weight, *format, std::max(seen.rows, end),
              cols,   count,   weight.getPlain()};
    }
    return checkPlace(weight);
  }

  Error finish() const {
    for (const auto &[name, seen] : packed) {
      llvm::SmallVector<int64_t, 3> shape;
      if (seen.count > 1 || isStack(name))
        shape.push_back(seen.count);
      shape.push_back(seen.rows);
      // A vector has one column.
      if (!seen.plain || seen.cols > 1 || !isVector(name))
        shape.push_back(seen.cols);
      if (Error error = checkTensor(name, shape, seen.format))
        return error;
    }
    return Error::success();
  }

private:
  struct Seen {
    exec::WeightOp weight = nullptr;
    Format format = Format::F32;
    int64_t rows = 0, cols = 0, count = 0;
    bool plain = false;
  };

  size_t rankOf(StringRef name) const {
    const Tensor *tensor = checkpoint.find(name);
    return tensor ? tensor->shape.size() : 0;
  }
  bool isStack(StringRef name) const { return rankOf(name) == 3; }
  bool isVector(StringRef name) const { return rankOf(name) == 1; }

  Error checkTensor(StringRef name, llvm::ArrayRef<int64_t> shape,
                    Format format) const {
    const Tensor *tensor = checkpoint.find(name);
    if (!tensor)
      return makeError("the module needs tensor {0}, which the checkpoint does "
                       "not have; {1}",
                       quoted(name), advice);
    const StringRef wanted = getFormatInfo(format).name;
    if (llvm::ArrayRef<int64_t>(tensor->shape) != shape)
      return makeError("the module was made for tensor {0} {1} in {2}, and the "
                       "checkpoint has {3} in {4}; {5}",
                       quoted(name), formatShape(shape), wanted,
                       formatShape(tensor->shape),
                       getFormatInfo(tensor->format).name, advice);
    if (format != tensor->format && !canEncode(format))
      return makeError(
          "the module was made for tensor {0} in {1}, to which "
          "weights cannot be converted, and the checkpoint has it in {2}; {3}",
          quoted(name), wanted, getFormatInfo(tensor->format).name, advice);
    return Error::success();
  }

  /// Weights that memory planning has placed rise and leave little free.
  Error checkPlace(exec::WeightOp weight) {
    if (!weight.getOffset())
      return Error::success();
    const int64_t offset = *weight.getOffset(), bytes = weight.getBytes();
    constexpr int64_t mostFree = 4096;
    int64_t ownEnd;
    if (offset < end || offset - end > mostFree ||
        llvm::AddOverflow(offset, bytes, ownEnd))
      return makeError(
          "the module places weight '@{0}', {1} bytes, at {2}, "
          "but the weights before it end at {3}; run exec-plan-memory",
          weight.getSymName(), bytes, offset, end);
    end = ownEnd;
    return Error::success();
  }

  const Checkpoint &checkpoint;
  std::map<std::string, Seen, std::less<>> packed;
  int64_t end = 0;
};
} // namespace

Error lfm2c::checkWeights(mlir::ModuleOp module, const Checkpoint &checkpoint) {
  WeightChecker checker(checkpoint);
  for (auto weight : module.getOps<lfm2::WeightOp>())
    if (Error error = checker.check(weight))
      return error;
  for (auto weight : module.getOps<exec::WeightOp>())
    if (Error error = checker.check(weight))
      return error;
  return checker.finish();
}
