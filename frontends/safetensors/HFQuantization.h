// How the matrices of a quantised folder are stored.
//
// config.json names a scheme and the numbers that tensors do not show by
// themselves. A scheme is one file, HFQuant<Name>.cpp: what it reads of
// config.json, which tensors a matrix of it consists of, and where in them a
// weight lies. Tensors say which matrices are quantised; where config.json says
// otherwise the folder is refused.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_HFQUANTIZATION_H
#define LFM2C_FRONTENDS_SAFETENSORS_HFQUANTIZATION_H

#include "frontends/safetensors/SafetensorsFile.h"
#include "lib/Support/CheckedJSON.h"
#include "lib/Weights/Tensor.h"
#include <map>
#include <memory>

namespace lfm2c {

/// One of the tensors that make a matrix.
struct MatrixPart {
  SafetensorsEntry entry;
  std::string file; // Its path.
};

/// All of them.
struct MatrixParts {
  std::string module; // As in the files: "model.layers.0.conv.in_proj".
  // By what stands behind the module and a dot: "weight", "scales".
  std::map<std::string, MatrixPart> parts;

  const SafetensorsEntry *find(llvm::StringRef part) const;
  /// The entry; an error that names it where it is missing.
  llvm::Expected<const SafetensorsEntry *> require(llvm::StringRef part) const;
  /// A message in front of which stand the file and tensor of `part`, or of
  /// any part where it has none.
  llvm::Error complain(llvm::StringRef part, const llvm::Twine &why) const;
};

/// What a matrix is, whichever way it was stored.
struct QuantizedMatrix {
  Format format;
  llvm::SmallVector<int64_t, 4> shape; // [out, in] or [experts, out, in].
  std::shared_ptr<const RowSource> rows;
};

class QuantScheme {
public:
  virtual ~QuantScheme() = default;
  /// What messages call it.
  virtual llvm::StringRef name() const = 0;
  /// The parts that a matrix may have. One that has any other than "weight" is
  /// quantised.
  virtual llvm::ArrayRef<llvm::StringRef> parts() const = 0;
  /// Checks the parts against each other and against config.json.
  virtual llvm::Expected<QuantizedMatrix>
  read(const MatrixParts &matrix) const = 0;
  /// Fails where config.json says that the matrix of `module`, which has a
  /// plain weight alone, is quantised.
  virtual llvm::Error checkPlain(const MatrixParts &matrix) const {
    return llvm::Error::success();
  }
};

/// Of the outermost object of config.json; null where nothing is quantised.
llvm::Expected<std::shared_ptr<const QuantScheme>>
readHFQuantization(const JSONReader &config);

// One each, of the object that config.json has for it.
using SchemeReader = llvm::Expected<std::shared_ptr<const QuantScheme>>(
    const json::Object &, llvm::StringRef file);
SchemeReader readMLXScheme, readGPTQScheme, readAWQScheme, readCompressedScheme,
    readFineGrainedScheme;

/// Whether a tensor of this name is of a quantised matrix under any scheme.
bool isQuantizedPart(llvm::StringRef name);
/// Whether it says how activations or caches are quantised, which is the
/// program's own affair.
bool isActivationScale(llvm::StringRef name);

/// Whether `name` is what config.json calls `pattern`: the same, or, behind
/// "re:" where `prefixed`, a regular expression that matches its beginning.
llvm::Expected<bool> matchesModule(llvm::StringRef pattern,
                                   llvm::StringRef name);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_HFQUANTIZATION_H
