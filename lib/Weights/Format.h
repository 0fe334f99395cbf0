// Weight formats, each described once.
//
// A quantised block holds `blockElements` unsigned integers q and what turns
// them into weights:
//
//   w[i] = d * sc[b] * value(q[i]) - dmin * m[b],   b = i / subBlockElements
//   value(q) = q - zero, or codes[q] where the format has a table of codes
//
// Where q, sc and m lie in the bytes of the block is data (BitPlane,
// ScaleField), or said by a function (`unpack`) where no BitPlane can. Reader,
// reference decoding, packer and the emitters of unpack-and-dot code all derive
// from the same FormatInfo. A format is one description and one registration:
// those of GGUF files in FormatTable.cpp, others by registerFormat().

#ifndef LFM2C_LIB_WEIGHTS_FORMAT_H
#define LFM2C_LIB_WEIGHTS_FORMAT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>

namespace lfm2c {

/// A registered format. Those that are named here are always there;
/// registerFormat() gives numbers above them.
enum class Format : uint16_t {
  F32,
  F16,
  BF16,
  Q8_0,
  Q4_0,
  Q4_K,
  Q5_K,
  Q6_K,
  Q4_1,
  Q5_0,
  Q5_1,
  Q2_K,
  Q3_K,
  IQ4_NL,
  IQ4_XS,
  MXFP4,
  IQ1_S,
  IQ1_M,
  IQ2_XXS,
  IQ2_XS,
  IQ2_S,
  IQ3_XXS,
  IQ3_S,
  TQ1_0,
  TQ2_0,
  FirstRegistered = 64
};

/// Some bits of every q of a block. Bits [shift, shift + bits) of q[i] are
///   block[offset + (i / span) * stride + (i % width)] >> (i % span / width *
///   step)
/// masked to `bits`: `width` neighbouring elements lie in neighbouring bytes,
/// the next `width` in the same bytes `step` bits higher.
struct BitPlane {
  uint8_t offset, bits, shift;
  uint16_t span, stride, width;
  uint8_t step;
};

/// Some bits of `count` sub-scales (or minima), from `first` on, every `step`th
/// of them:
///   value[first + k * step] |=
///       ((block[offset + k] >> bit) & mask(bits)) << shift
struct ScaleField {
  uint8_t first, count, offset, bit, bits, shift;
  uint8_t step = 1;
};

/// What d and dmin are. E8M0 is a byte e that means 2^(e - 127).
enum class ScaleType : uint8_t { F16, BF16, F32, E8M0 };

/// Bytes of such a number.
constexpr unsigned scaleBytes(ScaleType type) {
  return type == ScaleType::F32 ? 4 : type == ScaleType::E8M0 ? 1 : 2;
}
/// The number with these bits: F16, BF16 or F32.
float scaleToFloat(ScaleType type, uint32_t bits);

/// One block as integers, nothing rounded.
struct UnpackedBlock {
  uint8_t q[256]; ///< blockElements of them.
  /// Bits, as packed: of the type packedScale(), to be multiplied by 2 to the
  /// packedFactor(). dmin 0 if the format has none; always to be subtracted.
  uint32_t d, dmin;
  int8_t sc[16]; ///< subBlocks() of them; 1 if the format has none.
  uint8_t m[16]; ///< The same; 1 if the format has minima without m, else 0.
};

struct FormatInfo;

/// Unpacks the blockBytes at `block`; `out` is all zero before.
using UnpackFunction = void (*)(const FormatInfo &info, const uint8_t *block,
                                UnpackedBlock &out);
/// Writes the blockBytes of a block for blockElements values. `importance` is
/// null or as many weights (>= 0) of squared errors.
using EncodeFunction = void (*)(const FormatInfo &info, const float *values,
                                const float *importance, uint8_t *block);

struct FormatInfo {
  /// Of formats that no GGUF file has.
  static constexpr uint32_t noGGML = ~0u;

  Format format;
  llvm::StringRef name; // The word in the IR, in options and in reports.
  uint32_t ggmlType;    // The number in GGUF files, or noGGML.
  unsigned blockElements, blockBytes;

  // Quantised formats only; a float format has bits = 0. blockElements is 32,
  // 64, 128 or 256, and a sub-block has 16 elements or a power of two more.
  unsigned bits = 0;             // Of one q: 2 to 6, or 8.
  int zero = 0;                  // Subtracted from q.
  unsigned subBlockElements = 0; // That share a sub-scale.
  bool hasSubScales = false;
  bool hasMin = false;
  bool hasSubMinima = false; // Whether there are m; else all of them are 1.
  bool addsMin = false;      // The file's dmin is added, not subtracted.
  uint8_t quantFlip = 0; // XORed to raw bits; 0x80 turns int8 to q = v + 128.
  bool signedSubScales = false;         // Of raw bits, where scaleZero is 0.
  int scaleZero = 0;                    // Subtracted from raw sub-scales.
  unsigned dOffset = 0, dminOffset = 0; // Bytes.
  ScaleType scaleType = ScaleType::F16; // Of d and dmin.
  int factor = 0; // d and dmin are multiplied by 2 to this power.
  llvm::ArrayRef<BitPlane> planes = {};
  llvm::ArrayRef<ScaleField> scales = {};
  llvm::ArrayRef<ScaleField> minima = {};
  // 2 to the power of `bits` of them (at most 16), or none.
  llvm::ArrayRef<int8_t> codes = {};
  // In place of planes, scales and minima, offsets and all else that says
  // where something lies.
  UnpackFunction unpack = nullptr;
  // Null: the format cannot be written.
  EncodeFunction encode = nullptr;

  bool isQuantized() const { return bits != 0; }
  unsigned subBlocks() const { return blockElements / subBlockElements; }
  /// Whether a packed sub-scale is a signed byte.
  bool hasSignedScales() const { return signedSubScales || scaleZero != 0; }
  /// The type of d and dmin of an UnpackedBlock and of packed weights, never
  /// E8M0: BF16 holds all of its numbers, its factor applied.
  ScaleType packedScale() const {
    return scaleType == ScaleType::E8M0 ? ScaleType::BF16 : scaleType;
  }
  int packedFactor() const { return scaleType == ScaleType::E8M0 ? 0 : factor; }
  /// What q stands for.
  int value(unsigned q) const {
    return codes.empty() ? int(q) - zero : codes[q];
  }
};

/// Adds a format: `info` with all that it refers to is copied, `format` is
/// chosen. A name that is there already must have the same sizes, and gives the
/// format that there is. May be called from several threads.
Format registerFormat(const FormatInfo &info);

/// All that are registered, those of the enumeration first.
llvm::SmallVector<Format> allFormats();
const FormatInfo &getFormatInfo(Format format);
std::optional<Format> formatFromGGML(uint32_t type);
std::optional<Format> formatFromName(llvm::StringRef name);
/// "f32, f16, bf16, ...": for messages.
std::string supportedFormatNames();
/// The same of those that GGUF files have.
std::string ggmlFormatNames();
/// Bytes of `count` elements, or nothing if they are not whole blocks.
std::optional<uint64_t> formatBytes(Format format, uint64_t count);

void unpackBlock(Format format, const uint8_t *block, UnpackedBlock &out);

/// Decodes `count` elements, bit for bit as the gguf package does. `count` is a
/// multiple of the format's blockElements.
void dequantizeRow(Format format, const uint8_t *src, float *dst,
                   int64_t count);

/// True for the formats that quantizeRow() writes.
bool canQuantize(Format format);
/// Encodes `count` elements. F32, F16, BF16, Q8_0 and Q4_0 come out bit for bit
/// as the gguf package makes them.
void quantizeRow(Format format, const float *src, uint8_t *dst, int64_t count);

float halfToFloat(uint16_t bits);
uint16_t floatToHalf(float value); // To nearest, ties to even.
float bfloatToFloat(uint16_t bits);
uint16_t floatToBFloat(float value); // To nearest, ties to even.

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_FORMAT_H
