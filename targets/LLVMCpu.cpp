#include "targets/LLVMCpu.h"

#include "lib/Support/Error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

static const CpuMemory &findMemory(const CpuTables &tables, StringRef cpu) {
  for (const CpuMemory &entry : tables.memory)
    if (cpu == entry.cpu)
      return entry;
  return tables.memory.front();
}

/// The words of "+a,-b".
static llvm::SmallVector<StringRef> split(StringRef features) {
  llvm::SmallVector<StringRef> parts;
  features.split(parts, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  return parts;
}

std::vector<StubLibrary> lfm2c::getGnuLibraries() {
  return {{"libc.so.6", {"__libc_start_main", "getauxval"}},
          {"libdl.so.2", {"dlopen", "dlsym"}}};
}

bool LLVMCpuTarget::isHost() const {
  const llvm::Triple host(llvm::sys::getProcessTriple()), own(system.triple);
  return host.getArch() == own.getArch() && host.getOS() == own.getOS() &&
         host.isAndroid() == own.isAndroid();
}

TargetVariant LLVMCpuTarget::makeVariant(StringRef name, StringRef cpu,
                                         StringRef features,
                                         int64_t lanes) const {
  const CpuTables &tables = getTables();
  const llvm::Triple triple(system.triple);
  std::string why;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, why);
  TargetVariant variant;
  variant.name = name.str();
  variant.cpu = cpu.str();

  llvm::SmallVector<StringRef> ofCpu;
  listFeatures(cpu, ofCpu);
  std::vector<std::string> words;
  for (StringRef feature : ofCpu)
    // Some of LLVM's rows have no name: they mean the 64-bit mode itself.
    if (!feature.empty() &&
        !llvm::is_contained(tables.checkedFeatures, feature) &&
        !llvm::is_contained(tables.baseFeatures, feature))
      words.push_back(("-" + feature).str());
  llvm::SmallVector<StringRef> own;
  for (StringRef change : split(features)) {
    const StringRef feature = change.drop_front();
    if (!llvm::is_contained(tables.ownFeatures, feature))
      words.push_back(change.str());
    else if (change.front() == '+')
      own.push_back(feature);
    else
      llvm::erase(own, feature);
  }
  variant.features = llvm::join(words, ",");

  const std::unique_ptr<llvm::MCSubtargetInfo> info(
      target->createMCSubtargetInfo(triple, variant.cpu, variant.features));
  auto has = [&](StringRef feature) {
    if (llvm::is_contained(tables.ownFeatures, feature))
      return llvm::is_contained(own, feature);
    return info->checkFeatures(("+" + feature).str());
  };
  const DotForm *best = nullptr;
  for (const DotForm &form : tables.dotForms)
    if (llvm::all_of(split(form.needs), has) &&
        (!best || form.rank > best->rank))
      best = &form;
  const CpuMemory &memory = findMemory(tables, cpu);
  TargetFacts &facts = variant.facts;
  facts.arch = tables.arch;
  facts.dot = best->form;
  facts.dotUnsigned8 = best->unsigned8;
  facts.dotAccumulates = best->accumulates;
  // The layout of the weights is the matrix unit's, if any: vectors have room
  // for more or fewer of them at once.
  const DotTile *largest = nullptr;
  for (const DotTile &tile : tables.dotTiles)
    if (llvm::all_of(split(tile.needs), has) &&
        (lanes == 0 || tile.lanes == lanes) &&
        tile.vectorBits ==
            std::min<int64_t>(best->vectorBits, tile.lanes * 32) &&
        (!largest ||
         tile.tokens * tile.lanes > largest->tokens * largest->lanes))
      largest = &tile;
  // No vector is longer than the lanes of the layout, none wider than the
  // CPU's.
  facts.lanes = lanes ? lanes : largest ? largest->lanes : best->lanes;
  facts.vectorBits = std::min<int64_t>(best->vectorBits, facts.lanes * 32);
  facts.registers = best->registers * facts.vectorBits / (facts.lanes * 32);
  facts.prefetchBytes = memory.prefetchBytes;
  facts.streams = memory.streams;
  facts.nearBytes = memory.nearKiB * 1024;
  facts.nearThreads = memory.nearThreads;
  // A vector of floats and one of integers for each token of each group fill
  // half of the registers; the other half holds weights, activations and masks.
  facts.tileGroups = best->tileGroups;
  facts.tileTokens =
      std::max<int64_t>(1, facts.registers / 4 / facts.tileGroups);
  facts.tileAhead = memory.tileAhead;
  if (largest) {
    facts.dotTileTokens = largest->tokens;
    facts.dotTileMode = largest->mode;
    // Then the sums of these tokens are vectors of floats alone.
    facts.tileTokens = facts.dotTileTokens;
    facts.tileGroups = 1;
  }
  setFacts(facts, *best, has);

  // A matrix unit is in no code but that of its tiles.
  auto isUnused = [&](StringRef feature) {
    return !(largest && llvm::is_contained(split(largest->needs), feature)) &&
           llvm::none_of(tables.dotForms,
                         [&](const DotForm &form) {
                           return llvm::is_contained(split(form.needs),
                                                     feature);
                         }) &&
           llvm::any_of(tables.dotTiles, [&](const DotTile &tile) {
             return llvm::is_contained(split(tile.needs), feature);
           });
  };
  for (auto [index, feature] : llvm::enumerate(tables.checkedFeatures))
    if (has(feature) && !isUnused(feature)) {
      variant.requiredFeatures.push_back(index);
      variant.requiredNames.push_back(feature);
    }
  return variant;
}

TargetVariant LLVMCpuTarget::makeNamed(StringRef name, StringRef word,
                                       StringRef features,
                                       int64_t lanes) const {
  for (const CpuAlias &alias : getTables().aliases)
    if (word == alias.name)
      return makeVariant(
          name, alias.cpu,
          llvm::join(llvm::ArrayRef<StringRef>{alias.features, features}, ","),
          lanes);
  return makeVariant(name, word, features, lanes);
}

TargetVariant LLVMCpuTarget::makeNative(int64_t lanes) const {
  const llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  std::string features;
  for (const char *feature : getTables().checkedFeatures)
    features += (host.lookup(feature) ? "+" : "-") + std::string(feature) + ",";
  const StringRef name = llvm::sys::getHostCPUName();
  return makeVariant(name, name, features, lanes);
}

std::vector<TargetVariant> LLVMCpuTarget::makePortable(int64_t lanes) const {
  const CpuTables &tables = getTables();
  std::vector<PortableVariant> rows(tables.portable);
  llvm::sort(rows, [](auto &a, auto &b) { return a.rank > b.rank; });
  std::vector<TargetVariant> variants;
  for (const PortableVariant &row : rows)
    variants.push_back(makeNamed(row.cpu, row.cpu, row.features,
                                 lanes ? lanes : tables.portableLanes));
  return variants;
}

Error LLVMCpuTarget::checkFeatureWords(StringRef features) const {
  const CpuTables &tables = getTables();
  for (StringRef change : split(features)) {
    if (!tables.takesFeatures)
      return makeError("{0} CPUs take no features, found {1}: the name says "
                       "all; --list-cpus names them",
                       tables.words, quoted(change));
    const StringRef feature = change.drop_front();
    if (change.front() != '+' && change.front() != '-')
      return makeError(
          "expected a feature as +name or -name after the CPU, found {0}",
          quoted(change));
    if (!llvm::is_contained(tables.checkedFeatures, feature)) {
      const std::vector<StringRef> known(tables.checkedFeatures.begin(),
                                         tables.checkedFeatures.end());
      return makeError("unknown {0} feature {1}{2}; expected one of {3}",
                       tables.words, quoted(feature),
                       nearestNames(feature, known), llvm::join(known, " "));
    }
  }
  return Error::success();
}

llvm::Expected<std::vector<TargetVariant>>
LLVMCpuTarget::select(StringRef word, int64_t lanes) const {
  initializeBackend();
  const CpuTables &tables = getTables();
  // A build for this machine means this machine; a cross build a stated
  // baseline.
  if (word.empty())
    word = isHost() ? "native" : StringRef(system.baseline);
  auto [name, features] = word.split(',');

  llvm::SmallVector<StringRef> names;
  listLLVMCpus(names);
  for (const CpuAlias &alias : tables.aliases)
    names.push_back(alias.name);
  const bool isPortable = name == "portable" && !tables.portable.empty();
  if (name != "native" && !isPortable && !llvm::is_contained(names, name)) {
    names.push_back("native");
    if (!tables.portable.empty())
      names.push_back("portable");
    return makeError("unknown {0} CPU {1}{2}; --list-cpus names all of them",
                     tables.words, quoted(name), nearestNames(name, names));
  }
  if (name == "native" && !isHost())
    return makeError("--cpu=native needs a compiler that runs on the target; "
                     "this one does not: "
                     "name a CPU, or leave --cpu out for {0}",
                     StringRef(system.baseline));
  if (Error error = checkFeatureWords(features))
    return error;
  if (isPortable) {
    if (!features.empty())
      return makeError(
          "--cpu=portable takes no features: each of its variants has its own");
    return makePortable(lanes);
  }
  if (name != "native")
    return std::vector<TargetVariant>{makeNamed(word, name, features, lanes)};
  TargetVariant native = makeNative(lanes);
  if (!features.empty())
    native = makeVariant(native.name + "," + features.str(), native.cpu,
                         native.features + "," + features.str(), lanes);
  return std::vector<TargetVariant>{std::move(native)};
}

void LLVMCpuTarget::listCpus(llvm::raw_ostream &os) const {
  const CpuTables &tables = getTables();
  llvm::SmallVector<StringRef> names, known;
  // A device that nothing is compiled on is never this machine.
  if (!tables.portable.empty())
    names = {"native", "portable"};
  listLLVMCpus(known);
  // Some give features of our own to a CPU of LLVM's.
  for (const CpuAlias &alias : tables.aliases)
    if (!llvm::is_contained(known, alias.name))
      names.push_back(alias.name);
  names.append(known);
  size_t column = 0;
  for (StringRef name : names) {
    if (column + name.size() + 1 > 78) {
      os << "\n";
      column = 0;
    }
    os << (column == 0 ? "  " : " ") << name;
    column += name.size() + (column == 0 ? 2 : 1);
  }
  os << "\n";
}
