/* features_aarch64.h - features of AArch64 CPUs that code can need, in the order of
 * their indexes (lfm2_variant.features in abi.h). Vectors of SVE, and of SME in its
 * mode, are of at least the bits that are named. */
#ifndef LFM2RT_FEATURES_AARCH64_H
#define LFM2RT_FEATURES_AARCH64_H

#define LFM2_AARCH64_FEATURES(X)                                               \
  X(FULLFP16, "fullfp16") X(DOTPROD, "dotprod") X(I8MM, "i8mm")                \
  X(BF16, "bf16") X(SVE, "sve") X(SVE2, "sve2") X(SVE256, "sve256")            \
  X(SVE512, "sve512") X(SME, "sme") X(SME512, "sme512")

enum {
#define LFM2_FEATURE_INDEX(id, name) LFM2_AARCH64_##id,
  LFM2_AARCH64_FEATURES(LFM2_FEATURE_INDEX)
#undef LFM2_FEATURE_INDEX
      LFM2_AARCH64_NUM_FEATURES
};

#endif /* LFM2RT_FEATURES_AARCH64_H */
