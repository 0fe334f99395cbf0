
; Intrinsics of SME, renamed and with vectors of 512 bits, as calls of sme.c.

declare void @sme_zero(i32)
declare void @sme_write_row(i32, i32, ptr)
declare void @sme_read_row(i32, i32, ptr)
declare void @sme_read_column(i32, i32, ptr)
declare void @sme_smopa(i32, ptr, ptr)
declare <16 x i32> @llvm.masked.load.v16i32.p0(ptr, i32, <16 x i1>, <16 x i32>)

; The first 8 for pattern 8, else all.
define <16 x i1> @emulated.ptrue.nxv4i1(i32 %pattern) {
  %half = icmp eq i32 %pattern, 8
  %r = select i1 %half, <16 x i1> <i1 1, i1 1, i1 1, i1 1, i1 1, i1 1, i1 1, i1 1, i1 0, i1 0, i1 0, i1 0, i1 0, i1 0, i1 0, i1 0>, <16 x i1> splat (i1 true)
  ret <16 x i1> %r
}
define <64 x i1> @emulated.ptrue.nxv16i1(i32 %pattern) {
  ret <64 x i1> splat (i1 true)
}
define void @emulated.zero(i32 %mask) {
  call void @sme_zero(i32 %mask)
  ret void
}
define void @emulated.ld1w.horiz(<16 x i1> %some, ptr %from, i32 %tile, i32 %row) {
  %v = call <16 x i32> @llvm.masked.load.v16i32.p0(ptr %from, i32 1, <16 x i1> %some, <16 x i32> zeroinitializer)
  %at = alloca <16 x i32>
  store <16 x i32> %v, ptr %at
  call void @sme_write_row(i32 %tile, i32 %row, ptr %at)
  ret void
}
define <16 x i32> @emulated.read.horiz.v16i32(<16 x i32> %none, <16 x i1> %all, i32 %tile, i32 %row) {
  %at = alloca <16 x i32>
  call void @sme_read_row(i32 %tile, i32 %row, ptr %at)
  %v = load <16 x i32>, ptr %at
  ret <16 x i32> %v
}
define <16 x i32> @emulated.read.vert.v16i32(<16 x i32> %none, <16 x i1> %all, i32 %tile, i32 %column) {
  %at = alloca <16 x i32>
  call void @sme_read_column(i32 %tile, i32 %column, ptr %at)
  %v = load <16 x i32>, ptr %at
  ret <16 x i32> %v
}
define void @emulated.smopa.wide.v64i8(i32 %tile, <64 x i1> %allRows, <64 x i1> %allColumns, <64 x i8> %rows, <64 x i8> %columns) {
  %r = alloca <64 x i8>
  %c = alloca <64 x i8>
  store <64 x i8> %rows, ptr %r
  store <64 x i8> %columns, ptr %c
  call void @sme_smopa(i32 %tile, ptr %r, ptr %c)
  ret void
}
