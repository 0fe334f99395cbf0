// The part of targets that is the same for all: names, lists, facts as an
// attribute.
#include "targets/Target.h"

#include "lib/Support/Error.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;
using llvm::StringRef;

Target::~Target() = default;

mlir::DictionaryAttr
TargetFacts::toAttribute(mlir::MLIRContext &context) const {
  mlir::Builder b(&context);
  auto number = [&](StringRef name, int64_t value) {
    return b.getNamedAttr(name, b.getI64IntegerAttr(value));
  };
  auto flag = [&](StringRef name, bool value) {
    return b.getNamedAttr(name, b.getBoolAttr(value));
  };
  return b.getDictionaryAttr({b.getNamedAttr("arch", b.getStringAttr(arch)),
                              b.getNamedAttr("dot", b.getStringAttr(dot)),
                              number("address_bits", addressBits),
                              number("lanes", lanes),
                              number("vector_bits", vectorBits),
                              number("registers", registers),
                              number("float_lanes", floatLanes),
                              number("l1_bytes", l1Bytes),
                              number("l2_bytes", l2Bytes),
                              number("prefetch_bytes", prefetchBytes),
                              number("streams", streams),
                              number("tile_tokens", tileTokens),
                              number("tile_groups", tileGroups),
                              number("tile_ahead", tileAhead),
                              number("dot_tile_tokens", dotTileTokens),
                              flag("dot_tile_mode", dotTileMode),
                              number("near_bytes", nearBytes),
                              number("near_threads", nearThreads),
                              flag("f16c", f16c),
                              flag("dot_unsigned8", dotUnsigned8),
                              flag("dot_accumulates", dotAccumulates),
                              flag("dot_by_lane", dotByLane),
                              flag("byte_shifts", byteShifts),
                              flag("fma", fma),
                              flag("int_to_float", intToFloat),
                              flag("bf16dot", bf16dot)});
}

void TargetRegistry::add(StringRef name, std::unique_ptr<Target> target) {
  entries.push_back({name.str(), std::move(target)});
}

llvm::Expected<const TargetRegistry::Entry *>
TargetRegistry::lookup(StringRef name) const {
  for (const Entry &entry : entries)
    if (name.empty() ? entry.target->isHost() : name == entry.name)
      return &entry;
  std::vector<StringRef> names;
  for (const Entry &entry : entries)
    names.push_back(entry.name);
  if (name.empty())
    return makeError("no target makes code for this machine; choose one with "
                     "--target: {0}",
                     llvm::join(names, ", "));
  return makeError("unknown target {0}{1}; --list-targets names all of them",
                   quoted(name), nearestNames(name, names));
}

std::string lfm2c::nearestNames(StringRef word,
                                llvm::ArrayRef<StringRef> names) {
  std::string text;
  for (const std::string &name : nearestWords(word, names))
    text += (text.empty() ? " (did you mean '" : "', '") + name;
  return text.empty() ? text : text + "'?)";
}
