#include "lib/Weights/Adapter.h"

#include "lib/Support/Error.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cmath>
#include <map>

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

llvm::Expected<AdapterChoice> AdapterChoice::parse(StringRef text) {
  AdapterChoice choice{text.str(), text.str()};
  const size_t colon = text.rfind(':');
  if (colon == StringRef::npos || llvm::sys::fs::exists(text))
    return choice;
  choice.path = text.take_front(colon).str();
  if (text.drop_front(colon + 1).getAsDouble(choice.scale) ||
      !std::isfinite(choice.scale))
    return makeError("expected --lora=PATH or --lora=PATH:SCALE with a finite "
                     "number as the scale, found {0} behind the colon of {1}",
                     quoted(text.drop_front(colon + 1)), text);
  return choice;
}

namespace {

constexpr StringRef embeddingName = "token_embd.weight",
                    headName = "output.weight";

class Merger {
public:
  explicit Merger(Checkpoint &checkpoint) : checkpoint(checkpoint) {}

  Error add(const Adapter &adapter) {
    llvm::StringSet<> changed;
    // PEFT saves what is tied for both.
    const bool dropsHead =
        isTied() && adapter.keepsTie && hasPart(adapter, embeddingName);
    for (const Tensor &tensor : adapter.replacements) {
      if (dropsHead && tensor.name == headName)
        continue;
      changed.insert(tensor.name);
      if (Error error = replace(adapter, tensor))
        return error;
    }
    for (const AdapterUpdate &update : adapter.updates) {
      if (dropsHead && update.target == headName)
        continue;
      changed.insert(update.target);
      if (Error error = addUpdate(adapter, update))
        return error;
    }
    if (changed.empty())
      return makeError("{0} changes no weight of the model: it has no update "
                       "of a text model{1}",
                       adapter.path,
                       adapter.leftOut.empty()
                           ? ""
                           : ", only " + quoted(adapter.leftOut.front()) +
                                 " and the like");
    if (!adapter.leftOut.empty())
      checkpoint.warnings.push_back(
          llvm::formatv("{0} tensors of {1} are for no part of the text model "
                        "and were left out, {2} the first",
                        adapter.leftOut.size(), adapter.path,
                        quoted(adapter.leftOut.front()))
              .str());
    checkpoint.adapters.push_back(
        {llvm::sys::path::filename(StringRef(adapter.path).rtrim('/')).str(),
         adapter.kind, adapter.scale, int64_t(changed.size())});
    return Error::success();
  }

  /// After the last adapter.
  void finish() {
    for (auto &[name, updates] : all) {
      Tensor &tensor = checkpoint.tensors.find(name)->second;
      Tensor sum = addLowRank(tensor, std::move(updates.list));
      for (TensorOrigin &origin : sum.origins)
        origin.file += " with " + updates.path;
      checkpoint.bytesBeforeMerging += tensor.bytes();
      checkpoint.bytesOfMerged += sum.bytes();
      tensor = std::move(sum);
    }
  }

private:
  struct Updates {
    std::vector<LowRankUpdate> list;
    std::string path; // Of the last adapter.
  };

  bool isTied() const {
    const ModelConfig &config = checkpoint.config;
    return config.tiedHead && (config.causal || config.embedding.hasLogits);
  }

  static bool hasPart(const Adapter &adapter, StringRef name) {
    return llvm::any_of(adapter.replacements,
                        [&](const Tensor &t) { return t.name == name; }) ||
           llvm::any_of(adapter.updates, [&](const AdapterUpdate &update) {
             return update.target == name;
           });
  }

  /// The weight, or null. A tied head that is changed alone, or whose table is,
  /// becomes a weight of its own first.
  Tensor *find(const Adapter &adapter, StringRef name) {
    const bool isTable =
        isTied() && (name == embeddingName || name == headName);
    auto table = checkpoint.tensors.find(embeddingName);
    if (isTable && table != checkpoint.tensors.end()) {
      if (adapter.keepsTie)
        return &table->second;
      Tensor head = table->second;
      head.name = headName.str();
      checkpoint.tensors.insert_or_assign(headName, std::move(head));
      checkpoint.config.tiedHead = false;
      if (auto updates = all.find(embeddingName.str()); updates != all.end())
        all[headName.str()] = updates->second;
    }
    auto it = checkpoint.tensors.find(name);
    return it == checkpoint.tensors.end() ? nullptr : &it->second;
  }

  /// The model that an adapter says it is of, for the end of a message.
  static std::string ofModel(const Adapter &adapter) {
    return adapter.baseName.empty()
               ? "; the adapter is of another model"
               : "; the adapter is of another model: it says it is of " +
                     quoted(adapter.baseName);
  }

  Error noSuchWeight(const Adapter &adapter, const Tensor &tensor,
                     StringRef target) const {
    return makeError("{0}: tensor {1} is for {2}, which {3} does not have{4}",
                     tensor.origins.front().file, tensor.label(),
                     quoted(checkpoint.naming.spell(target)), checkpoint.path,
                     ofModel(adapter));
  }

  Error replace(const Adapter &adapter, const Tensor &tensor) {
    Tensor *old = find(adapter, tensor.name);
    if (!old)
      return noSuchWeight(adapter, tensor, tensor.name);
    if (old->shape != tensor.shape)
      return makeError("{0}: tensor {1} has shape {2}, but {3} of {4}, which "
                       "it is to replace, has {5}{6}",
                       tensor.origins.front().file, tensor.label(),
                       formatShape(tensor.shape), old->label(), checkpoint.path,
                       formatShape(old->shape), ofModel(adapter));
    auto [before, isNew] = replacedBy.try_emplace(tensor.name, adapter.path);
    if (!isNew)
      return makeError("{0}: tensor {1} is to replace {2}, which {3} replaces "
                       "already; leave one of the adapters out",
                       tensor.origins.front().file, tensor.label(),
                       old->label(), before->second);
    // What adapters before this one added is gone with what they added it to.
    all.erase(old->name);
    const std::string name = old->name;
    *old = tensor;
    old->name = name;
    return Error::success();
  }

  Error addUpdate(const Adapter &adapter, const AdapterUpdate &added) {
    const LowRankUpdate &update = added.update;
    const Tensor *weight = find(adapter, added.target);
    if (!weight)
      return noSuchWeight(adapter, update.a, added.target);
    if (Error error = checkFit(adapter, added, *weight))
      return error;
    Updates &updates = all[weight->name];
    updates.list.push_back(update);
    updates.path = adapter.path;
    return Error::success();
  }

  Error checkFit(const Adapter &adapter, const AdapterUpdate &added,
                 const Tensor &weight) const {
    const LowRankUpdate &update = added.update;
    const llvm::ArrayRef<int64_t> shape = weight.shape;
    auto misfit = [&](const Tensor &tensor, llvm::ArrayRef<int64_t> found) {
      return makeError("{0}: tensor {1} of shape {2} does not fit {3} of "
                       "shape {4} in {5}{6}",
                       tensor.origins.front().file, tensor.label(),
                       formatShape(found), weight.label(),
                       formatShape(added.shapeOfTarget.empty()
                                       ? shape
                                       : llvm::ArrayRef(added.shapeOfTarget)),
                       checkpoint.path, ofModel(adapter));
    };
    const bool stacked = shape.size() == 3;
    // One of the stacked matrices has two dimensions, as all others.
    const size_t dimensions = stacked && update.matrix < 0 ? 3 : 2;
    if (shape.size() < 2 || update.a.shape.size() != dimensions ||
        (!stacked && update.matrix >= 0) ||
        (stacked && update.matrix >= shape[0]) ||
        update.a.shape.back() != shape.back() ||
        (dimensions == 3 && update.a.shape[0] != shape[0]))
      return misfit(update.a, added.shapeOfA);
    if (update.b.shape.size() != dimensions ||
        update.b.shape[dimensions - 2] != shape[shape.size() - 2] ||
        (dimensions == 3 && update.b.shape[0] != shape[0]))
      return misfit(update.b, added.shapeOfB);
    if (update.b.shape.back() != update.rank() || update.rank() < 1)
      return makeError("{0}: tensors {1} of shape {2} and {3} of shape {4} "
                       "should have one rank; the adapter is damaged",
                       update.a.origins.front().file, update.a.label(),
                       formatShape(added.shapeOfA), update.b.label(),
                       formatShape(added.shapeOfB));
    const int64_t length = update.kind == Magnitude::None ? 0
                           : update.kind == Magnitude::Rows
                               ? shape[shape.size() - 2]
                               : shape.back();
    if (length != 0 && update.magnitude.elements() != length)
      return misfit(update.magnitude, update.magnitude.shape);
    return Error::success();
  }

  Checkpoint &checkpoint;
  std::map<std::string, Updates> all; // By the weight's name.
  llvm::StringMap<std::string> replacedBy;
};

} // namespace

Error lfm2c::mergeAdapters(llvm::ArrayRef<Adapter> adapters,
                           Checkpoint &checkpoint) {
  Merger merger(checkpoint);
  for (const Adapter &adapter : adapters)
    if (Error error = merger.add(adapter))
      return error;
  merger.finish();
  return Error::success();
}
