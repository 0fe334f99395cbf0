#include "frontends/safetensors/HFNames.h"
#include "lib/Weights/TensorNames.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <map>

using namespace lfm2c;
using llvm::StringRef;

/// Longer than any name of a tensor of the family, wrapped or not.
constexpr size_t longestName = 512;

/// `name` without the parts that wrappers of modules put in, wherever they are.
static std::string unwrap(StringRef name) {
  constexpr StringRef wrappers[] = {"_orig_mod", "module",
                                    "_fsdp_wrapped_module",
                                    "_checkpoint_wrapped_module"};
  std::string out;
  while (!name.empty()) {
    auto [part, rest] = name.split('.');
    if (rest.empty() || !llvm::is_contained(wrappers, part))
      out += (out.empty() ? "" : ".") + part.str();
    name = rest;
  }
  return out;
}

/// Whether a name inside of a text model begins so.
static bool isInside(StringRef name) {
  return llvm::any_of(
      llvm::ArrayRef<StringRef>(
          {"layers.", "embed_tokens.", "embedding_norm.", "lm_head."}),
      [&](StringRef root) { return name.starts_with(root); });
}

/// Whether `name` is of a layer, and of one of this family: towers for images
/// have layers and projections of attention, too.
static bool isOfFamily(StringRef name) {
  const TensorNameParts parts = splitTensorName(name, "layers.");
  return parts.layer >= 0 && !parts.leaf.starts_with("self_attn.") &&
         (parts.leaf.starts_with("feed_forward.experts.") ||
          !canonicalFromHF(name).empty());
}

HFNames::HFNames(llvm::ArrayRef<StringRef> names) {
  std::map<std::string, size_t> votes;
  for (StringRef wrapped : names) {
    if (wrapped.size() > longestName)
      continue;
    const std::string name = unwrap(wrapped);
    for (size_t at = 0; at != StringRef::npos && at < name.size();) {
      if (isOfFamily(StringRef(name).drop_front(at))) {
        ++votes[name.substr(0, at)];
        break;
      }
      const size_t dot = name.find('.', at);
      at = dot == std::string::npos ? dot : dot + 1;
    }
  }
  size_t most = 0;
  for (const auto &[candidate, count] : votes)
    if (count > most) {
      most = count;
      prefix = candidate;
    }
}

std::optional<std::string> HFNames::inTextModel(StringRef wrapped) const {
  if (wrapped.ends_with(".inv_freq") || wrapped.size() > longestName)
    return std::nullopt;
  const std::string name = unwrap(wrapped);
  // The head stands outside of what the layers stand in, so a leading part of
  // the prefix will do as well.
  for (StringRef outer = prefix;;) {
    StringRef rest = name;
    if (rest.consume_front(outer) && isInside(rest))
      return rest.str();
    if (outer.empty())
      return std::nullopt;
    const size_t dot = outer.drop_back().rfind('.');
    outer = dot == StringRef::npos ? "" : outer.take_front(dot + 1);
  }
}

bool lfm2c::isAdapterName(StringRef name) {
  return llvm::any_of(
      llvm::ArrayRef<StringRef>({".lora_", ".base_layer.", ".modules_to_save.",
                                 ".ia3_l", ".oft_", ".hada_w", ".lokr_w",
                                 ".vera_lambda"}),
      [&](StringRef mark) { return name.contains(mark); });
}
