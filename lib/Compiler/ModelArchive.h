// The archive of one compiled model, section by section.
#ifndef LFM2C_LIB_COMPILER_MODELARCHIVE_H
#define LFM2C_LIB_COMPILER_MODELARCHIVE_H

#include "lib/Compiler/Archive.h"
#include "lib/Compiler/Description.h"
#include "lib/Compiler/Identity.h"
#include "lib/Compiler/Observer.h"
#include "lib/Compiler/Settings.h"
#include "lib/Compiler/VariantCode.h"
#include "lib/Model/ChatForm.h"
#include "lib/Quantize/QuantizedTensors.h"

namespace lfm2c {
class ModelArchive {
public:
  /// All outlive this object.
  ModelArchive(const CompileOptions &options, const Settings &settings,
               const TargetChoice &choice, const Checkpoint &checkpoint,
               QuantizedTensors &tensors, const ChatForm &chat,
               llvm::ArrayRef<uint8_t> answerForm, const ProgramCode &code,
               CompileObserver &observer)
      : options(options), settings(settings), choice(choice),
        checkpoint(checkpoint), tensors(tensors), chat(chat),
        answerForm(answerForm), code(code), observer(observer) {}

  /// Makes the tokenizer's section, and the identity that ties it and all else
  /// to the program. `tensors` is what TensorHasher gives.
  llvm::Expected<Identity> identify(llvm::XXH128_hash_t tensors);
  /// Writes it behind `before`, which is what its file holds so far. Call after
  /// the identity stands in the code's program.
  llvm::Error write(llvm::raw_ostream &os, llvm::StringRef before);
  /// The model in words; its hash of weights is known when it is written.
  ModelDescription describe() const;
  /// What became of the tensors that were quantised, when all is written.
  std::vector<QuantizedReport> reportQuantized() const {
    return tensors.report();
  }

private:
  llvm::Error writeWeights(HashingStream &os);

  const CompileOptions &options;
  const Settings &settings;
  const TargetChoice &choice;
  const Checkpoint &checkpoint;
  QuantizedTensors &tensors;
  const ChatForm &chat;
  llvm::ArrayRef<uint8_t> answerForm;
  const ProgramCode &code;
  CompileObserver &observer;
  std::vector<uint8_t> tokenizer;
  uint64_t weightsHash = 0;
};

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_MODELARCHIVE_H
