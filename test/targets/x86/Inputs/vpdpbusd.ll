; vpdpbusd as arithmetic, to check on any CPU how its callers use it.

define <16 x i32> @emulated_vpdpbusd_512(<16 x i32> %acc, <64 x i8> %w, <64 x i8> %x) {
  %uw = zext <64 x i8> %w to <64 x i32>
  %sx = sext <64 x i8> %x to <64 x i32>
  %p = mul <64 x i32> %uw, %sx
  %p0 = shufflevector <64 x i32> %p, <64 x i32> poison, <16 x i32> <i32 0, i32 4, i32 8, i32 12, i32 16, i32 20, i32 24, i32 28, i32 32, i32 36, i32 40, i32 44, i32 48, i32 52, i32 56, i32 60>
  %s0 = add <16 x i32> %acc, %p0
  %p1 = shufflevector <64 x i32> %p, <64 x i32> poison, <16 x i32> <i32 1, i32 5, i32 9, i32 13, i32 17, i32 21, i32 25, i32 29, i32 33, i32 37, i32 41, i32 45, i32 49, i32 53, i32 57, i32 61>
  %s1 = add <16 x i32> %s0, %p1
  %p2 = shufflevector <64 x i32> %p, <64 x i32> poison, <16 x i32> <i32 2, i32 6, i32 10, i32 14, i32 18, i32 22, i32 26, i32 30, i32 34, i32 38, i32 42, i32 46, i32 50, i32 54, i32 58, i32 62>
  %s2 = add <16 x i32> %s1, %p2
  %p3 = shufflevector <64 x i32> %p, <64 x i32> poison, <16 x i32> <i32 3, i32 7, i32 11, i32 15, i32 19, i32 23, i32 27, i32 31, i32 35, i32 39, i32 43, i32 47, i32 51, i32 55, i32 59, i32 63>
  %s3 = add <16 x i32> %s2, %p3
  ret <16 x i32> %s3
}

define <8 x i32> @emulated_vpdpbusd_256(<8 x i32> %acc, <32 x i8> %w, <32 x i8> %x) {
  %uw = zext <32 x i8> %w to <32 x i32>
  %sx = sext <32 x i8> %x to <32 x i32>
  %p = mul <32 x i32> %uw, %sx
  %p0 = shufflevector <32 x i32> %p, <32 x i32> poison, <8 x i32> <i32 0, i32 4, i32 8, i32 12, i32 16, i32 20, i32 24, i32 28>
  %s0 = add <8 x i32> %acc, %p0
  %p1 = shufflevector <32 x i32> %p, <32 x i32> poison, <8 x i32> <i32 1, i32 5, i32 9, i32 13, i32 17, i32 21, i32 25, i32 29>
  %s1 = add <8 x i32> %s0, %p1
  %p2 = shufflevector <32 x i32> %p, <32 x i32> poison, <8 x i32> <i32 2, i32 6, i32 10, i32 14, i32 18, i32 22, i32 26, i32 30>
  %s2 = add <8 x i32> %s1, %p2
  %p3 = shufflevector <32 x i32> %p, <32 x i32> poison, <8 x i32> <i32 3, i32 7, i32 11, i32 15, i32 19, i32 23, i32 27, i32 31>
  %s3 = add <8 x i32> %s2, %p3
  ret <8 x i32> %s3
}

define <4 x i32> @emulated_vpdpbusd_128(<4 x i32> %acc, <16 x i8> %w, <16 x i8> %x) {
  %uw = zext <16 x i8> %w to <16 x i32>
  %sx = sext <16 x i8> %x to <16 x i32>
  %p = mul <16 x i32> %uw, %sx
  %p0 = shufflevector <16 x i32> %p, <16 x i32> poison, <4 x i32> <i32 0, i32 4, i32 8, i32 12>
  %s0 = add <4 x i32> %acc, %p0
  %p1 = shufflevector <16 x i32> %p, <16 x i32> poison, <4 x i32> <i32 1, i32 5, i32 9, i32 13>
  %s1 = add <4 x i32> %s0, %p1
  %p2 = shufflevector <16 x i32> %p, <16 x i32> poison, <4 x i32> <i32 2, i32 6, i32 10, i32 14>
  %s2 = add <4 x i32> %s1, %p2
  %p3 = shufflevector <16 x i32> %p, <16 x i32> poison, <4 x i32> <i32 3, i32 7, i32 11, i32 15>
  %s3 = add <4 x i32> %s2, %p3
  ret <4 x i32> %s3
}
