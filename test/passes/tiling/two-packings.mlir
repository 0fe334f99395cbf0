// RUN: lfm2-opt %s --exec-cut-phases=entries=1,4 --exec-tile-phases -o %t.mlir
// RUN: FileCheck %s --input-file %t.mlir
// RUN: FileCheck %s --check-prefix=LAYER --input-file %t.mlir

// One tensor that two phases want packed in two ways is packed twice: as rows for
// a plain product, and in units of a head. So is one that stands alone here and
// beside another there. Entries share what is packed alike.

// CHECK:     exec.weight @packed.w [#exec.segment<tensor = "w", format = "f32", first = 0, rows = 16, unit = 16>] {
// CHECK:     exec.weight @packed.w.2 [#exec.segment<tensor = "w", format = "f32", first = 0, rows = 16, unit = 4>] {
// CHECK:     exec.weight @packed.w.3 [#exec.segment<tensor = "w", format = "f32", first = 0, rows = 16, unit = 16>, #exec.segment<tensor = "v", format = "f32", first = 0, rows = 16, unit = 16>] {
// CHECK-NOT: exec.weight @packed.w.4

// A layer has an argument for each: the step, the thread, w as rows, the norm of
// heads, w in heads, w beside v.
// LAYER-LABEL: func.func @step_1
// LAYER-DAG:     %[[W:.*]] = exec.address @packed.w{{$}}
// LAYER-DAG:     %[[NORM:.*]] = exec.address @packed.norm
// LAYER-DAG:     %[[HEADS:.*]] = exec.address @packed.w.2
// LAYER-DAG:     %[[BOTH:.*]] = exec.address @packed.w.3
// LAYER:         call @twice_decode(%{{[^,]*}}, %{{[^,]*}}, %[[W]], %[[NORM]], %[[HEADS]], %[[BOTH]])
// LAYER-LABEL: func.func private @twice_decode(%{{[^,]*}}: !exec.ptr<step>, %{{[^,]*}}: i32, %{{[^,]*}}: index, %{{[^,]*}}: index, %{{[^,]*}}: index, %{{[^,]*}}: index)

lfm2.weight @embd : tensor<16x16xf32>
lfm2.weight @norm : tensor<4xf32>
lfm2.weight @w : tensor<16x16xf32>
lfm2.weight @v : tensor<16x16xf32>
exec.layer @twice {
^bb0(%x: tensor<?x16xf32>, %t4: tensor<?x4xf32>):
  lfm2.weight @a : tensor<16x16xf32>
  lfm2.weight @b : tensor<16x16xf32>
  lfm2.weight @n : tensor<4xf32>
  %y = exec.phase "rows" -> tensor<?x16xf32> {
    %c = lfm2.linear %x, @a : tensor<?x16xf32> -> tensor<?x16xf32>
    exec.yield %c : tensor<?x16xf32>
  }
  %z = exec.phase "heads" -> tensor<?x16xf32> {
    %c = lfm2.linear %y, @a : tensor<?x16xf32> -> tensor<?x16xf32>
    %h = exec.head_norm_rope %c, @n table(%t4) heads(4 of 4) eps(1.0e-5) : tensor<?x16xf32>, tensor<?x4xf32>
    exec.yield %h : tensor<?x16xf32>
  }
  %g = exec.phase "glu" -> tensor<?x16xf32> {
    %c = lfm2.linear %y, @a : tensor<?x16xf32> -> tensor<?x16xf32>
    %d = lfm2.linear %y, @b : tensor<?x16xf32> -> tensor<?x16xf32>
    %e = lfm2.swiglu %c, %d : tensor<?x16xf32>
    exec.yield %e : tensor<?x16xf32>
  }
  exec.yield %z, %g : tensor<?x16xf32>, tensor<?x16xf32>
}
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>})
    -> (tensor<?x16xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<?x16xf32> {lfm2.role = #lfm2.role<hidden>}) {
  %e:2 = exec.phase "embed" -> tensor<?x16xf32>, tensor<?x4xf32> {
    %rows = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x16xf32>
    %angles0 = exec.rope_table %rows position(%p) head_size(4) theta(1.0e6) : tensor<?x16xf32> -> tensor<?x4xf32>
    exec.yield %rows, %angles0 : tensor<?x16xf32>, tensor<?x4xf32>
  }
  %z, %g = exec.call @twice(%e#0, %e#1) weights [@w, @v, @norm] : (tensor<?x16xf32>, tensor<?x4xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>)
  return %z, %g : tensor<?x16xf32>, tensor<?x16xf32>
}
