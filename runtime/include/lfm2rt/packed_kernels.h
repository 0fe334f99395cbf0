// packed_kernels.h - modules of SPIR-V in a sixth of their bytes.
//
// A range coder codes bits by how likely each was so far at its place: of which
// instruction, which operand, behind which bits of it. Most operands are ids, and
// most ids are close to the newest one, so those are coded as their distance from
// it. Kernels of a variant are packed one behind the other, in the order of the
// table, and what was learned of one serves the next: so they are unpacked in this
// order, too, all of them with one model.
//
// One walk over the words (KernelCoder) both packs and unpacks; what differs is
// who gives the bits: KernelReader, here, takes them out of packed bytes, and the
// compiler's counterpart of the same interface puts them there.
#ifndef LFM2RT_PACKED_KERNELS_H
#define LFM2RT_PACKED_KERNELS_H

#include <stdint.h>

namespace lfm2rt {

// The first word of SPIR-V, by which a module that is not packed is known.
constexpr uint32_t spirvMagic = 0x07230203;
constexpr uint32_t spirvHeaderWords = 5;

// Packed: the number of words, as four bytes with the lowest first, then bits.
constexpr uint32_t packedHeaderBytes = 4;

// What both sides have learned. Kinds are first words of instructions (code and
// length) in the order in which they came up.
class KernelModel {
public:
  static constexpr uint32_t mostKinds = 255;
  // Operands from this one on share what is known of them.
  static constexpr uint32_t lastOperand = 7;

  struct Kind {
    uint32_t first;     // The first word.
    uint32_t distances; // Bit i: operand i is coded as a distance.
  };

  void reset() {
    numKinds = 0;
    for (uint16_t &chance : chances)
      chance = 1 << (chanceBits - 1);
  }
  // mostKinds where there is none.
  uint32_t find(uint32_t first) const {
    uint32_t kind = 0;
    while (kind < numKinds && kinds[kind].first != first)
      ++kind;
    return kind < numKinds ? kind : mostKinds;
  }

  // Chances are of a 0, of so many bits.
  static constexpr uint32_t chanceBits = 12;
  // Places share them where their hashes are equal: with tens of thousands of
  // places in use that costs little.
  uint16_t &chance(uint32_t place) { return chances[place * 0x9E3779B1u >> (32 - hashBits)]; }

  Kind kinds[mostKinds];
  uint32_t numKinds;

private:
  static constexpr uint32_t hashBits = 16;
  uint16_t chances[1 << hashBits];
};

// `Bits` has
//   uint32_t bit(uint16_t &chance, uint32_t bit), which gives the bit: of a writer
//     the one that it was given, of a reader the one that it has read;
//   uint32_t distancesOf(uint32_t first), of an instruction that comes up for the
//     first time: what a writer has chosen; of a reader anything.
template <typename Bits> class KernelCoder {
public:
  KernelCoder(KernelModel &model, Bits &bits) : model(model), bits(bits) {}

  // False where the bits are not those of instructions. Words of a writer stay
  // as they are.
  bool run(uint32_t *words, uint32_t count) {
    uint32_t before = KernelModel::mostKinds, newest = 0;
    for (uint32_t at = 0; at < count;) {
      KernelModel::Kind kind = {words[at], 0};
      before = codeKind(kind, before);
      // The header is as an instruction of so many words.
      uint32_t length = at == 0 ? spirvHeaderWords : kind.first >> 16;
      if (length == 0 || length > count - at)
        return false;
      words[at] = kind.first;
      for (uint32_t i = 1; i < length; ++i) {
        uint32_t &word = words[at + i];
        uint32_t operand = i - 1 < KernelModel::lastOperand ? i - 1 : KernelModel::lastOperand;
        uint32_t place = before * (KernelModel::lastOperand + 1) + operand;
        word = kind.distances >> operand & 1 ? codeDistance(place, word, newest)
                                             : codeNumber(place, word);
        newest = newerOf(newest, word);
      }
      at += length;
    }
    return true;
  }

  // The newest id, as far as words tell: ids rise by a few at a
  // time, and most other words are smaller or far from them.
  static uint32_t newerOf(uint32_t newest, uint32_t word) {
    return word - newest <= 32 ? word : newest;
  }
  static uint32_t toDistance(uint32_t word, uint32_t newest) {
    uint32_t difference = word - newest;
    return difference << 1 ^ (0u - (difference >> 31));
  }

private:
  // Behind the places of operands.
  static constexpr uint32_t ofKind = (KernelModel::mostKinds + 1) * (KernelModel::lastOperand + 1);
  static constexpr uint32_t ofNewKind = ofKind + KernelModel::mostKinds + 1;

  uint32_t codeKind(KernelModel::Kind &kind, uint32_t before) {
    uint32_t which = codeByte((ofKind + before) * 3, model.find(kind.first));
    if (which < model.numKinds) {
      kind = model.kinds[which];
      return which;
    }
    kind.distances = bits.distancesOf(kind.first);
    kind.first = codeNumber(ofNewKind, kind.first);
    kind.distances = codeNumber(ofNewKind + 1, kind.distances);
    if (model.numKinds == KernelModel::mostKinds)
      return KernelModel::mostKinds;
    model.kinds[model.numKinds] = kind;
    return model.numKinds++;
  }

  uint32_t codeDistance(uint32_t place, uint32_t word, uint32_t newest) {
    uint32_t code = codeNumber(place, toDistance(word, newest));
    return newest + (code >> 1 ^ (0u - (code & 1)));
  }

  // Seven bits at a time, the lowest first, and whether there are more.
  uint32_t codeNumber(uint32_t place, uint32_t number) {
    uint32_t result = 0;
    for (uint32_t i = 0; i < 5; ++i) {
      uint32_t rest = number >> 7 * i;
      uint32_t byte = codeByte(place * 3 + (i < 2 ? i : 2), rest > 127 ? 128 | (rest & 127) : rest);
      result |= (byte & 127) << 7 * i;
      if (byte < 128)
        break;
    }
    return result;
  }

  uint32_t codeByte(uint32_t place, uint32_t byte) {
    uint32_t node = 1;
    for (int i = 7; i >= 0; --i)
      node = node * 2 + bits.bit(model.chance(place * 256 + node), byte >> i & 1);
    return node & 255;
  }

  KernelModel &model;
  Bits &bits;
};

// A range coder, as in LZMA: how `range` is split is the same on both sides.
namespace coder {
constexpr uint32_t leastRange = 1u << 24;
constexpr uint32_t split(uint32_t range, uint16_t chance) {
  return (range >> KernelModel::chanceBits) * chance;
}
// Never 0 or 1 for sure, since what is left to move is rounded down.
inline void learn(uint16_t &chance, uint32_t bit) {
  constexpr uint32_t rate = 4;
  if (bit)
    chance = uint16_t(chance - (chance >> rate));
  else
    chance = uint16_t(chance + (((1u << KernelModel::chanceBits) - chance) >> rate));
}
} // namespace coder

class KernelReader {
public:
  KernelReader(const uint8_t *bytes, uint32_t count) : at(bytes), end(bytes + count) {
    for (int i = 0; i < 4; ++i)
      code = code << 8 | next();
  }

  uint32_t bit(uint16_t &chance, uint32_t) {
    uint32_t bound = coder::split(range, chance), bit = code >= bound;
    code -= bit ? bound : 0;
    range = bit ? range - bound : bound;
    coder::learn(chance, bit);
    for (; range < coder::leastRange; range <<= 8)
      code = code << 8 | next();
    return bit;
  }
  uint32_t distancesOf(uint32_t) const { return 0; }

  // Whether all bytes were read and no more, and what a writer ends with is left:
  // else they are not what it wrote.
  bool isAtEnd() const { return at == end && !wantsMore && code == 0; }

private:
  uint32_t next() {
    wantsMore |= at == end;
    return at == end ? 0 : *at++;
  }

  const uint8_t *at, *const end;
  uint32_t range = 0xFFFFFFFF, code = 0;
  bool wantsMore = false;
};

// Words of a packed kernel, or 0.
inline uint32_t packedWords(const uint8_t *bytes, uint32_t count) {
  if (count < packedHeaderBytes)
    return 0;
  uint32_t words = 0;
  for (uint32_t i = packedHeaderBytes; i-- > 0;)
    words = words << 8 | bytes[i];
  return words;
}

// Writes packedWords() words; false where the bytes are not those of a packed
// kernel, or not those of the one behind the one before.
inline bool unpackKernel(KernelModel &model, const uint8_t *bytes, uint32_t count,
                         uint32_t *words) {
  uint32_t number = packedWords(bytes, count);
  if (number == 0)
    return false;
  KernelReader reader(bytes + packedHeaderBytes, count - packedHeaderBytes);
  for (uint32_t i = 0; i < number; ++i)
    words[i] = 0;
  return KernelCoder<KernelReader>(model, reader).run(words, number) && reader.isAtEnd();
}

} // namespace lfm2rt

#endif // LFM2RT_PACKED_KERNELS_H
