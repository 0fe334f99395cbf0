// Ops on bytes: what memory planning places, and the code that every thread runs.

#ifndef LFM2C_DIALECTS_EXEC_IR_EXECBYTEOPS_TD
#define LFM2C_DIALECTS_EXEC_IR_EXECBYTEOPS_TD

include "dialects/exec/IR/ExecAttrs.td"
include "dialects/exec/IR/StepFields.td" // Out of abi.h, in the build folder.
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===----------------------------------------------------------------------===//
// What memory planning places
//===----------------------------------------------------------------------===//

def Exec_WeightOp : Exec_Op<"weight", [Symbol]> {
  let summary = "Packed weights in the archive";
  let description = [{
    The segments are interleaved: group `i` of every segment stands side by side,
    so that a thread reads one rising stream. `lanes` rows form a group. `count`
    such matrices follow each other (experts, or 1). Segments of vectors
    (`plain`) are stored as f32 in their own order. `offset` is set by memory
    planning, in bytes from the start of the weights section.

    ```mlir
    exec.weight @w3 [#exec.segment<tensor = "blk.0.ffn_gate.weight", format = "q4_0", first = 0, rows = 64, unit = 64>,
                     #exec.segment<tensor = "blk.0.ffn_up.weight", format = "q4_0", first = 0, rows = 64, unit = 64>]
        {cols = 32 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 2304 : i64}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Exec_SegmentArrayAttr:$segments,
                       I64Attr:$cols, I64Attr:$lanes, I64Attr:$count, I64Attr:$bytes,
                       UnitAttr:$plain, OptionalAttr<I64Attr>:$offset);
  let assemblyFormat = "$sym_name $segments attr-dict";
  let hasVerifier = 1;
}

def Exec_BufferOp : Exec_Op<"buffer", [Symbol]> {
  let summary = "Scratch memory of a step";
  let description = [{
    `bytes` for the largest step of the entry named by `entry`. Live from phase
    `first` to phase `last` of the step's phases (both counted within a layer,
    since all layers run the same way); `offset` is set by memory planning.

    With `near` it lies in near memory instead, of which each thread has bytes of
    its own: `bytes` and `offset` count within those of one thread.

    ```mlir
    exec.buffer @ffn {entry = "decode", bytes = 18432 : i64, first = 2 : i64, last = 3 : i64}
    exec.buffer @staged {entry = "decode", bytes = 73728 : i64, first = 2 : i64, last = 2 : i64, near}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$entry, I64Attr:$bytes,
                       I64Attr:$first, I64Attr:$last, UnitAttr:$near,
                       OptionalAttr<I64Attr>:$offset);
  let assemblyFormat = "$sym_name attr-dict";
  let hasVerifier = 1;
}

def Exec_AddressOp : Exec_Op<"address", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Byte offset of a weight or of a buffer in its section";
  let description = [{
    Becomes a constant when memory is planned. Of a `near` buffer it is the offset
    in a thread's own bytes.

    ```mlir
    %o = exec.address @ffn
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$symbol);
  let results = (outs Index:$result);
  let assemblyFormat = "$symbol attr-dict";
}

//===----------------------------------------------------------------------===//
// After tiling: bytes, lanes and threads
//===----------------------------------------------------------------------===//

def Exec_FieldOp : Exec_Op<"field", [Pure]> {
  let summary = "A field of the step's arguments";
  let description = !strconcat([{
    Names are those of `lfm2_step` in `lfm2rt/abi.h`, which says what each is; a
    pointer is to the memory that is called like it;
}], stepFieldNames, [{
    ```mlir
    %count = exec.field %step "count" : index
    ```
  }]);
  let arguments = (ins Exec_PtrTo<"Step">:$step, StrAttr:$name);
  let results = (outs AnyTypeOf<[Exec_PtrType, Index]>:$result);
  let assemblyFormat = "$step $name attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Exec_GivenOp : Exec_Op<"given", [Pure]> {
  let summary = "Whether the caller gave the memory of a field";
  let description = [{
    Some fields of the step are NULL where the caller does not want what would be
    written there. All threads of a step get the same answer.

    ```mlir
    %wanted = exec.given %logits in logits
    ```
  }];
  let arguments = (ins Exec_PtrType:$base);
  let results = (outs I1:$result);
  let assemblyFormat = "$base attr-dict `in` custom<Memory>(type($base))";
}

def Exec_Value : AnyTypeOf<[AnySignlessInteger, AnyFloat,
    VectorOfRankAndType<[1], [AnySignlessInteger, AnyFloat]>]>;

def Exec_LoadOp : Exec_Op<"load", [MemoryEffects<[MemRead]>]> {
  let summary = "Read a scalar or a vector at a byte offset";
  let description = [{
    The address is a multiple of the size of an element; `align` is what more is
    known of it, in bytes. `constant` says that the
    memory does not change during the step (see `!exec.ptr`; not copies of weights in
    near memory). `ordered` keeps the read
    where it stands among the other ordered ones, for code whose order is chosen
    so that registers suffice.

    ```mlir
    %v = exec.load %state[%offset] {align = 16 : i64} : vector<8xf32> in state
    ```
  }];
  let arguments = (ins Exec_PtrType:$base, Index:$offset,
                       DefaultValuedAttr<I64Attr, "1">:$align, UnitAttr:$constant,
                       UnitAttr:$ordered);
  let results = (outs Exec_Value:$result);
  let assemblyFormat = [{
    $base `[` $offset `]` attr-dict `:` type($result) `in` custom<Memory>(type($base))
  }];
  let hasVerifier = 1;
}

def Exec_StoreOp : Exec_Op<"store", [MemoryEffects<[MemWrite]>]> {
  let summary = "Write a scalar or a vector at a byte offset";
  let description = [{
    ```mlir
    exec.store %v, %scratch[%offset] : vector<8xf32> in scratch
    ```
  }];
  let arguments = (ins Exec_Value:$value, Exec_PtrType:$base, Index:$offset,
                       DefaultValuedAttr<I64Attr, "1">:$align);
  let assemblyFormat = [{
    $value `,` $base `[` $offset `]` attr-dict `:` type($value) `in` custom<Memory>(type($base))
  }];
  let hasVerifier = 1;
}

def Exec_LocalOp : Exec_Op<"local", [MemoryEffects<[MemAlloc]>]> {
  let summary = "Memory of the running function, gone when it returns";
  let description = [{
    Stands at the beginning of a function. The address is a multiple of 128.

    ```mlir
    %slots = exec.local 256
    ```
  }];
  let arguments = (ins I64Attr:$bytes);
  let results = (outs Exec_PtrTo<"Local">:$result);
  let assemblyFormat = "$bytes attr-dict";
  let hasVerifier = 1;
}

// It writes nothing, but an op that only reads and has no result would be
// removed as dead.
def Exec_PrefetchOp : Exec_Op<"prefetch", [MemoryEffects<[MemWrite]>]> {
  let summary = "Ask for the cache line at a byte offset";
  let description = [{
    Never faults, so it may point past the end of the weights.

    ```mlir
    exec.prefetch %weights[%offset] in weights
    ```
  }];
  let arguments = (ins Exec_PtrType:$base, Index:$offset);
  let assemblyFormat = "$base `[` $offset `]` attr-dict `in` custom<Memory>(type($base))";
}

def Exec_StageStartOp : Exec_Op<"stage_start", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Begin to copy weights into near memory";
  let description = [{
    Copies `bytes` from the second address to the first, sooner or later. Until
    an `exec.stage_wait` of the same thread nothing may read what is written or
    write to either.

    ```mlir
    exec.stage_start %near[%slot] = %weights[%group] {bytes = 36864 : i64}
    ```
  }];
  let arguments = (ins Exec_PtrTo<"Near">:$to, Index:$to_at, Exec_PtrTo<"Weights">:$from,
                       Index:$from_at, I64Attr:$bytes);
  let assemblyFormat = "$to `[` $to_at `]` `=` $from `[` $from_at `]` attr-dict";
  let hasVerifier = 1;
}

def Exec_StageWaitOp : Exec_Op<"stage_wait", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Wait until all that this thread began to copy has come";
  let description = [{
    ```mlir
    exec.stage_wait
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Exec_Dot4Op : Exec_Op<"dot4", [Pure, AllTypesMatch<["acc", "result"]>, AllTypesMatch<["w", "x"]>]> {
  let summary = "Four int8 products summed into each i32 lane";
  let description = [{
    `result[i] = acc[i] + sum_{j<4} w[4i+j] * x[4i+j]`, exact. `x` is signed and
    never -128. `w` is unsigned and below `2^bits`, or, with `signed_w`, any
    int8. The bits say how many products a target may add up in 16 bits.

    ```mlir
    %r = exec.dot4 %acc, %w, %x {bits = 4 : i64} : vector<8xi32>, vector<32xi8>
    ```
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I32]>:$acc,
                       VectorOfRankAndType<[1], [I8]>:$w,
                       VectorOfRankAndType<[1], [I8]>:$x, I64Attr:$bits,
                       UnitAttr:$signed_w);
  let results = (outs VectorOfRankAndType<[1], [I32]>:$result);
  let assemblyFormat = "$acc `,` $w `,` $x attr-dict `:` type($acc) `,` type($w)";
  let hasVerifier = 1;
}

def Exec_LookupOp : Exec_Op<"lookup", [Pure, SameOperandsAndResultType]> {
  let summary = "Bytes of a table, by their places";
  let description = [{
    `result[i] = table[index[i]]`. The table has 16 bytes or fewer, and no index
    is beyond it. Weights that are codes become numbers so, on targets with the
    fact `byte_lookup`.

    ```mlir
    %w = exec.lookup %q [0, 1, 2, 3, 4, 6, 8, 12] : vector<32xi8>
    ```
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I8]>:$index, DenseI8ArrayAttr:$table);
  let results = (outs VectorOfRankAndType<[1], [I8]>:$result);
  let assemblyFormat = "$index $table attr-dict `:` type($index)";
  let hasVerifier = 1;
}

def Exec_TileDot4Op : Exec_Op<"tile_dot4", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Int8 products of a tile of tokens with a group of rows";
  let description = [{
    For p < `count`, t < `tokens`, r < `lanes` the i32 number
    `p * tokens * lanes + t * lanes + r` at `sums` becomes the sum over
    k < 4 * `dots` of

        x[t * x_stride + p * 4 * dots + k] * w[((p * dots + k / 4) * lanes + r) * 4 + k % 4]

    exact, of signed bytes; `x` is never -128. So w is `count * dots` vectors of
    `exec.dot4`, one after the other, and x the records of tokens. What is
    written overlaps nothing that is read. It is for loads of whole rows that
    follow in the same basic block, with offsets from `sums_at` on: a target whose
    vectors need no memory to get them may leave it unwritten. For targets that
    multiply matrices of bytes; the others make `exec.dot4` of it.

    ```mlir
    exec.tile_dot4 %scratch[%c] = %scratch[%x] * %weights[%w] {count = 2 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 1152 : i64} from weights
    ```
  }];
  let arguments = (ins Exec_PtrTo<"Scratch">:$sums, Index:$sums_at, Exec_PtrTo<"Scratch">:$x,
                       Index:$x_at, Exec_PtrType:$w, Index:$w_at,
                       I64Attr:$tokens, I64Attr:$lanes, I64Attr:$dots,
                       I64Attr:$count, I64Attr:$x_stride);
  let assemblyFormat = [{
    $sums `[` $sums_at `]` `=` $x `[` $x_at `]` `*` $w `[` $w_at `]` attr-dict
    `from` custom<Memory>(type($w))
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Bytes of the sums of one of the `count` products.
    int64_t productBytes() { return getTokens() * getLanes() * 4; }
    /// Bytes of one vector of `w`.
    int64_t dotBytes() { return getLanes() * 4; }
  }];
}

def Exec_TileSectionOp : Exec_Op<"tile_section",
    [SingleBlock, NoTerminator, NoRegionArguments, RecursiveMemoryEffects]> {
  let summary = "Code around products of tiles that may run in a mode of its own";
  let description = [{
    Runs its body once. A CPU may have to enter a mode for `exec.tile_dot4` and
    to leave it for other code: a section is what is worth one such turn, the
    products of a tile for all columns and the vectors that scale them. Nothing
    but memory leaves it. For targets with the fact `dot_tile_mode`.

    ```mlir
    exec.tile_section {
      exec.tile_dot4 %scratch[%c] = %scratch[%x] * %weights[%w] {count = 2 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 1152 : i64} from weights
      %v = exec.load %scratch[%c] : vector<16xi32> in scratch
      exec.store %v, %scratch[%o] : vector<16xi32> in scratch
    }
    ```
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$body attr-dict";
}

def Exec_Dot2Op : Exec_Op<"dot2", [Pure, AllTypesMatch<["acc", "result"]>, AllTypesMatch<["w", "x"]>]> {
  let summary = "Two bf16 products summed into each f32 lane";
  let description = [{
    `result[i] = acc[i] + w[2i] * x[2i] + w[2i+1] * x[2i+1]`. The products are
    exact in f32. In which order they are summed, and how each of the two sums is
    rounded, is the target's (`bfdot` without FEAT_EBF16 adds the products first,
    and rounds to odd); numbers below the normal ones may count as zero. So the
    last bits differ from target to target.

    ```mlir
    %r = exec.dot2 %acc, %w, %x : vector<8xf32>, vector<16xbf16>
    ```
  }];
  let arguments = (ins VectorOfRankAndType<[1], [F32]>:$acc,
                       VectorOfRankAndType<[1], [BF16]>:$w,
                       VectorOfRankAndType<[1], [BF16]>:$x);
  let results = (outs VectorOfRankAndType<[1], [F32]>:$result);
  let assemblyFormat = "$acc `,` $w `,` $x attr-dict `:` type($acc) `,` type($w)";
  let hasVerifier = 1;
}

def Exec_BarrierOp : Exec_Op<"barrier"> {
  let summary = "Wait until every thread of the step has come here";
  let description = [{
    Gives true, on every thread alike, when the step is to be given up.

    ```mlir
    %cancelled = exec.barrier %step, %thread
    ```
  }];
  let arguments = (ins Exec_PtrTo<"Step">:$step, I32:$thread);
  let results = (outs I1:$cancelled);
  let assemblyFormat = "$step `,` $thread attr-dict";
}

//===----------------------------------------------------------------------===//
// Threads that are workgroups
//===----------------------------------------------------------------------===//

def Exec_InvocationOp : Exec_Op<"invocation", [Pure]> {
  let summary = "Number of this invocation in its thread";
  let description = [{
    For targets with the fact `slices`, whose threads are workgroups: from 0 to
    `lanes * slices` - 1. Its lane is the number modulo `lanes`, its slice the
    number divided by `lanes`. Element `i` of a vector of so many lanes, or of a
    multiple, is held by lane `i % lanes` of every slice; all other values are
    held by every invocation.

    ```mlir
    %i = exec.invocation
    ```
  }];
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def Exec_ByInvocationOp : Exec_Op<"by_invocation",
    [SingleBlock, NoTerminator, NoRegionArguments, RecursiveMemoryEffects]> {
  let summary = "Code of one invocation, whose vectors are its own";
  let description = [{
    Runs its body once. What the body computes with vectors belongs to the
    running invocation alone, and is not spread over lanes. Stands within a loop
    that gives each invocation iterations of its own; nothing but memory leaves
    it.

    ```mlir
    exec.by_invocation {
      %v = exec.load %scratch[%o] : vector<32xf32> in scratch
      exec.store %v, %scratch[%o] : vector<32xf32> in scratch
    }
    ```
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$body attr-dict";
}

def Exec_JoinOp : Exec_Op<"join", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Wait until every invocation of the thread has come here";
  let description = [{
    What any of them has written before it is seen by all of them behind it. It
    stands only where all invocations come, or none.

    ```mlir
    exec.join
    ```
  }];
  let assemblyFormat = "attr-dict";
}

// It joins, so it is not pure: it must stay where all invocations come.
def Exec_SumSlicesOp : Exec_Op<"sum_slices",
    [MemoryEffects<[MemRead, MemWrite]>, SameOperandsAndResultType]> {
  let summary = "Sums of vectors over all slices";
  let description = [{
    Each slice has made a part of every sum. Slice `i` of the result holds the
    sum of `parts[i]` over all slices, in an order that depends on nothing but
    their number. Slices for which there are no parts hold anything.

    ```mlir
    %s = exec.sum_slices %a, %b : vector<8xf32>
    ```
  }];
  let arguments = (ins Variadic<VectorOfRankAndType<[1], [F32]>>:$parts);
  let results = (outs VectorOfRankAndType<[1], [F32]>:$result);
  let assemblyFormat = "$parts attr-dict `:` type($result)";
}

def Exec_SumThreadOp : Exec_Op<"sum_thread", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Sum of a vector over all lanes and slices";
  let description = [{
    Every invocation gets it. The order of the sum depends on nothing but the
    numbers of lanes and slices.

    ```mlir
    %s = exec.sum_thread %part : vector<8xf32>
    ```
  }];
  let arguments = (ins VectorOfRankAndType<[1], [F32]>:$part);
  let results = (outs F32:$result);
  let assemblyFormat = "$part attr-dict `:` type($part)";
}

def Exec_ReduceNeighboursOp : Exec_Op<"reduce_neighbours",
    [MemoryEffects<[MemRead, MemWrite]>, SameOperandsAndResultType]> {
  let summary = "Sum or maximum over neighbouring invocations";
  let description = [{
    Invocations are neighbours whose numbers, divided by `width`, are the same. Each
    gets what all of them give together, in an order that depends on nothing but
    `width`. `max` takes the largest instead of the sum.

    ```mlir
    %s = exec.reduce_neighbours %x {width = 8 : i64} : i32
    %m = exec.reduce_neighbours %y {max, width = 8 : i64} : f32
    ```
  }];
  let arguments = (ins AnyTypeOf<[F32, I32]>:$part, I64Attr:$width, UnitAttr:$max);
  let results = (outs AnyTypeOf<[F32, I32]>:$result);
  let assemblyFormat = "$part attr-dict `:` type($part)";
  let hasVerifier = 1;
}

def Exec_ShareOp : Exec_Op<"share", [Pure]> {
  let summary = "The items of a phase that are this thread's";
  let description = [{
    Of `n` items those from `lo` to `hi`: as equal parts as there are threads.
    `most` is what `n` may be, so that one may tell how many threads have work.

    ```mlir
    %lo, %hi = exec.share %n of %thread most 128
    ```
  }];
  let arguments = (ins Index:$n, I32:$thread, I64Attr:$most);
  let results = (outs Index:$lo, Index:$hi);
  let assemblyFormat = "$n `of` $thread `most` $most attr-dict";
}

def Exec_ThreadsOp : Exec_Op<"threads", [Pure]> {
  let summary = "How many threads run this kernel";
  let description = [{
    ```mlir
    %n = exec.threads
    ```
  }];
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def Exec_PackedDot4Op : Exec_Op<"packed_dot4", [Pure]> {
  let summary = "Four int8 products summed into an i32";
  let description = [{
    `exec.dot4` of one lane: the bytes of `w` and `x`, four in an i32, the first
    in the lowest bits. `x` is signed. `w` is unsigned, or signed with
    `signed_w`.

    ```mlir
    %r = exec.packed_dot4 %acc, %w, %x {signed_w}
    ```
  }];
  let arguments = (ins I32:$acc, I32:$w, I32:$x, UnitAttr:$signed_w);
  let results = (outs I32:$result);
  let assemblyFormat = "$acc `,` $w `,` $x attr-dict";
}

def Exec_DispatchOp : Exec_Op<"dispatch",
    [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Let threads run a kernel";
  let description = [{
    A step on a device is a list of these, each of which begins when the one
    before it has ended. `threads` workgroups run the function `kernel`, which
    has the step and the thread as arguments, then `arguments`.

    ```mlir
    exec.dispatch @gate_up(%weights, %norm) threads 576
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<Index>:$arguments, I64Attr:$threads);
  let assemblyFormat = "$kernel `(` $arguments `)` `threads` $threads attr-dict";
}

#endif // LFM2C_DIALECTS_EXEC_IR_EXECBYTEOPS_TD
