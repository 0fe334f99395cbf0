// What a checkpoint says of its model, as JSON.
#ifndef LFM2C_LIB_COMPILER_CONFIGDESCRIPTION_H
#define LFM2C_LIB_COMPILER_CONFIGDESCRIPTION_H

#include "lib/Model/ModelConfig.h"
#include "llvm/Support/JSON.h"

namespace lfm2c {

/// What the model is, before any choice of the compiler: all of `config` but
/// how to sample. A field that is added to it belongs here, too: a module is
/// known to be made of a checkpoint, and an archive to fit a program, by these.
llvm::json::Object describeConfig(const ModelConfig &config);
/// "cls"
llvm::StringRef getName(Pooling pooling);
/// How the model is sampled from unless told otherwise.
llvm::json::Object describeSampling(const SamplingDefaults &sampling);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_CONFIGDESCRIPTION_H
