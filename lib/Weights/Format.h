// Weight formats, each described once.
//
// A quantised block holds `blockElements` unsigned integers q and what turns
// them into weights:
//
//   w[i] = d * sc[b] * (q[i] - zero) - dmin * m[b],   b = i / subBlockElements
//
// Where q, sc and m lie in the bytes of the block is data (BitPlane,
// ScaleField). Reader, reference decoding, packer and the emitters of
// unpack-and-dot code all derive from the same FormatInfo; adding a format is
// one entry in Format.cpp.

#ifndef LFM2C_LIB_WEIGHTS_FORMAT_H
#define LFM2C_LIB_WEIGHTS_FORMAT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>

namespace lfm2c {

enum class Format : uint8_t { F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q5_K, Q6_K };

inline constexpr Format allFormats[] = {
    Format::F32,  Format::F16,  Format::BF16, Format::Q8_0,
    Format::Q4_0, Format::Q4_K, Format::Q5_K, Format::Q6_K};

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

/// Some bits of sub-scales (or minima) [first, first + count):
///   value[b] |= ((block[offset + b - first] >> bit) & mask(bits)) << shift
struct ScaleField {
  uint8_t first, count, offset, bit, bits, shift;
};

struct FormatInfo {
  Format format;
  llvm::StringRef name; // The word in the IR, in options and in reports.
  uint32_t ggmlType;    // The number in GGUF files.
  unsigned blockElements, blockBytes;

  // Quantised formats only; a float format has bits = 0.
  unsigned bits = 0;             // Of one q.
  int zero = 0;                  // Subtracted from q.
  unsigned subBlockElements = 0; // That share a sub-scale.
  bool hasSubScales = false;
  bool hasMin = false;
  uint8_t quantFlip =
      0; // XORed to the raw bits; 0x80 turns int8 to q = v + 128.
  bool signedSubScales = false;
  unsigned dOffset = 0, dminOffset = 0; // Bytes; both are f16.
  llvm::ArrayRef<BitPlane> planes = {};
  llvm::ArrayRef<ScaleField> scales = {};
  llvm::ArrayRef<ScaleField> minima = {};

  bool isQuantized() const { return bits != 0; }
  unsigned subBlocks() const { return blockElements / subBlockElements; }
};

const FormatInfo &getFormatInfo(Format format);
std::optional<Format> formatFromGGML(uint32_t type);
std::optional<Format> formatFromName(llvm::StringRef name);
/// "f32, f16, bf16, ...": for messages.
std::string supportedFormatNames();
/// Bytes of `count` elements, or nothing if they are not whole blocks.
std::optional<uint64_t> formatBytes(Format format, uint64_t count);

/// One block as integers, nothing rounded.
struct UnpackedBlock {
  uint8_t q[256];   // blockElements of them.
  uint16_t d, dmin; // f16 bits; dmin 0 if the format has none.
  int8_t sc[16];    // subBlocks() of them; 1 if the format has none.
  uint8_t m[8];     // subBlocks() of them if the format has minima, else 0.
};

void unpackBlock(Format format, const uint8_t *block, UnpackedBlock &out);

/// Decodes `count` elements, bit for bit as the gguf package does. `count` is a
/// multiple of the format's blockElements.
void dequantizeRow(Format format, const uint8_t *src, float *dst,
                   int64_t count);

/// True for the formats that quantizeRow() writes.
bool canQuantize(Format format);
/// Encodes `count` elements as F32, F16, BF16, Q8_0 or Q4_0, bit for bit as the
/// gguf package does.
void quantizeRow(Format format, const float *src, uint8_t *dst, int64_t count);

float halfToFloat(uint16_t bits);
uint16_t floatToHalf(float value); // To nearest, ties to even.
float bfloatToFloat(uint16_t bits);
uint16_t floatToBFloat(float value); // To nearest, ties to even.

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_FORMAT_H
