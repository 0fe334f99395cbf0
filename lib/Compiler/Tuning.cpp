#include "lib/Compiler/Tuning.h"

#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"
#include "lib/Support/MappedFile.h"

using namespace lfm2c;
using llvm::Error;

namespace {
struct Tunable {
  const char *name;
  int64_t TargetFacts::*fact;
  int64_t least, most; ///< But for the last, those of #exec.schedule.
};
constexpr Tunable tunables[] = {
    {"streams", &TargetFacts::streams, 1, 8},
    {"prefetch_bytes", &TargetFacts::prefetchBytes, 0, 65536},
    {"tile_tokens", &TargetFacts::tileTokens, 1, 16},
    {"tile_groups", &TargetFacts::tileGroups, 1, 4},
    {"tile_ahead", &TargetFacts::tileAhead, 0, 4},
    {"near_bytes", &TargetFacts::nearBytes, 0, 64 << 20},
};
constexpr size_t maxFileBytes = 1 << 20;
constexpr size_t maxValues = 1 << 12;
} // namespace

static Error applyOne(llvm::StringRef path, llvm::StringRef name,
                      const json::Value &value, TargetFacts &facts) {
  const Tunable *known =
      llvm::find_if(tunables, [&](const Tunable &t) { return name == t.name; });
  if (known == std::end(tunables))
    return makeError("{0}: unknown fact {1}; expected streams, prefetch_bytes, "
                     "tile_tokens, tile_groups, tile_ahead or near_bytes",
                     path, quoted(name));
  std::optional<int64_t> number = value.getAsInteger();
  if (!number || *number < known->least || *number > known->most)
    return makeError("{0}: expected {1} to be a whole number of {2} to {3}, "
                     "found {4}",
                     path, name, known->least, known->most, value);
  facts.*known->fact = *number;
  return Error::success();
}

llvm::Expected<size_t>
lfm2c::applyTuning(llvm::StringRef path,
                   llvm::MutableArrayRef<TargetVariant> variants) {
  auto file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  if ((*file)->bytes().size() > maxFileBytes)
    return makeError("{0}: expected a tuning file of at most 1 MiB, found {1} "
                     "bytes",
                     path, (*file)->bytes().size());
  llvm::Expected<json::Document> cpus =
      parseJSONObject((*file)->text(), path, maxValues);
  if (!cpus)
    return cpus.takeError();
  size_t named = 0;
  for (TargetVariant &variant : variants) {
    const json::Value *entry = cpus->root().get(variant.cpu);
    if (!entry)
      continue;
    const json::Object *facts = entry->getAsObject();
    if (!facts)
      return makeError("{0}: expected the facts of {1} to be a JSON object",
                       path, variant.cpu);
    for (const auto &[name, value] : *facts)
      if (Error error = applyOne(path, name, value, variant.facts))
        return error;
    ++named;
  }
  return named;
}
