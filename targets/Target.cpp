// The part of targets that is the same for all: names and lists.
#include "targets/Target.h"

#include "lib/Support/Error.h"
#include "passes/tiling/Pipeline.h"

#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;
using llvm::StringRef;

Target::~Target() = default;

void Target::buildTilePipeline(mlir::OpPassManager &pm, const TargetVariant &,
                               const TileOptions &options) const {
  lfm2c::buildTilePipeline(pm, options);
}

void TargetRegistry::add(StringRef name, std::unique_ptr<Target> target,
                         StringRef group) {
  entries.push_back({name.str(), std::move(target), group.str()});
}

llvm::Expected<const TargetRegistry::Entry *>
TargetRegistry::lookup(StringRef name) const {
  for (const Entry &entry : entries)
    if (name == entry.name || (name == entry.group && entry.target->isHost()))
      return &entry;
  std::vector<StringRef> names;
  for (const Entry &entry : entries) {
    names.push_back(entry.name);
    if (!entry.group.empty() && entry.target->isHost())
      names.push_back(entry.group);
  }
  if (name.empty())
    return makeError("no target makes code for this machine; choose one with "
                     "--target: {0}",
                     llvm::join(names, ", "));
  return makeError("unknown target {0}{1}; --list-targets names all of them",
                   quoted(name), nearestNames(name, names));
}
