#include "lib/Compiler/PackKernels.h"

#include "lfm2rt/packed_kernels.h"
#include <cassert>
#include <cmath>
#include <map>
#include <memory>

using namespace lfm2c;
using lfm2rt::KernelModel;

namespace {

/// The counterpart of lfm2rt::KernelReader.
class KernelWriter {
public:
  KernelWriter(std::vector<uint8_t> &bytes,
               const std::map<uint32_t, uint32_t> &distances)
      : bytes(bytes), distances(distances) {}

  uint32_t bit(uint16_t &chance, uint32_t bit) {
    const uint32_t bound = lfm2rt::coder::split(range, chance);
    if (bit) {
      low += bound;
      range -= bound;
    } else {
      range = bound;
    }
    lfm2rt::coder::learn(chance, bit);
    for (; range < lfm2rt::coder::leastRange; range <<= 8)
      shift();
    return bit;
  }
  uint32_t distancesOf(uint32_t first) const {
    const auto found = distances.find(first);
    return found == distances.end() ? 0 : found->second;
  }

  void finish() {
    for (int i = 0; i < 4; ++i)
      shift();
    put();
  }

private:
  /// Moves the highest byte of `low` out. It may still be carried into: it is
  /// kept, with the bytes of ones behind it, until that is known.
  void shift() {
    if (low < 0xFF000000 || low >> 32) {
      put();
      kept = static_cast<uint8_t>(low >> 24);
    } else {
      ++ones;
    }
    low = low << 8 & 0xFFFFFFFF;
  }
  void put() {
    const auto carry = static_cast<uint8_t>(low >> 32);
    if (hasKept)
      bytes.push_back(static_cast<uint8_t>(kept + carry));
    hasKept = true;
    for (; ones > 0; --ones)
      bytes.push_back(static_cast<uint8_t>(0xFF + carry));
  }

  std::vector<uint8_t> &bytes;
  const std::map<uint32_t, uint32_t> &distances;
  uint64_t low = 0;
  uint32_t range = 0xFFFFFFFF, ones = 0;
  uint8_t kept = 0;
  bool hasKept = false;
};

/// What numbers of one operand cost, about, when the coder has learned how
/// often each comes: their entropy, and some bits for each that is new.
class Cost {
public:
  void add(uint32_t number) { ++counts[number]; }
  double bits() const {
    double all = 0, sum = 0;
    for (auto [number, count] : counts)
      all += count;
    for (auto [number, count] : counts)
      sum += newNumber - count * std::log2(count / all);
    return sum;
  }

private:
  static constexpr double newNumber = 10;
  std::map<uint32_t, uint32_t> counts;
};

using Coder = lfm2rt::KernelCoder<KernelWriter>;

/// Which operands of each kind of instruction are shorter as distances.
std::map<uint32_t, uint32_t>
chooseDistances(llvm::ArrayRef<llvm::ArrayRef<uint32_t>> kernels) {
  struct Costs {
    Cost plain, distance;
  };
  std::map<uint32_t, std::map<uint32_t, Costs>> costs;
  for (llvm::ArrayRef<uint32_t> words : kernels) {
    uint32_t newest = 0;
    for (size_t at = 0, length; at < words.size(); at += length) {
      length = at == 0 ? lfm2rt::spirvHeaderWords : words[at] >> 16;
      assert(length > 0 && length <= words.size() - at &&
             "no module of SPIR-V");
      for (uint32_t i = 1; i < length; ++i) {
        const uint32_t word = words[at + i];
        Costs &of =
            costs[words[at]][std::min(i - 1, +KernelModel::lastOperand)];
        of.plain.add(word);
        of.distance.add(Coder::toDistance(word, newest));
        newest = Coder::newerOf(newest, word);
      }
    }
  }
  std::map<uint32_t, uint32_t> distances;
  for (const auto &[first, operands] : costs)
    for (const auto &[operand, of] : operands)
      if (of.distance.bits() < of.plain.bits())
        distances[first] |= 1u << operand;
  return distances;
}

} // namespace

std::vector<std::vector<uint8_t>>
lfm2c::packKernels(llvm::ArrayRef<llvm::ArrayRef<uint32_t>> kernels) {
  const std::map<uint32_t, uint32_t> distances = chooseDistances(kernels);
  auto model = std::make_unique<KernelModel>();
  model->reset();
  std::vector<std::vector<uint8_t>> all;
  for (llvm::ArrayRef<uint32_t> kernel : kernels) {
    std::vector<uint8_t> &bytes = all.emplace_back();
    for (uint32_t i = 0; i < lfm2rt::packedHeaderBytes; ++i)
      bytes.push_back(static_cast<uint8_t>(kernel.size() >> 8 * i));
    std::vector<uint32_t> words = kernel.vec();
    KernelWriter writer(bytes, distances);
    [[maybe_unused]] const bool isModule =
        Coder(*model, writer)
            .run(words.data(), static_cast<uint32_t>(words.size()));
    assert(isModule && "of chooseDistances()");
    writer.finish();
  }
  return all;
}
