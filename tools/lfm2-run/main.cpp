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
#include "mlir/Pass/PassManager.h"
#include "passes/quant/Passes.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include <algorithm>
#include <cstring>

namespace cl = llvm::cl;
using namespace lfm2c;

static cl::OptionCategory category("Options");
static cl::opt<std::string> modelPath(cl::Positional, cl::cat(category),
                                      cl::desc("MODEL"));
static cl::opt<std::string> tokens("tokens", cl::cat(category),
                                   cl::value_desc("1,2,3"),
                                   cl::desc("Token ids of the prompt"));
static cl::list<std::string>
    lora("lora", cl::cat(category), cl::value_desc("PATH[:SCALE]"),
         cl::desc("Merge this adapter into the weights of a checkpoint; may be "
                  "given several times"));
static cl::opt<int64_t> chunk("chunk", cl::init(0), cl::cat(category),
                              cl::value_desc("N"),
                              cl::desc("Run the prompt N tokens at a time "
                                       "(default: all at once)"));
static cl::opt<std::string>
    logitsPath("logits", cl::cat(category), cl::value_desc("FILE"),
               cl::desc("Write the logits of every position of the prompt: "
                        "float32, little-endian, [positions, vocabulary]"));
static cl::opt<std::string>
    hiddenPath("hidden", cl::cat(category), cl::value_desc("FILE"),
               cl::desc("Write the hidden states after the final norm of every "
                        "position: float32, [positions, hidden size]"));
static cl::opt<std::string>
    vectorsPath("vectors", cl::cat(category), cl::value_desc("FILE"),
                cl::desc("Write what a model for search makes of the text, not "
                         "normalised: float32, [1, width], or [positions, "
                         "width] where each token has a vector"));
static cl::opt<std::string>
    embeddingsPath("embeddings", cl::cat(category), cl::value_desc("FILE"),
                   cl::desc("Rows in place of those of the embedding, float32, "
                            "[rows, hidden size]: id -1 takes the first"));
static cl::opt<int64_t>
    generate("n", cl::init(0), cl::cat(category), cl::value_desc("N"),
             cl::desc("Print the N ids that greedy decoding continues with"));

namespace {
enum class CacheType { f32, f16, q8_0, q4_0 };
} // namespace
static cl::opt<CacheType> cache(
    "cache", cl::init(CacheType::f32), cl::cat(category),
    cl::desc("Precision of cached keys and values"),
    cl::values(
        clEnumValN(CacheType::f32, "f32", "as exact as all else (default)"),
        clEnumValN(CacheType::f16, "f16",
                   "where compiled programs store them so"),
        clEnumValN(CacheType::q8_0, "q8_0", "as programs of --kv=q8_0 do"),
        clEnumValN(CacheType::q4_0, "q4_0", "as programs of --kv=q4_0 do")));

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

static llvm::Expected<std::vector<float>> readEmbeddings(int64_t columns) {
  std::vector<float> rows;
  if (embeddingsPath.empty())
    return rows;
  auto file = MappedFile::open(embeddingsPath);
  if (!file)
    return file.takeError();
  llvm::ArrayRef<uint8_t> bytes = (*file)->bytes();
  const size_t rowBytes = columns * sizeof(float);
  if (bytes.size() % rowBytes != 0)
    return makeError("{0} holds {1} bytes; expected whole rows of {2} float32, "
                     "{3} bytes each",
                     quoted(embeddingsPath), bytes.size(), columns, rowBytes);
  rows.resize(bytes.size() / sizeof(float));
  std::memcpy(rows.data(), bytes.data(), bytes.size());
  return rows;
}

namespace {

/// One result that is written as it comes, part by part.
struct Output {
  const std::string &path;
  llvm::StringRef option;
  lfm2::Role role, otherRole; ///< The model has one of them.
  std::unique_ptr<OutputFile> file = nullptr;

  llvm::Error open(const ReferenceExecutor &executor) {
    if (path.empty())
      return llvm::Error::success();
    if (!executor.getColumns(role) && !executor.getColumns(otherRole))
      return makeError("{0} asks for {1}, which this model does not give",
                       option, stringifyRole(role));
    auto created = OutputFile::create(path);
    if (!created)
      return created.takeError();
    file = std::move(*created);
    return llvm::Error::success();
  }

  void write(llvm::ArrayRef<float> rows) {
    if (file)
      file->os().write(reinterpret_cast<const char *>(rows.data()),
                       rows.size() * sizeof(float));
  }
};

} // namespace

/// Runs the prompt and writes what was asked for; returns the last logits.
static llvm::Expected<std::vector<float>>
runPrompt(ReferenceExecutor &executor, llvm::ArrayRef<int32_t> ids) {
  auto embeddings = readEmbeddings(executor.getColumns(lfm2::Role::hidden));
  if (!embeddings)
    return embeddings.takeError();
  Output logits{logitsPath, "--logits", lfm2::Role::logits, lfm2::Role::logits};
  Output hidden{hiddenPath, "--hidden", lfm2::Role::hidden, lfm2::Role::hidden};
  Output vectors{vectorsPath, "--vectors", lfm2::Role::vectors,
                 lfm2::Role::token_vectors};
  for (Output *output : {&logits, &hidden, &vectors})
    if (llvm::Error error = output->open(executor))
      return error;

  const size_t step = chunk > 0 ? size_t(chunk) : ids.size();
  std::vector<float> last;
  for (size_t at = 0; at < ids.size(); at += step) {
    auto result = executor.run(ids.slice(at).take_front(step), *embeddings);
    if (!result)
      return result.takeError();
    logits.write(result->logits);
    hidden.write(result->hidden);
    vectors.write(result->vectors);
    vectors.write(result->tokenVectors);
    last = std::move(result->logits);
  }
  for (Output *output : {&logits, &hidden, &vectors})
    if (output->file)
      if (llvm::Error error = output->file->commit())
        return error;
  return last;
}

/// Prints the ids that greedy decoding continues with after `logits`.
static llvm::Error continueGreedily(ReferenceExecutor &executor,
                                    std::vector<float> logits) {
  const int64_t vocabulary = executor.getColumns(lfm2::Role::logits);
  if (generate > 0 && !vocabulary)
    return makeError("-n continues a text, but this model gives no logits");
  for (int64_t i = 0; i < generate; ++i) {
    auto last = logits.end() - vocabulary;
    int32_t id = std::max_element(last, logits.end()) - last;
    llvm::outs() << (i ? "," : "") << id;
    llvm::outs().flush();
    if (i + 1 == generate)
      break;
    auto result = executor.run(id);
    if (!result)
      return result.takeError();
    logits = std::move(result->logits);
  }
  if (generate > 0)
    llvm::outs() << "\n";
  return llvm::Error::success();
}

static llvm::Error run(llvm::ArrayRef<int32_t> ids) {
  InputFiles inputs;
  mlir::DialectRegistry registry;
  registerModelDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  ReadOptions reading;
  for (const std::string &word : lora) {
    auto adapter = AdapterChoice::parse(word);
    if (!adapter)
      return adapter.takeError();
    reading.adapters.push_back(std::move(*adapter));
  }
  auto model = loadModel(modelPath, context, reading);
  if (!model)
    return model.takeError();
  for (const std::string &warning : model->checkpoint->warnings)
    llvm::errs() << "lfm2-run: warning: " << printable(warning) << "\n";
  if (!model->checkpoint->config.causal && (chunk > 0 || generate > 0))
    return makeError("a model that is not causal takes a text whole: it has "
                     "neither --chunk nor -n");

  ReferenceOptions options;
  options.roundCache = cache != CacheType::f32;
  if (cache == CacheType::q8_0 || cache == CacheType::q4_0) {
    ChooseCachesPassOptions caches;
    caches.format = cache == CacheType::q8_0 ? "q8_0" : "q4_0";
    mlir::PassManager pm(&context);
    pm.addPass(createChooseCachesPass(caches));
    if (failed(pm.run(*model->module)))
      return makeError("this model has no cache of {0}", caches.format);
  }
  auto executor = ReferenceExecutor::create(
      *model->module, readCheckpointWeights(*model->checkpoint), options);
  if (!executor)
    return executor.takeError();
  auto logits = runPrompt(**executor, ids);
  if (!logits)
    return logits.takeError();
  return continueGreedily(**executor, std::move(*logits));
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
  if (logitsPath.empty() && hiddenPath.empty() && vectorsPath.empty() &&
      generate == 0)
    return wrongUse("expects something to make: --logits, --hidden or "
                    "--vectors FILE, or -n N");
  auto ids = parseTokens(tokens);
  if (!ids)
    return wrongUse(toString(ids.takeError()));
  if (llvm::Error error = run(*ids)) {
    llvm::errs() << "lfm2-run: " << toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
