// The registry of weight formats, and the questions answered from it.

#include "lib/Weights/Format.h"
#include "lib/Weights/FormatTable.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include <array>
#include <atomic>
#include <mutex>
#include <vector>

using namespace lfm2c;

namespace {

/// A description with all that it refers to.
struct Entry {
  FormatInfo info;
  std::string name;
  std::vector<BitPlane> planes;
  std::vector<ScaleField> scales, minima;
  std::vector<int8_t> codes;

  explicit Entry(const FormatInfo &from)
      : info(from), name(from.name), planes(from.planes), scales(from.scales),
        minima(from.minima), codes(from.codes) {
    info.name = name;
    info.planes = planes;
    info.scales = scales;
    info.minima = minima;
    info.codes = codes;
  }
};

/// Entries live as long as the process, and are read without a lock.
class Registry {
public:
  Registry() {
    for (llvm::ArrayRef<FormatInfo> formats : {plainFormats(), gridFormats()})
      for (const FormatInfo &info : formats)
        put(info);
  }

  const FormatInfo *get(size_t number) const {
    const Entry *entry = number < entries.size()
                             ? entries[number].load(std::memory_order_acquire)
                             : nullptr;
    return entry ? &entry->info : nullptr;
  }

  template <typename Wanted> const FormatInfo *find(Wanted wanted) const {
    for (size_t i = 0, end = count(); i < end; ++i)
      if (const FormatInfo *info = get(i); info && wanted(*info))
        return info;
    return nullptr;
  }

  size_t count() const { return end.load(std::memory_order_acquire); }

  Format add(FormatInfo info) {
    std::lock_guard<std::mutex> lock(mutex);
    const FormatInfo *known =
        find([&](const FormatInfo &other) { return other.name == info.name; });
    if (known) {
      if (known->blockElements != info.blockElements ||
          known->blockBytes != info.blockBytes || known->bits != info.bits)
        llvm::report_fatal_error(llvm::Twine("two weight formats are named ") +
                                 info.name);
      return known->format;
    }
    info.format = Format(std::max(count(), size_t(Format::FirstRegistered)));
    put(info);
    return info.format;
  }

private:
  void put(const FormatInfo &info) {
    size_t number = size_t(info.format);
    if (number >= entries.size())
      llvm::report_fatal_error("more weight formats than a program needs");
    check(info);
    // Never freed: formats are asked for until the process ends.
    entries[number].store(new Entry(info), std::memory_order_release);
    if (number >= count())
      end.store(number + 1, std::memory_order_release);
  }

  /// What packer and emitters rely on.
  static void check(const FormatInfo &info) {
    if (!info.isQuantized())
      return;
    bool isWhole = llvm::isPowerOf2_32(info.blockElements) &&
                   llvm::isPowerOf2_32(info.subBlockElements) &&
                   info.blockElements >= 32 && info.blockElements <= 256 &&
                   info.subBlockElements >= 16 &&
                   info.subBlockElements <= info.blockElements &&
                   info.subBlocks() <= 16;
    bool hasBits = (info.bits >= 2 && info.bits <= 6) || info.bits == 8;
    bool hasCodes =
        info.codes.empty() || (info.bits <= 4 && info.zero == 0 &&
                               info.codes.size() == size_t(1) << info.bits);
    bool hasMin = info.hasMin ? info.scaleType != ScaleType::E8M0
                              : !info.hasSubMinima && !info.addsMin;
    if (!isWhole || !hasBits || !hasCodes || !hasMin)
      llvm::report_fatal_error(llvm::Twine("the description of the weight "
                                           "format ") +
                               info.name + " is none that can be packed");
  }

  std::array<std::atomic<const Entry *>, 1024> entries = {};
  std::atomic<size_t> end{0};
  std::mutex mutex;
};

} // namespace

static Registry &registry() {
  static Registry registry;
  return registry;
}

Format lfm2c::registerFormat(const FormatInfo &info) {
  return registry().add(info);
}

llvm::SmallVector<Format> lfm2c::allFormats() {
  llvm::SmallVector<Format> formats;
  const Registry &all = registry();
  for (size_t i = 0, end = all.count(); i < end; ++i)
    if (const FormatInfo *info = all.get(i))
      formats.push_back(info->format);
  return formats;
}

const FormatInfo &lfm2c::getFormatInfo(Format format) {
  if (const FormatInfo *info = registry().get(size_t(format)))
    return *info;
  llvm_unreachable("a format that is not registered");
}

static std::optional<Format> formatOf(const FormatInfo *info) {
  if (info)
    return info->format;
  return std::nullopt;
}

std::optional<Format> lfm2c::formatFromGGML(uint32_t type) {
  if (type == FormatInfo::noGGML)
    return std::nullopt;
  return formatOf(registry().find(
      [&](const FormatInfo &info) { return info.ggmlType == type; }));
}

static std::string namesOf(bool (*isWanted)(const FormatInfo &)) {
  std::string names;
  for (Format format : allFormats())
    if (const FormatInfo &info = getFormatInfo(format); isWanted(info))
      names += (names.empty() ? "" : ", ") + info.name.str();
  return names;
}

std::string lfm2c::supportedFormatNames() {
  return namesOf([](const FormatInfo &) { return true; });
}

std::string lfm2c::ggmlFormatNames() {
  return namesOf([](const FormatInfo &info) {
    return formatFromGGML(info.ggmlType) == info.format;
  });
}

std::optional<uint64_t> lfm2c::formatBytes(Format format, uint64_t count) {
  const FormatInfo &info = getFormatInfo(format);
  uint64_t bytes;
  if (count % info.blockElements != 0 ||
      __builtin_mul_overflow(count / info.blockElements, info.blockBytes,
                             &bytes))
    return std::nullopt;
  return bytes;
}
