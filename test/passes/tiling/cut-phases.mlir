// RUN: lfm2-opt %S/stretches.mlir --lfm2-fuse-phases --lfm2-outline-layers --exec-schedule-phases --exec-cut-phases=entries=1,4 -o %t.mlir
// RUN: FileCheck %s --check-prefix=ONE --input-file %t.mlir
// RUN: FileCheck %s --check-prefix=MORE --input-file %t.mlir

// One token: phases stay whole, and prepare for themselves what a norm made. What
// f32 weights read of attention they read where it lies.
// ONE-LABEL: exec.layer @attn_moe_decode {
// ONE:         exec.phase "qkv" schedule
// ONE-NEXT:      %[[N:.*]] = lfm2.rms_norm
// ONE-NEXT:      %[[P:.*]] = exec.prepare %[[N]] for ["f32"]
// ONE-NEXT:      lfm2.linear %[[P]]
// ONE-NEXT:      lfm2.linear %[[P]]
// ONE-NEXT:      lfm2.linear %[[P]]
// ONE:         exec.phase "attend"
// ONE:         exec.phase "out"
// ONE-NEXT:      %[[M:.*]] = exec.attend_merge
// ONE-NEXT:      lfm2.linear %[[M]]
// ONE:         exec.phase "experts_up" schedule
// ONE-NOT:     sorted
// ONE:         exec.phase "experts_down" schedule
// ONE-NOT:     part
// ONE:         exec.yield

// More: each part is a phase, with the schedule of the whole.
// MORE-LABEL: exec.layer @attn_moe_prefill {
// MORE:         %[[QKV:.*]] = exec.phase "qkv" part "input" schedule <[[SCHEDULE:.*]]> -> tensor<?x16xf32> {
// MORE-NEXT:      %[[N:.*]] = lfm2.rms_norm
// MORE-NEXT:      %[[P:.*]] = exec.prepare %[[N]] for ["f32"]
// MORE-NEXT:      exec.yield %[[P]]
// MORE:         exec.phase "qkv" schedule <[[SCHEDULE]]>
// MORE-NEXT:      lfm2.linear %[[QKV]]
// MORE:         exec.phase "attend"
// MORE:         exec.phase "out" schedule
// MORE-NEXT:      exec.attend_merge
// MORE:         %[[UP:.*]] = exec.phase "experts_up" part "input"
// MORE:         %[[ROUTE:.*]]:2 = exec.phase "experts_up" part "route"
// MORE-NEXT:      %[[W:.*]], %[[E:.*]] = lfm2.route %[[UP]]
// MORE-NEXT:      exec.yield %[[W]], %[[E]]
// MORE:         %[[SORT:.*]]:3 = exec.phase "experts_up" part "sort"
// MORE-NEXT:      %[[PLACES:.*]], %[[STARTS:.*]] = exec.sort_choices %[[ROUTE]]#1 : tensor<?x2xi32> -> tensor<5xi32>
// MORE-NEXT:      %[[G:.*]] = exec.gather %[[UP]] to %[[PLACES]]
// MORE-NEXT:      exec.yield %[[PLACES]], %[[STARTS]], %[[G]]
// MORE:         %[[HIDDEN:.*]] = exec.phase "experts_up" schedule
// MORE-NEXT:      exec.expert_gate_up %[[SORT]]#2, %[[ROUTE]]#1, {{.*}} sorted %[[SORT]]#0, %[[SORT]]#1
// The phase that reads what lies at the places of choices shows it.
// MORE:         exec.phase "experts_down" schedule
// MORE-NEXT:      exec.expert_down %[[HIDDEN]], %[[ROUTE]]#0, %[[ROUTE]]#1, {{.*}} sorted %[[SORT]]#0, %[[SORT]]#1
// MORE-NOT:     exec.phase
// MORE-LABEL: func.func @step_4({{.*}}exec.entry = "prefill", exec.runs, exec.tokens = 4
// MORE:         exec.call @attn_moe_prefill
// MORE:         exec.phase "head" part "input"
// MORE:           exec.prepare %{{.*}} for ["f32"] logits
// MORE:         exec.phase "head" schedule
