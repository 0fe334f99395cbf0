// The packer, against a plain reader of the packed bytes (PackedReader.h):
// every integer and scale of the checkpoint is where the description says, and
// what fills up rows and columns is zero.

#include "lib/Weights/Pack.h"
#include "test/unit/Weights/PackedReader.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <random>
#include <vector>

using namespace lfm2c;

namespace {

/// Some of those that are registered when they are asked for.
[[maybe_unused]] const bool isRegistered = [] {
  for (llvm::StringRef name :
       {"affine8_g64_bf16", "affine3_g32_f32", "int6_g128_f16", "int8_g32_f32",
        "uint4_g128_f16", "uint8_g64_bf16"})
    if (!formatFromName(name))
      return false;
  return true;
}();

/// All but FP8, which has a test of its own.
llvm::SmallVector<Format> testedFormats() {
  llvm::SmallVector<Format> formats = allFormats();
  llvm::erase_if(formats,
                 [](Format format) { return isFloat8(getFormatInfo(format)); });
  return formats;
}

/// A tensor that owns its bytes, which are random.
struct RandomTensor : Tensor {
  std::vector<uint8_t> storage;

  /// `cut` makes each outermost slice a piece of its own.
  RandomTensor(Format wanted, llvm::ArrayRef<int64_t> sizes, bool cut = false) {
    format = wanted;
    shape.assign(sizes.begin(), sizes.end());
    std::mt19937 random(7 + unsigned(wanted));
    storage.resize(elements() / getFormatInfo(format).blockElements *
                   getFormatInfo(format).blockBytes);
    if (getFormatInfo(format).isQuantized()) { // Any bits are a block.
      for (uint8_t &byte : storage)
        byte = random();
    } else {
      std::normal_distribution<float> normal;
      std::vector<float> values(elements());
      for (float &value : values)
        value = normal(random);
      quantizeRow(format, values.data(), storage.data(), elements());
    }
    int64_t count = cut ? sizes[0] : 1;
    for (int64_t i = 0; i < count; ++i)
      pieces.push_back(llvm::ArrayRef(storage).slice(i * storage.size() / count,
                                                     storage.size() / count));
  }
};

/// The rows of a segment as they are to be packed, each padded with what a
/// checkpoint's reader would give.
PackedElement expected(const PackSegment &s, int64_t row, int64_t column) {
  const FormatInfo &info = getFormatInfo(s.tensor->format);
  RowBuffer buffer;
  const uint8_t *bytes = s.tensor->readRow(row, buffer);
  const uint8_t *block = bytes + column / info.blockElements * info.blockBytes;
  PackedElement e;
  if (!info.isQuantized()) {
    std::memcpy(&e.stored, block, info.blockBytes);
    return e;
  }
  UnpackedBlock u;
  unpackBlock(s.tensor->format, block, u);
  const int64_t c = column % info.blockElements, b = c / info.subBlockElements;
  e.stored = u.q[c] - (info.bits == 8 ? 128 : 0);
  e.d = u.d;
  e.dmin = u.dmin;
  e.sc = u.sc[b];
  e.m = info.hasSubMinima ? u.m[b] : 0;
  return e;
}

int64_t groupsOf(const PackSegment &s, int64_t lanes) {
  return s.rows / s.unit * ((s.unit + lanes - 1) / lanes);
}

std::vector<uint8_t> packAll(llvm::ArrayRef<PackSegment> segments,
                             int64_t lanes, int64_t matrix) {
  int64_t groups = groupsOf(segments[0], lanes);
  // What was there before must not show.
  std::vector<uint8_t> out(groups * packedStepBytes(segments, lanes), 0xEE);
  packGroups(segments, lanes, matrix, 0, groups, out.data());
  return out;
}

/// Every element of every group of `segments`.
void expectPacked(llvm::ArrayRef<PackSegment> segments, int64_t lanes,
                  int64_t matrix = 0) {
  std::vector<uint8_t> packed = packAll(segments, lanes, matrix);
  const uint8_t *at = packed.data();
  for (int64_t group = 0; group < groupsOf(segments[0], lanes); ++group)
    for (const PackSegment &s : segments) {
      const Tensor &t = *s.tensor;
      PackedReader reader(s.tensor->format, lanes);
      int64_t perUnit = (s.unit + lanes - 1) / lanes;
      int64_t height = t.shape.size() == 3 ? t.shape[1] : 0;
      for (int64_t lane = 0; lane < lanes; ++lane) {
        int64_t within = group % perUnit * lanes + lane;
        int64_t row =
            matrix * height + s.first + group / perUnit * s.unit + within;
        for (int64_t c = 0; c < reader.paddedColumns(t.cols()); ++c) {
          PackedElement found = reader.read(at, lane, c);
          if (within < s.unit && c < t.cols()) {
            ASSERT_TRUE(found == expected(s, row, c))
                << getFormatInfo(s.tensor->format).name.str() << ", " << lanes
                << " lanes, group " << group << " lane " << lane << " column "
                << c << ": stored " << found.stored;
            continue;
          }
          if (!getFormatInfo(s.tensor->format).hasSubScales)
            found.sc = 0; // Not stored: always 1.
          // Columns in the same superblock as others have blocks of their own.
          ASSERT_TRUE(found.isZero())
              << getFormatInfo(s.tensor->format).name.str() << ", " << lanes
              << " lanes, group " << group << " lane " << lane
              << " filled-up column " << c << ": stored " << found.stored;
        }
      }
      at += reader.groupBytes(t.cols());
    }
  ASSERT_EQ(at, packed.data() + packed.size());
}

/// Columns that leave a superblock unfilled: three blocks, or an odd number.
int64_t oddColumns(Format format) {
  const FormatInfo &info = getFormatInfo(format);
  return info.isQuantized() ? 3 * info.blockElements : 37;
}

TEST(Pack, EveryFormatWithRowsAndColumnsToFillUp) {
  for (Format format : testedFormats())
    for (int64_t lanes : {8, 16}) {
      RandomTensor t(format, {19, oddColumns(format)});
      expectPacked(PackSegment{&t, 0, 19, 19}, lanes);
    }
}

TEST(Pack, BytesOfFP8StandBehindTheirScales) {
  constexpr int64_t rows = 20, columns = 128, lanes = 16, block = 64;
  const Format format = *formatFromName("e4m3_g64");
  std::vector<uint8_t> bytes(rows * columns / block * (4 + block));
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = uint8_t(i * 37 % 127);
  auto at = [&](int64_t row, int64_t b) {
    return bytes.data() + (row * columns / block + b) * (4 + block);
  };
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t b = 0; b < columns / block; ++b) {
      const float d = float(row + 1) / float(b + 3);
      std::memcpy(at(row, b), &d, 4);
    }
  Tensor t;
  t.format = format;
  t.shape = {rows, columns};
  t.pieces = {bytes};
  std::vector<uint8_t> out =
      packAll({PackSegment{&t, 0, rows, rows}}, lanes, /*matrix=*/0);
  const int64_t super = lanes * (4 + block);
  ASSERT_EQ(int64_t(out.size()), 2 * columns / block * super);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t c = 0; c < columns; ++c) {
      const uint8_t *from =
          out.data() + (row / lanes * columns / block + c / block) * super;
      float d;
      std::memcpy(&d, from + row % lanes * 4, 4);
      EXPECT_EQ(d, 256 * (float(row + 1) / float(c / block + 3)));
      EXPECT_EQ(from[lanes * 4 + c % block * lanes + row % lanes],
                at(row, c / block)[4 + c % block]);
    }
}

TEST(Pack, HeadsAreUnits) {
  // Heads of 10 rows, from the second head on: each begins a group.
  for (Format format : testedFormats())
    for (int64_t lanes : {8, 16}) {
      RandomTensor t(format, {40, oddColumns(format)});
      expectPacked(PackSegment{&t, 10, 30, 10}, lanes);
    }
}

TEST(Pack, StackedExperts) {
  for (Format format : testedFormats())
    for (int64_t matrix : {0, 2})
      for (bool cut : {false, true}) {
        RandomTensor t(format, {3, 11, oddColumns(format)}, cut);
        expectPacked(PackSegment{&t, 0, 11, 11}, 8, matrix);
      }
}

TEST(Pack, SegmentsStandSideBySide) {
  // The parts of an in_proj: rows i, h + i, 2h + i; and one of another format.
  RandomTensor t(Format::Q4_0, {36, 64}), other(Format::Q6_K, {12, 256});
  RandomTensor wide(Format::Q4_0, {24, 256});
  expectPacked({PackSegment{&t, 0, 12, 12}, PackSegment{&t, 12, 12, 12},
                PackSegment{&t, 24, 12, 12}},
               8);
  expectPacked({PackSegment{&wide, 12, 12, 12}, PackSegment{&other, 0, 12, 12}},
               16);
}

TEST(Pack, SomeGroupsAreASliceOfAll) {
  for (Format format : testedFormats()) {
    RandomTensor t(format, {40, oddColumns(format)});
    PackSegment s{&t, 0, 40, 10}; // 8 groups.
    std::vector<uint8_t> whole = packAll(s, 8, 0);
    int64_t step = packedStepBytes(s, 8);
    std::vector<uint8_t> some(3 * step, 0xEE);
    packGroups(s, 8, 0, 2, 5, some.data());
    EXPECT_TRUE(std::equal(some.begin(), some.end(), whole.begin() + 2 * step))
        << getFormatInfo(format).name.str();
  }
}

TEST(Pack, PlainVectorsAndTaps) {
  for (Format format : {Format::F32, Format::F16, Format::BF16})
    for (int64_t taps : {1, 3, 7}) {
      // Vectors are of one dimension, or taps stand behind 20 channels.
      llvm::SmallVector<int64_t> sizes = {20};
      if (taps > 1)
        sizes.push_back(taps);
      RandomTensor t(format, sizes);
      llvm::SmallVector<float> out;
      packPlain(t, out);
      ASSERT_EQ(out.size(), size_t(taps * 32));
      std::vector<float> values(t.elements());
      RowBuffer buffer;
      for (int64_t r = 0; r < t.rows(); ++r)
        dequantizeRow(format, t.readRow(r, buffer),
                      values.data() + r * t.cols(), t.cols());
      for (int64_t tap = 0; tap < taps; ++tap)
        for (int64_t i = 0; i < 32; ++i)
          EXPECT_EQ(out[tap * 32 + i], i < 20 ? values[i * taps + tap] : 0.0f);
    }
}

} // namespace
