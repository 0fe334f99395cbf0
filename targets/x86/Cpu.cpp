// Which instructions, caches and layout stand behind the word of --cpu.
//
// LLVM's tables say what a CPU has. Code may use only features that the runtime
// can check before it enters the code (abi.h); any other that LLVM would use by
// itself is switched off, so that a program refuses to start on an unfit CPU
// rather than meet an unknown instruction.
#include "lfm2rt/abi.h"
#include "lib/Support/Error.h"
#include "targets/x86/X86Target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/TargetParser/X86TargetParser.h"
#include <unistd.h>

using namespace lfm2c;
using llvm::ArrayRef;
using llvm::StringRef;

namespace {
struct DotForm {
  uint8_t rank;
  const char *form, *needs;
  uint16_t vectorBits;
  uint8_t registers, lanes;
  bool unsigned8;
};
struct DotTile {
  const char *needs;
  uint8_t tokens, lanes;
};
struct CpuCaches {
  const char *cpu;
  uint16_t l1KiB, l2KiB, prefetchBytes;
  uint8_t streams;
};
struct PortableVariant {
  uint8_t rank;
  const char *cpu, *features;
};
#define GET_DotForms_IMPL
#define GET_DotTiles_IMPL
#define GET_CpuCacheTable_IMPL
#define GET_PortableVariants_IMPL
#include "targets/x86/Facts.inc"

constexpr const char *checkedFeatures[] = {
#define LFM2_FEATURE_NAME(id, name) name,
    LFM2_X86_FEATURES(LFM2_FEATURE_NAME)
#undef LFM2_FEATURE_NAME
};

/// In every 64-bit x86 CPU; nothing to check. CRC32 comes with SSE4.2.
constexpr const char *baseFeatures[] = {"64bit", "cmov", "crc32", "cx8", "fxsr",
                                        "mmx",   "sse",  "sse2",  "x87"};

/// Rows side by side in the weights of a portable program: one 256-bit vector
/// of i32, which is what most of these CPUs compute with; AVX-512 still brings
/// its dot product and registers, and reads memory no slower.
constexpr int64_t portableLanes = 8;
} // namespace

static CpuCaches findCaches(StringRef cpu) {
  for (const CpuCaches &entry : CpuCacheTable)
    if (cpu == entry.cpu)
      return entry;
  return CpuCacheTable[0];
}

TargetVariant lfm2c::makeX86Variant(StringRef triple, StringRef name,
                                    StringRef cpu, StringRef features,
                                    int64_t lanes) {
  std::string why;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(llvm::Triple(triple), why);
  TargetVariant variant;
  variant.name = name.str();
  variant.cpu = cpu.str();

  llvm::SmallVector<StringRef> parts, ofCpu;
  features.split(parts, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  llvm::X86::getFeaturesForCPU(cpu, ofCpu);
  std::vector<std::string> words;
  for (StringRef feature : ofCpu)
    // Some of LLVM's rows have no name: they mean the 64-bit mode itself.
    if (!feature.empty() && !llvm::is_contained(checkedFeatures, feature) &&
        !llvm::is_contained(baseFeatures, feature))
      words.push_back(("-" + feature).str());
  words.insert(words.end(), parts.begin(), parts.end());
  variant.features = llvm::join(words, ",");

  const std::unique_ptr<llvm::MCSubtargetInfo> info(
      target->createMCSubtargetInfo(llvm::Triple(triple), variant.cpu,
                                    variant.features));
  auto has = [&](StringRef feature) {
    return info->checkFeatures(("+" + feature).str());
  };
  auto hasAll = [&](StringRef list) {
    llvm::SmallVector<StringRef> needs;
    list.split(needs, ',', -1, /*KeepEmpty=*/false);
    return llvm::all_of(needs, has);
  };
  const DotForm *best = nullptr;
  for (const DotForm &form : DotForms)
    if (hasAll(form.needs) && (!best || form.rank > best->rank))
      best = &form;
  const CpuCaches caches = findCaches(cpu);
  TargetFacts &facts = variant.facts;
  facts.arch = "x86_64";
  facts.dot = best->form;
  facts.dotUnsigned8 = best->unsigned8;
  // No vector is longer than the lanes of the layout, none wider than the
  // CPU's.
  facts.lanes = lanes ? lanes : best->lanes;
  facts.vectorBits = std::min<int64_t>(best->vectorBits, facts.lanes * 32);
  facts.registers = best->registers * facts.vectorBits / (facts.lanes * 32);
  facts.l1Bytes = caches.l1KiB * 1024;
  facts.l2Bytes = caches.l2KiB * 1024;
  facts.prefetchBytes = caches.prefetchBytes;
  facts.streams = caches.streams;
  // A vector of floats and one of integers for each token fill half of the
  // registers; the other half holds weights, activations and masks.
  facts.tileTokens = std::max<int64_t>(1, facts.registers / 4);
  for (const DotTile &tile : DotTiles)
    if (hasAll(tile.needs) && tile.lanes == facts.lanes &&
        facts.vectorBits == facts.lanes * 32)
      facts.dotTileTokens = tile.tokens;
  // Then the sums of these tokens are vectors of floats alone.
  if (facts.dotTileTokens > 0)
    facts.tileTokens = facts.dotTileTokens;
  facts.f16c = has("f16c");
  facts.fma = has("fma");
  facts.bf16dot = has("avx512bf16") && best->vectorBits == 512;

  // A matrix unit is in no code but that of its tiles.
  auto isUnused = [&](StringRef feature) {
    return facts.dotTileTokens == 0 &&
           llvm::any_of(DotTiles, [&](const DotTile &tile) {
             return llvm::is_contained(llvm::split(tile.needs, ','), feature);
           });
  };
  for (auto [index, feature] : llvm::enumerate(checkedFeatures))
    if (has(feature) && !isUnused(feature)) {
      variant.requiredFeatures.push_back(index);
      variant.requiredNames.push_back(feature);
    }
  return variant;
}

/// This machine, by CPUID: a hypervisor may hide features that the CPU's name
/// promises, and caches are what the system says.
static TargetVariant makeNative(StringRef triple) {
  const llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  std::string features;
  for (const char *feature : checkedFeatures)
    features += (host.lookup(feature) ? "+" : "-") + std::string(feature) + ",";
  const StringRef name = llvm::sys::getHostCPUName();
  TargetVariant variant = makeX86Variant(triple, name, name, features);
#if defined(_SC_LEVEL1_DCACHE_SIZE) && defined(_SC_LEVEL2_CACHE_SIZE)
  if (const long l1 = sysconf(_SC_LEVEL1_DCACHE_SIZE); l1 > 0)
    variant.facts.l1Bytes = l1;
  if (const long l2 = sysconf(_SC_LEVEL2_CACHE_SIZE); l2 > 0)
    variant.facts.l2Bytes = l2;
#endif
  return variant;
}

static std::vector<TargetVariant> makePortable(StringRef triple) {
  std::vector<PortableVariant> rows(std::begin(PortableVariants),
                                    std::end(PortableVariants));
  llvm::sort(rows, [](auto &a, auto &b) { return a.rank > b.rank; });
  std::vector<TargetVariant> variants;
  for (const PortableVariant &row : rows) {
    variants.push_back(
        makeX86Variant(triple, row.cpu, row.cpu, row.features, portableLanes));
  }
  return variants;
}

llvm::Expected<std::vector<TargetVariant>>
lfm2c::selectX86Cpu(StringRef triple, StringRef word, bool isHost) {
  // A build for this machine means this machine; a cross build a stated
  // baseline.
  if (word.empty())
    word = isHost ? "native" : "x86-64-v3";
  auto [name, features] = word.split(',');

  llvm::SmallVector<StringRef> names;
  llvm::X86::fillValidCPUArchList(names, /*Only64Bit=*/true);
  if (name != "native" && name != "portable" &&
      !llvm::is_contained(names, name)) {
    names.append({"native", "portable"});
    return makeError("unknown x86-64 CPU {0}{1}; --list-cpus names all of them",
                     quoted(name), nearestNames(name, names));
  }
  if (name == "native" && !isHost)
    return makeError("--cpu=native needs a compiler that runs on the target; "
                     "this one does not: "
                     "name a CPU, or leave --cpu out for x86-64-v3");

  llvm::SmallVector<StringRef> changes;
  features.split(changes, ',', -1, /*KeepEmpty=*/false);
  for (StringRef change : changes) {
    const StringRef feature = change.drop_front();
    if (change.front() != '+' && change.front() != '-')
      return makeError(
          "expected a feature as +name or -name after the CPU, found {0}",
          quoted(change));
    if (!llvm::is_contained(checkedFeatures, feature)) {
      const std::vector<StringRef> known(std::begin(checkedFeatures),
                                         std::end(checkedFeatures));
      return makeError("unknown x86-64 feature {0}{1}; expected one of {2}",
                       quoted(feature), nearestNames(feature, known),
                       llvm::join(known, " "));
    }
  }
  if (name == "portable") {
    if (!features.empty())
      return makeError(
          "--cpu=portable takes no features: each of its variants has its own");
    return makePortable(triple);
  }
  std::vector<TargetVariant> variants;
  if (name != "native")
    variants.push_back(makeX86Variant(triple, word, name, features));
  else
    variants.push_back(makeNative(triple));
  if (name == "native" && !features.empty()) {
    const TargetVariant &host = variants.front();
    variants.front() =
        makeX86Variant(triple, host.name + "," + features.str(), host.cpu,
                       host.features + "," + features.str());
  }
  return variants;
}
