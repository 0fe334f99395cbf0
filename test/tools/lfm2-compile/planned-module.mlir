// A planned module with nothing in it makes every kind of output: this is about
// linking, the program table and the archive alone.
//
// RUN: rm -rf %t && mkdir %t && cp %s %t/m.mlir && cp %models/tiny-f32.gguf %t
// RUN: cd %t && lfm2-compile m.mlir -o exe --cpu=x86-64 --report=- | FileCheck %s --check-prefix=REPORT
// REPORT-DAG: "state_fixed_bytes": 1024
// REPORT-DAG: "state_bytes_per_token": 256
// REPORT-DAG: "scratch_bytes": 4096
// REPORT-DAG: "stage": "link"
// REPORT-DAG: "compiler_peak_rss_bytes"
// RUN: %t/exe --info | FileCheck %s --check-prefix=INFO
// INFO-DAG: "target": "x86_64-linux"
// INFO-DAG: "name": "x86-64"
// INFO-DAG: "identity": "{{[0-9a-f]+}}"
// RUN: %t/exe --tokens 1,2,3 -n 2 --print-tokens --temp 0 | FileCheck %s --check-prefix=IDS
// IDS: {{^[0-9]+,[0-9]+$}}
//
// RUN: cd %t && lfm2-compile m.mlir -o lib --emit=static
// RUN: FileCheck %s --check-prefix=HEADER --input-file=%t/lib.h
// HEADER: It gives rows of float32:
// HEADER-NEXT: {{^}} *   logits [tokens, {{[0-9]+}}]
// HEADER-NEXT: {{^}} *   hidden [tokens, {{[0-9]+}}]
// HEADER-NEXT: {{^ \*$}}
// HEADER: extern const struct lfm2_program lib_program;
// HEADER: lfm2rt_model_open(
// RUN: llvm-nm %t/lib.a | FileCheck %s --check-prefix=STATIC
// STATIC-DAG: T step_1_lib
// STATIC-DAG: lib_program
// STATIC-DAG: T lfm2rt_model_open
// RUN: cd %t && lfm2-compile m.mlir -o lib.so --emit=shared
// RUN: llvm-nm -D %t/lib.so | FileCheck %s --check-prefix=SHARED
// SHARED-DAG: lib_program
// SHARED-DAG: T lfm2rt_model_open
// SHARED-NOT: step_1
// RUN: cd %t && lfm2-compile m.mlir -o m.o --emit=obj && llvm-nm m.o | FileCheck %s --check-prefix=OBJECT
// OBJECT: lfm2_program
// RUN: cd %t && lfm2-compile m.mlir --emit=asm --cpu=x86-64 | FileCheck %s --check-prefix=ASM
// ASM: step_1:
// ASM: lfm2_program:
// RUN: cd %t && lfm2-compile m.mlir --emit=llvm | FileCheck %s --check-prefix=LLVM
// LLVM: define void @step_1(
//
// RUN: cd %t && lfm2-compile m.mlir -o portable --cpu=portable && ./portable --info | FileCheck %s --check-prefix=PORTABLE
// PORTABLE: "name": "x86-64-v4"
// PORTABLE: "name": "x86-64-v3"
// PORTABLE: "name": "x86-64-v2"
//
// The same options give the same bytes.
// RUN: cd %t && lfm2-compile m.mlir -o again --cpu=x86-64 && cmp exe again

module attributes {
    lfm2.source = "tiny-f32.gguf", exec.done = "plan",
    exec.entries = [#exec.entry<name = "prefill", symbol = "step_128", tokens = 128, scratch = 4096>,
                    #exec.entry<name = "decode", symbol = "step_1", tokens = 1, scratch = 0>],
    exec.state_fixed = 1024 : i64, exec.state_head = 128 : i64,
    exec.state_per_token = 256 : i64,
    exec.weights_bytes = 4096 : i64} {
  llvm.func @step_1(%step: !llvm.ptr, %thread: i32) {
    llvm.return
  }
  llvm.func @step_128(%step: !llvm.ptr, %thread: i32) {
    llvm.return
  }
}
