#include "lib/Weights/PackedLayout.h"
#include <algorithm>

using namespace lfm2c;

PackedLayout::PackedLayout(Format format, int64_t lanes)
    : format(format), lanes(lanes), dOffset(0), dminOffset(0), scOffset(0),
      mOffset(0), qOffset(0), lowVectors(0), highVectors(0) {
  const FormatInfo &info = getFormatInfo(format);
  if (!info.isQuantized()) {
    // Two columns, so that BF16 pairs and the others count alike.
    superElements = 2;
    superBytes = superElements * info.blockBytes * lanes;
    return;
  }
  // Small blocks are gathered until their scales fill a cache line, or a vector
  // that is longer: vectors that begin at its multiples cost one access.
  const int64_t vectorBytes = 4 * lanes,
                line = std::max<int64_t>(64, vectorBytes);
  superElements =
      std::max<int64_t>(info.blockElements, dotBlock * (line / 2) / lanes);
  int64_t blocks = superElements / info.blockElements;
  int64_t groups = superElements / info.groupElements;
  dminOffset = dOffset + blocks * lanes * 2;
  scOffset = dminOffset + (info.hasMin ? blocks * lanes * 2 : 0);
  mOffset = scOffset + (info.hasSubScales ? groups * lanes : 0);
  qOffset = mOffset + (info.hasMin ? groups * lanes : 0);
  if (vectorBytes > 64)
    qOffset = (qOffset + vectorBytes - 1) / vectorBytes * vectorBytes;
  lowVectors = info.bits == 8 ? 8 : 4;
  highVectors = info.bits == 8 ? 0 : info.bits - 4;
  superBytes = qOffset + superElements / dotBlock * blockBytes();
}
