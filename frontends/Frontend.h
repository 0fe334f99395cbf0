// A front end reads one kind of checkpoint.
//
// It is a folder with one line of CMake, lfm2_frontend(name SOURCES ...), and a
// function registerFrontend_<name>(); the list of them is generated.

#ifndef LFM2C_FRONTENDS_FRONTEND_H
#define LFM2C_FRONTENDS_FRONTEND_H

#include "lib/Weights/Adapter.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <vector>

namespace lfm2c {

/// What a user says in place of what a checkpoint says itself.
struct ReadOptions {
  /// How a text is split, by a name of lib/Model/PreTokenizers.h; empty: as the
  /// checkpoint says.
  std::string pre;
  /// Merged into the weights, in this order.
  std::vector<AdapterChoice> adapters;
};

class Frontend {
public:
  virtual ~Frontend() = default;

  /// What it reads, for messages: "a GGUF file".
  virtual llvm::StringRef getDescription() const = 0;
  /// Whether `path`, which exists, looks like its kind. Looks at the name and
  /// the first bytes only.
  virtual bool accepts(llvm::StringRef path) const = 0;
  /// How names of files of its kind end, ".gguf"; empty where it reads folders.
  virtual llvm::StringRef getEnding() const { return ""; }
  /// Reads and verifies the checkpoint. Weights stay mapped.
  virtual llvm::Expected<std::unique_ptr<Checkpoint>>
  read(llvm::StringRef path, const ReadOptions &options) const = 0;

  /// What an adapter of its kind is, for messages: "a GGUF file".
  virtual llvm::StringRef getAdapterDescription() const = 0;
  /// Whether `path`, which exists, looks like an adapter of its kind, or like a
  /// model in its place.
  virtual bool acceptsAdapter(llvm::StringRef path) const = 0;
  /// Reads the adapter for the model that `checkpoint` holds, whichever front
  /// end read it; the checkpoint keeps the adapter's files mapped.
  virtual llvm::Expected<Adapter> readAdapter(const AdapterChoice &choice,
                                              Checkpoint &checkpoint) const = 0;
};

class FrontendRegistry {
public:
  struct Entry {
    std::string name;
    std::unique_ptr<Frontend> frontend;
  };

  void add(llvm::StringRef name, std::unique_ptr<Frontend> frontend) {
    entries.push_back({name.str(), std::move(frontend)});
  }
  const std::vector<Entry> &getEntries() const { return entries; }
  /// The front end that accepts `path`, or null.
  const Frontend *find(llvm::StringRef path) const;
  /// Whether a file called `name` is one that a front end reads, by its ending.
  bool isNamedAsModel(llvm::StringRef name) const;
  /// All kinds, for messages: "a GGUF file or a Hugging Face directory".
  std::string describe() const;

private:
  std::vector<Entry> entries;
};

/// Adds every front end that was built, in the order of frontends/.
void registerAllFrontends(FrontendRegistry &registry);

/// Reads the checkpoint that `path` stands for (see Locate.h) by the front end
/// that accepts it, and merges adapters into it. Fails if nothing is there, if
/// no front end knows the kind, or as that front end does.
llvm::Expected<std::unique_ptr<Checkpoint>>
readCheckpoint(llvm::StringRef path, const ReadOptions &options = {});
/// Merges the adapters of `options` into a checkpoint that has none of them.
llvm::Error readAdapters(const ReadOptions &options, Checkpoint &checkpoint);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_FRONTEND_H
