#include "lib/Compiler/ProgramOutputs.h"

#include "dialects/lfm2/IR/Roles.h"
#include "lfm2rt/abi.h"
#include "lib/Compiler/ProgramTable.h"
#include "lib/Model/ModelConfig.h"
#include "lib/Support/Error.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace lfm2c;
using lfm2::Role;

namespace {
struct OutputKind {
  uint32_t flag; ///< LFM2_OUTPUT_*
  Role role;
  const char *name, *rows;
  int64_t ProgramDescription::*width;
};
constexpr OutputKind kinds[] = {
    {LFM2_OUTPUT_LOGITS, Role::logits, "logits", "tokens",
     &ProgramDescription::vocabulary},
    {LFM2_OUTPUT_HIDDEN, Role::hidden, "hidden", "tokens",
     &ProgramDescription::hidden},
    {LFM2_OUTPUT_VECTORS, Role::vectors, "vectors", "texts",
     &ProgramDescription::vector},
    {LFM2_OUTPUT_TOKEN_VECTORS, Role::token_vectors, "vectors", "tokens",
     &ProgramDescription::vector},
};
} // namespace

void lfm2c::setOutputs(const ModelConfig &config, ProgramDescription &program) {
  const EmbeddingConfig &embedding = config.embedding;
  program.vocabulary = config.vocab;
  program.hidden = config.hidden;
  program.outputs = LFM2_OUTPUT_HIDDEN;
  if (config.causal || embedding.hasLogits)
    program.outputs |= LFM2_OUTPUT_LOGITS;
  if (embedding.hasVectors) {
    program.vector = embedding.width;
    program.outputs |=
        embedding.perToken ? LFM2_OUTPUT_TOKEN_VECTORS : LFM2_OUTPUT_VECTORS;
  }
  if (!config.causal)
    program.flags |= LFM2_PROGRAM_BIDIRECTIONAL;
}

llvm::SmallVector<ProgramOutput>
lfm2c::listOutputs(const ProgramDescription &program) {
  llvm::SmallVector<ProgramOutput> outputs;
  for (const OutputKind &kind : kinds)
    if (program.outputs & kind.flag)
      outputs.push_back({kind.name, kind.rows, program.*kind.width});
  return outputs;
}

llvm::Error lfm2c::checkOutputRoles(mlir::ModuleOp module,
                                    const ModelConfig &config) {
  auto forward = module.lookupSymbol<mlir::func::FuncOp>("forward");
  if (!forward)
    return llvm::Error::success();
  ProgramDescription program;
  setOutputs(config, program);
  for (const OutputKind &kind : kinds) {
    const bool isGiven = bool(lfm2::resultWithRole(forward, kind.role));
    const bool isExpected = program.outputs & kind.flag;
    if (isGiven == isExpected)
      continue;
    const std::string role = lfm2::stringifyRole(kind.role).str();
    if (!isGiven)
      return makeError("'@forward' has no result with the role '{0}', which a "
                       "program of this checkpoint gives; add it",
                       role);
    if (config.causal && kind.width == &ProgramDescription::vector)
      return makeError("'@forward' has a result with the role '{0}', but the "
                       "model is causal, and only bidirectional models give "
                       "vectors; take it out and use the hidden states",
                       role);
    return makeError("'@forward' has a result with the role '{0}', which a "
                     "program of this checkpoint does not give; take it out",
                     role);
  }
  return llvm::Error::success();
}
