/* features_x86.h - features of x86-64 CPUs that code can need, in the order of
 * their indexes (lfm2_variant.features in abi.h), by LLVM's words for them. */
#ifndef LFM2RT_FEATURES_X86_H
#define LFM2RT_FEATURES_X86_H

#define LFM2_X86_FEATURES(X)                                                   \
  X(SSE3, "sse3") X(SSSE3, "ssse3") X(SSE4_1, "sse4.1") X(SSE4_2, "sse4.2")    \
  X(POPCNT, "popcnt") X(AVX, "avx") X(F16C, "f16c") X(FMA, "fma")              \
  X(BMI, "bmi") X(BMI2, "bmi2") X(LZCNT, "lzcnt") X(MOVBE, "movbe")            \
  X(AVX2, "avx2") X(AVXVNNI, "avxvnni") X(AVX512F, "avx512f")                  \
  X(AVX512CD, "avx512cd") X(AVX512BW, "avx512bw") X(AVX512DQ, "avx512dq")      \
  X(AVX512VL, "avx512vl") X(AVX512VNNI, "avx512vnni")                          \
  X(AVX512BF16, "avx512bf16") X(AVX512VBMI, "avx512vbmi")                      \
  X(AVX512VBMI2, "avx512vbmi2") X(GFNI, "gfni") X(AVX512BITALG, "avx512bitalg")\
  X(AVX512VPOPCNTDQ, "avx512vpopcntdq") X(AVX512FP16, "avx512fp16")            \
  X(AVX512IFMA, "avx512ifma") X(VPCLMULQDQ, "vpclmulqdq") X(VAES, "vaes")      \
  X(AES, "aes") X(PCLMUL, "pclmul") X(CX16, "cx16") X(SAHF, "sahf")            \
  X(XSAVE, "xsave") X(AVXVNNIINT8, "avxvnniint8")                          \
  X(AMX_TILE, "amx-tile") X(AMX_INT8, "amx-int8")

enum {
#define LFM2_FEATURE_INDEX(id, name) LFM2_X86_##id,
  LFM2_X86_FEATURES(LFM2_FEATURE_INDEX)
#undef LFM2_FEATURE_INDEX
      LFM2_X86_NUM_FEATURES
};

#endif /* LFM2RT_FEATURES_X86_H */
