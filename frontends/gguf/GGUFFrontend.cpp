// From the first file to a verified checkpoint.

#include "frontends/gguf/GGUFFrontend.h"
#include "frontends/gguf/GGUFAdapter.h"
#include "frontends/gguf/GGUFConfig.h"
#include "frontends/gguf/GGUFTensors.h"
#include "lib/Support/Error.h"
#include "llvm/Support/FileSystem.h"

using namespace lfm2c;

namespace {

/// Where a file stands among its split neighbours; a whole one is 0 of 1.
struct SplitInfo {
  int64_t number = 0, count = 1;
};

llvm::Expected<SplitInfo> readSplit(const GGUFFile &file) {
  SplitInfo split;
  auto number = file.getInt("split.no");
  if (!number)
    return number.takeError();
  auto count = file.getInt("split.count");
  if (!count)
    return count.takeError();
  split.number = number->value_or(0);
  // Writers put 0 into a file that was never split.
  split.count = std::max<int64_t>(count->value_or(1), 1);
  if (split.number < 0 || split.number >= split.count || split.count > 65535)
    return makeError("{0}: split.no {1} should be below split.count {2}",
                     file.getPath(), split.number, split.count);
  return split;
}

/// "-00002-of-00003.gguf" for number 1 of 3.
std::string splitSuffix(int64_t number, int64_t count) {
  return llvm::formatv("-{0:D5}-of-{1:D5}.gguf", number + 1, count).str();
}

class Reader {
public:
  Reader(llvm::StringRef path, const ReadOptions &options) : options(options) {
    checkpoint = std::make_unique<Checkpoint>();
    checkpoint->path = path.str();
  }

  llvm::Expected<std::unique_ptr<Checkpoint>> readFile() {
    llvm::Expected<llvm::ArrayRef<uint8_t>> bytes = map(checkpoint->path);
    if (!bytes)
      return bytes.takeError();
    return readBytes(*bytes);
  }

  llvm::Expected<std::unique_ptr<Checkpoint>>
  readBytes(llvm::ArrayRef<uint8_t> bytes) {
    llvm::Expected<GGUFFile> file = GGUFFile::parse(bytes, checkpoint->path);
    if (!file)
      return file.takeError();
    if (llvm::Error error = checkFirst(*file))
      return error;
    llvm::Expected<ModelConfig> config =
        readGGUFConfig(*file, checkpoint->warnings);
    if (!config)
      return config.takeError();
    checkpoint->config = std::move(*config);
    llvm::Expected<TokenizerSpec> tokenizer = readGGUFTokenizer(
        *file, options.pre, checkpoint->config.causal, checkpoint->warnings);
    if (!tokenizer)
      return tokenizer.takeError();
    checkpoint->tokenizer = std::move(*tokenizer);
    if (llvm::Error error = addGGUFTensors(*file, *checkpoint))
      return error;
    if (llvm::Error error = readNeighbours(*file))
      return error;
    if (llvm::Error error = verifyCheckpoint(*checkpoint))
      return makeErrorText(checkpoint->path + ": " +
                           llvm::toString(std::move(error)));
    return std::move(checkpoint);
  }

private:
  llvm::Expected<llvm::ArrayRef<uint8_t>> map(llvm::StringRef path) {
    llvm::Expected<std::unique_ptr<MappedFile>> file = MappedFile::open(path);
    if (!file)
      return file.takeError();
    checkpoint->addSource(**file);
    checkpoint->files.push_back(std::move(*file));
    return checkpoint->files.back()->bytes();
  }

  llvm::Error checkFirst(const GGUFFile &file);
  llvm::Error readNeighbours(const GGUFFile &first);
  llvm::Error readNeighbour(llvm::StringRef path, int64_t number,
                            int64_t count);

  std::unique_ptr<Checkpoint> checkpoint;
  SplitInfo split;
  const ReadOptions options;
};

} // namespace

llvm::Error Reader::readNeighbour(llvm::StringRef path, int64_t number,
                                  int64_t count) {
  if (!llvm::sys::fs::exists(path))
    return makeError("part {0} of {1} of the checkpoint is missing: expected "
                     "{2} beside the first",
                     number + 1, count, path);
  llvm::Expected<llvm::ArrayRef<uint8_t>> bytes = map(path);
  if (!bytes)
    return bytes.takeError();
  llvm::Expected<GGUFFile> file = GGUFFile::parse(*bytes, path);
  if (!file)
    return file.takeError();
  llvm::Expected<SplitInfo> split = readSplit(*file);
  if (!split)
    return split.takeError();
  if (split->number != number || split->count != count)
    return makeError("{0} should be part {1} of {2} but says it is part {3} of "
                     "{4}; the files are of different checkpoints",
                     path, number + 1, count, split->number + 1, split->count);
  return addGGUFTensors(*file, *checkpoint);
}

llvm::Error Reader::checkFirst(const GGUFFile &file) {
  auto type = file.getString("general.type");
  if (!type)
    return type.takeError();
  if (*type && **type == "adapter")
    return makeError("{0} is an adapter without its model (general.type); give "
                     "the model that it was trained on as MODEL, and "
                     "--lora={0}",
                     checkpoint->path);
  llvm::Expected<SplitInfo> read = readSplit(file);
  if (!read)
    return read.takeError();
  split = *read;
  std::string suffix = splitSuffix(0, split.count);
  if (split.number != 0)
    return makeError("{0} is part {1} of {2}; give the first part, whose name "
                     "ends in {3}",
                     checkpoint->path, split.number + 1, split.count, suffix);
  if (split.count > 1 && !llvm::StringRef(checkpoint->path).ends_with(suffix))
    return makeError("{0} is the first of {1} parts, but its name does not end "
                     "in {2}, so the others cannot be found; rename it",
                     checkpoint->path, split.count, suffix);
  return llvm::Error::success();
}

llvm::Error Reader::readNeighbours(const GGUFFile &first) {
  llvm::StringRef prefix = checkpoint->path;
  if (split.count > 1)
    prefix = prefix.drop_back(splitSuffix(0, split.count).size());
  for (int64_t number = 1; number < split.count; ++number)
    if (llvm::Error error =
            readNeighbour((prefix + splitSuffix(number, split.count)).str(),
                          number, split.count))
      return error;
  auto total = first.getInt("split.tensors.count");
  if (!total)
    return total.takeError();
  if (*total && **total != int64_t(checkpoint->tensors.size()))
    return makeError("{0}: the parts should hold {1} tensors together but hold "
                     "{2}",
                     checkpoint->path, **total, checkpoint->tensors.size());
  return llvm::Error::success();
}

bool GGUFFrontend::accepts(llvm::StringRef path) const {
  if (llvm::sys::fs::is_directory(path))
    return false;
  if (path.ends_with_insensitive(".gguf"))
    return true;
  llvm::Expected<std::unique_ptr<MappedFile>> file = MappedFile::open(path);
  if (!file) {
    llvm::consumeError(file.takeError());
    return false;
  }
  return (*file)->text().starts_with("GGUF");
}

llvm::Expected<std::unique_ptr<Checkpoint>>
GGUFFrontend::read(llvm::StringRef path, const ReadOptions &options) const {
  return Reader(path, options).readFile();
}

llvm::Expected<std::unique_ptr<Checkpoint>>
lfm2c::readGGUFMemory(llvm::ArrayRef<uint8_t> bytes, llvm::StringRef path) {
  return Reader(path, {}).readBytes(bytes);
}

llvm::Expected<Adapter>
GGUFFrontend::readAdapter(const AdapterChoice &choice,
                          Checkpoint &checkpoint) const {
  return readGGUFAdapter(choice, checkpoint);
}

namespace lfm2c {
void registerFrontend_gguf(FrontendRegistry &registry) {
  registry.add("gguf", std::make_unique<GGUFFrontend>());
}
} // namespace lfm2c
