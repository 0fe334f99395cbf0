//===- TargetFacts.h - what passes may ask of a target ----------*- C++ -*-===//
//
// Passes name no target. They read these facts from the module attribute
// `exec.target`, which the driver writes from the target's data:
//
//   exec.target = {arch = "x86_64", address_bits = 64 : i64, lanes = 8 : i64,
//   registers = 16 : i64,
//                  dot_unsigned8 = false, dot_accumulates = false,
//                  dot_by_lane = false, byte_shifts = false, fma = true,
//                  bf16dot = false, prefetch_bytes = 0 : i64,
//                  streams = 4 : i64, tile_tokens = 4 : i64,
//                  tile_groups = 1 : i64, tile_ahead = 0 : i64,
//                  dot_tile_tokens = 0 : i64, dot_tile_mode = false,
//                  near_bytes = 0 : i64, near_threads = 1 : i64}
//
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_EXEC_IR_TARGETFACTS_H
#define DIALECTS_EXEC_IR_TARGETFACTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include <algorithm>

namespace lfm2c::exec {

struct TargetFacts {
  int64_t addressBits = 64; ///< Of a pointer, and of offsets in memory.
  int64_t lanes = 8;        ///< Rows that stand side by side in packed weights.
  int64_t registers = 16;   ///< Vector registers of `lanes` 32-bit values.
  bool dotUnsigned8 = false;   ///< dot4 takes any uint8 exactly at full speed.
  bool dotAccumulates = false; ///< dot4 adds to its sum in one instruction.
  /// dot4 takes, for all lanes, one group of four bytes out of a vector.
  bool dotByLane = false;
  bool byteShifts = false; ///< Bytes of vectors are shifted in hardware.
  bool fma = true;         ///< Fused multiply-add in hardware.
  /// f32 values of one vector register with float arithmetic: vectors of other
  /// lengths, and divisions, are taken lane by lane. 1: there are none of
  /// floats; 0: any length will do.
  int64_t floatLanes = 0;
  /// Vectors of i32 become f32 in one instruction.
  bool intToFloat = true;
  bool bf16dot = false;      ///< dot2 in hardware.
  int64_t prefetchBytes = 0; ///< Distance of software prefetch; 0 is none.
  int64_t streams = 1;       ///< Places at once that a thread reads best from.
  int64_t tileTokens = 4;    ///< Tokens of a tile, and
  int64_t tileGroups = 1;    ///< row groups: registers hold the sums of both.
  int64_t tileAhead = 0;     ///< How many groups ahead tiles ask for weights.
  int64_t dotTileTokens = 0; ///< Tokens of one tile_dot4; 0: none in hardware.
  bool dotTileMode = false;  ///< tile_dot4 needs a mode, see tile_section.
  /// Memory next to the core that something else than the core fills; 0: none.
  int64_t nearBytes = 0;
  int64_t nearThreads = 1; ///< Threads that share it.

  /// Sums of `lanes` that registers hold where each is of two vectors, one of
  /// floats and one of integers, and half of the registers is for all else.
  int64_t sumsAtOnce() const { return std::max<int64_t>(1, registers / 4); }

  /// Reads `exec.target`; what is not there keeps the value above.
  static TargetFacts get(mlir::ModuleOp module) {
    TargetFacts facts;
    auto dict = module->getAttrOfType<mlir::DictionaryAttr>("exec.target");
    if (!dict)
      return facts;
    auto integer = [&](llvm::StringRef name, int64_t &field) {
      if (auto a = dict.getAs<mlir::IntegerAttr>(name))
        field = a.getInt();
    };
    auto flag = [&](llvm::StringRef name, bool &field) {
      if (auto a = dict.getAs<mlir::BoolAttr>(name))
        field = a.getValue();
    };
    integer("address_bits", facts.addressBits);
    integer("lanes", facts.lanes);
    integer("registers", facts.registers);
    integer("float_lanes", facts.floatLanes);
    integer("prefetch_bytes", facts.prefetchBytes);
    integer("streams", facts.streams);
    integer("tile_tokens", facts.tileTokens);
    integer("tile_groups", facts.tileGroups);
    integer("tile_ahead", facts.tileAhead);
    integer("dot_tile_tokens", facts.dotTileTokens);
    flag("dot_tile_mode", facts.dotTileMode);
    integer("near_bytes", facts.nearBytes);
    integer("near_threads", facts.nearThreads);
    flag("dot_unsigned8", facts.dotUnsigned8);
    flag("dot_accumulates", facts.dotAccumulates);
    flag("dot_by_lane", facts.dotByLane);
    flag("byte_shifts", facts.byteShifts);
    flag("fma", facts.fma);
    flag("int_to_float", facts.intToFloat);
    flag("bf16dot", facts.bf16dot);
    return facts;
  }
};

} // namespace lfm2c::exec

#endif
