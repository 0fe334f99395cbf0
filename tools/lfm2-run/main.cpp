// lfm2-run: executes a checkpoint, or a module imported from one, on the
// reference executor. Slow and exact; what compiled programs are compared with.

#include "lib/Compiler/LoadModel.h"
#include "lib/Reference/Executor.h"
#include "lib/Support/Error.h"
#include "lib/Support/InputFiles.h"
#include "lib/Support/MappedFile.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/StandardStreams.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include <algorithm>

namespace cl = llvm::cl;
using namespace lfm2c;

static cl::OptionCategory category("Options");
static cl::opt<std::string> modelPath(cl::Positional, cl::cat(category),
                                      cl::desc("MODEL"));
static cl::opt<std::string> tokens("tokens", cl::cat(category),
                                   cl::value_desc("1,2,3"),
                                   cl::desc("Token ids of the prompt"));
static cl::opt<int64_t> chunk("chunk", cl::init(0), cl::cat(category),
                              cl::value_desc("N"),
                              cl::desc("Run the prompt N tokens at a time "
                                       "(default: all at once)"));
static cl::opt<std::string>
    logitsPath("logits", cl::cat(category), cl::value_desc("FILE"),
               cl::desc("Write the logits of every position of the prompt: "
                        "float32, little-endian, [positions, vocabulary]"));
static cl::opt<int64_t>
    generate("n", cl::init(0), cl::cat(category), cl::value_desc("N"),
             cl::desc("Print the N ids that greedy decoding continues with"));

namespace {
enum class CacheType { f32, f16 };
} // namespace
static cl::opt<CacheType>
    cache("cache", cl::init(CacheType::f32), cl::cat(category),
          cl::desc("Precision of cached keys and values"),
          cl::values(clEnumValN(CacheType::f32, "f32",
                                "as exact as all else (default)"),
                     clEnumValN(CacheType::f16, "f16",
                                "where compiled programs store them so")));

static llvm::Expected<std::vector<int32_t>> parseTokens(llvm::StringRef text) {
  std::vector<int32_t> ids;
  llvm::SmallVector<llvm::StringRef> words;
  text.split(words, ',');
  for (llvm::StringRef word : words) {
    int32_t id;
    if (word.trim().getAsInteger(10, id))
      return makeError("--tokens expects ids separated by commas, such as "
                       "1,52572,2031, but got {0}",
                       quoted(word));
    ids.push_back(id);
  }
  return ids;
}

static llvm::Error run(llvm::ArrayRef<int32_t> ids) {
  InputFiles inputs;
  mlir::DialectRegistry registry;
  registerModelDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto model = loadModel(modelPath, context);
  if (!model)
    return model.takeError();
  for (const std::string &warning : model->checkpoint->warnings)
    llvm::errs() << "lfm2-run: warning: " << printable(warning) << "\n";

  ReferenceOptions options;
  options.roundCache = cache == CacheType::f16;
  auto executor = ReferenceExecutor::create(
      *model->module, readCheckpointWeights(*model->checkpoint), options);
  if (!executor)
    return executor.takeError();

  std::unique_ptr<OutputFile> file;
  if (!logitsPath.empty()) {
    auto created = OutputFile::create(logitsPath);
    if (!created)
      return created.takeError();
    file = std::move(*created);
  }

  const size_t step = chunk > 0 ? size_t(chunk) : ids.size();
  std::vector<float> logits;
  for (size_t at = 0; at < ids.size(); at += step) {
    auto part = ids.slice(at).take_front(step);
    auto result = (*executor)->run(part);
    if (!result)
      return result.takeError();
    logits = std::move(*result);
    if (file)
      file->os().write(reinterpret_cast<const char *>(logits.data()),
                       logits.size() * sizeof(float));
  }
  if (file)
    if (llvm::Error error = file->commit())
      return error;

  const int64_t vocabulary = (*executor)->getVocabulary();
  for (int64_t i = 0; i < generate; ++i) {
    auto last = logits.end() - vocabulary;
    int32_t id = std::max_element(last, logits.end()) - last;
    llvm::outs() << (i ? "," : "") << id;
    llvm::outs().flush();
    if (i + 1 == generate)
      break;
    auto result = (*executor)->run(id);
    if (!result)
      return result.takeError();
    logits = std::move(*result);
  }
  if (generate > 0)
    llvm::outs() << "\n";
  return llvm::Error::success();
}

static int wrongUse(const llvm::Twine &message) {
  llvm::errs() << "lfm2-run: " << message << "\n";
  return 2;
}

int main(int argc, char **argv) {
  guardStandardStreams("lfm2-run");
  llvm::InitLLVM init(argc, argv);
  MappedFile::exitWhereFilesAreCut("lfm2-run");
  cl::HideUnrelatedOptions(category);
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "Executes an LFM2 model slowly and exactly. MODEL is a GGUF file, a "
          "Hugging Face\ndirectory, or an .mlir file of the lfm2 dialect.\n",
          &llvm::errs()))
    return 2;
  if (modelPath.empty() || tokens.empty())
    return wrongUse("expects a model and ids: MODEL --tokens 1,2,3");
  if (chunk < 0 || generate < 0)
    return wrongUse("--chunk and -n expect a count of tokens, but got " +
                    llvm::Twine(chunk < 0 ? chunk : generate));
  if (logitsPath.empty() && generate == 0)
    return wrongUse("expects something to make: --logits FILE, -n N, or both");
  auto ids = parseTokens(tokens);
  if (!ids)
    return wrongUse(toString(ids.takeError()));
  if (llvm::Error error = run(*ids)) {
    llvm::errs() << "lfm2-run: " << toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
