/* features_hexagon.h - versions of Hexagon's vector extension that code can need,
 * in the order of their indexes (lfm2_variant.features in abi.h), each with all
 * before it. Which version of the processor the code is for stands in its ELF
 * header. */
#ifndef LFM2RT_FEATURES_HEXAGON_H
#define LFM2RT_FEATURES_HEXAGON_H

#define LFM2_HEXAGON_FEATURES(X)                                               \
  X(HVXV66, "hvxv66") X(HVXV68, "hvxv68") X(HVXV69, "hvxv69")                  \
  X(HVXV71, "hvxv71") X(HVXV73, "hvxv73") X(HVXV75, "hvxv75")                  \
  X(HVXV79, "hvxv79")

enum {
#define LFM2_FEATURE_INDEX(id, name) LFM2_HEXAGON_##id,
  LFM2_HEXAGON_FEATURES(LFM2_FEATURE_INDEX)
#undef LFM2_FEATURE_INDEX
      LFM2_HEXAGON_NUM_FEATURES
};

#endif /* LFM2RT_FEATURES_HEXAGON_H */
