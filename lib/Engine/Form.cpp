#include "lib/Engine/Form.h"

#include "lib/Engine/Failure.h"

namespace lfm2e {

static uint64_t words(uint64_t bytes) { return (bytes + 7) / 8; }

void Forms::openVocabulary() {
  if (vocabulary)
    return;
  auto memory = std::make_shared<std::vector<uint64_t>>(
      words(api.vocabulary_size(&weights)));
  lfm2rt_vocabulary *made = nullptr;
  lfm2rt_error error;
  if (api.vocabulary_create(&made, &weights, memory->data(), memory->size() * 8,
                            &error))
    throw Failure(error);
  vocabularyMemory = std::move(memory);
  vocabulary = made;
}

std::shared_ptr<const Form> Forms::compile(const lfm2rt_form &form,
                                           std::string_view text) {
  auto made = std::make_shared<Form>();
  lfm2rt_error error;
  for (uint64_t bytes = api.grammar_size(text.size());; bytes *= 2) {
    // Not cleared: most of it stays untouched, and what is needed is copied.
    std::unique_ptr<uint64_t[]> work(new uint64_t[words(bytes)]);
    const lfm2rt_grammar *grammar = nullptr;
    if (api.grammar_create(&grammar, &weights, &form, text.data(), text.size(),
                           work.get(), words(bytes) * 8, &error) == LFM2RT_OK) {
      const auto *start = reinterpret_cast<const uint64_t *>(grammar);
      made->memory.assign(start, start + words(api.grammar_used(grammar)));
      made->grammar =
          reinterpret_cast<const lfm2rt_grammar *>(made->memory.data());
      break;
    }
    if (error.status != LFM2RT_NO_MEMORY)
      throw Failure(error);
  }
  openVocabulary();
  made->vocabulary = vocabulary;
  made->vocabularyMemory = vocabularyMemory;
  return made;
}

std::shared_ptr<const Form> Forms::get(uint32_t kind, uint32_t flags,
                                       const std::string &tool,
                                       std::string_view text) {
  std::string key = std::to_string(kind) + ' ' + std::to_string(flags) + ' ' +
                    tool + '\n' + std::string(text);
  std::lock_guard lock(mutex);
  auto found = byKey.find(key);
  if (found != byKey.end()) {
    kept.splice(kept.begin(), kept, found->second);
    return found->second->second;
  }
  lfm2rt_form form = {};
  form.kind = kind;
  form.flags = flags;
  form.tool = tool.empty() ? nullptr : tool.c_str();
  kept.emplace_front(key, compile(form, text));
  byKey[key] = kept.begin();
  if (kept.size() > most) {
    byKey.erase(kept.back().first);
    kept.pop_back();
  }
  return kept.front().second;
}

std::shared_ptr<const Form> Forms::own() {
  std::lock_guard lock(mutex);
  if (!hasOwn || ownForm)
    return ownForm;
  const lfm2rt_grammar *grammar = nullptr;
  lfm2rt_error error;
  if (api.grammar_open(&grammar, &weights, &error))
    throw Failure(error);
  hasOwn = grammar != nullptr;
  if (!hasOwn)
    return nullptr;
  openVocabulary();
  auto made = std::make_shared<Form>();
  made->grammar = grammar;
  made->vocabulary = vocabulary;
  made->vocabularyMemory = vocabularyMemory;
  return ownForm = std::move(made);
}

} // namespace lfm2e
