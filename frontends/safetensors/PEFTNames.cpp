#include "frontends/safetensors/PEFTNames.h"

#include "llvm/ADT/STLExtras.h"

using namespace lfm2c;
using llvm::StringRef;

// Longer than any name of a tensor of the family, wrapped or not.
static constexpr size_t longestName = 512;

/// Takes `part` out of `name` wherever it stands, and counts it.
static unsigned takeOut(std::string &name, StringRef part) {
  unsigned count = 0;
  for (size_t at; (at = name.find(part.str())) != std::string::npos; ++count)
    name.erase(at, part.size());
  return count;
}

/// Whether `text`, which follows a mark, is what PEFT puts behind one: the
/// adapter's name, which it mostly leaves out, and ".weight".
static bool isTail(StringRef text) {
  text.consume_back(".weight");
  return text.empty() || (text.consume_front(".") && !text.empty() &&
                          !text.contains('.') && text != "bias");
}

PEFTName lfm2c::parsePEFTName(StringRef name) {
  static constexpr struct {
    StringRef mark;
    PEFTName::Role role;
  } marks[] = {{".lora_A", PEFTName::A},
               {".lora_B", PEFTName::B},
               {".lora_embedding_A", PEFTName::EmbeddingA},
               {".lora_embedding_B", PEFTName::EmbeddingB},
               {".lora_magnitude_vector", PEFTName::Magnitude}};
  PEFTName parsed;
  if (name.size() > longestName)
    return parsed;
  name.consume_front("base_model.model.");
  for (const auto &[mark, role] : marks) {
    const size_t at = name.find(mark);
    if (at == StringRef::npos)
      continue;
    parsed.module = name.take_front(at).str();
    parsed.depth = takeOut(parsed.module, ".base_layer");
    if (isTail(name.drop_front(at + mark.size())))
      parsed.role = role;
    return parsed;
  }
  parsed.module = name.str();
  if (name.contains(".original_module.")) {
    parsed.role = PEFTName::Unused;
    return parsed;
  }
  takeOut(parsed.module, ".base_layer");
  const size_t saved = parsed.module.find(".modules_to_save.");
  if (saved != std::string::npos) {
    // The adapter's name may stand between.
    StringRef rest = StringRef(parsed.module).drop_front(saved + 17);
    if (rest.contains('.'))
      rest = rest.split('.').second;
    parsed.module = parsed.module.substr(0, saved) + "." + rest.str();
  }
  const StringRef whole = parsed.module;
  if (whole.ends_with(".weight") || whole.ends_with(".expert_bias") ||
      whole.ends_with(".gate_up_proj") || whole.ends_with(".down_proj"))
    parsed.role = PEFTName::Whole;
  return parsed;
}

std::optional<std::string> lfm2c::peftModuleInText(StringRef module) {
  // What may stand around the layers of a text model; of a tower for images
  // something else does.
  static constexpr StringRef outer[] = {
      "base_model.", "model.",     "language_model.",
      "text_model.", "lfm2.",      "lfm.",
      "module.",     "_orig_mod.", "_fsdp_wrapped_module."};
  for (bool found = true; found;)
    found = llvm::any_of(
        outer, [&](StringRef part) { return module.consume_front(part); });
  for (StringRef root :
       {"layers.", "embed_tokens", "embedding_norm", "lm_head"})
    if (module.starts_with(root))
      return module.str();
  return std::nullopt;
}
