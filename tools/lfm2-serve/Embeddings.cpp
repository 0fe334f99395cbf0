// POST /v1/embeddings

#include "tools/lfm2-serve/Embeddings.h"

#include "tools/lfm2-serve/App.h"
#include "tools/lfm2-serve/Refusal.h"
#include <algorithm>

namespace lfm2s {
namespace {

using lfm2e::Embedder;

/// Texts read in one call, so that other clients get their turn in between.
constexpr size_t slice = 16;

Texts readInput(const Fields &request, const lfm2e::Model &model) {
  const char *expected =
      "a string, a list of strings, a list of ids, or a list of these";
  const Json *input = request.find("input");
  if (!input || (!input->is_string() && !input->is_array()))
    request.refuse("input", expected);
  std::string prompt = request.textOr("prompt_name", "");
  auto read = [&](const Json &one) {
    if (one.is_string())
      return model.tokenizeForVector(one.get<std::string>(),
                                     prompt.empty() ? nullptr : prompt.c_str());
    if (!one.is_array())
      request.refuse("input", expected);
    return readIds(one, "input", model.vocabulary());
  };
  bool isOne =
      input->is_string() || (!input->empty() && input->front().is_number());
  if (isOne)
    return {read(*input)};
  if (input->empty() || input->size() > mostTexts)
    request.refuse("input", "1 ... " + std::to_string(mostTexts) + " texts");
  Texts texts;
  for (const Json &one : *input)
    texts.push_back(read(one));
  return texts;
}

std::string base64(const float *values, size_t count) {
  static const char letters[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  auto *bytes = reinterpret_cast<const unsigned char *>(values);
  size_t size = count * sizeof(float);
  std::string text;
  text.reserve((size + 2) / 3 * 4);
  for (size_t i = 0; i < size; i += 3) {
    uint32_t bits = uint32_t(bytes[i]) << 16;
    if (i + 1 < size)
      bits |= uint32_t(bytes[i + 1]) << 8;
    if (i + 2 < size)
      bits |= bytes[i + 2];
    for (size_t k = 0; k < 4; ++k)
      text += i + k > size ? '=' : letters[bits >> (18 - 6 * k) & 63];
  }
  return text;
}

void embeddings(App &app, Exchange &exchange, const Fields &request) {
  std::shared_ptr<Served> served = app.model(exchange, request);
  served->vectors();
  bool isBase64 =
      request.word("encoding_format", {"float", "base64"}) == "base64";
  uint32_t flags = request.textOr("prompt_name", "") == "query"
                       ? uint32_t(LFM2RT_IS_QUERY)
                       : 0;
  uint64_t tokens = 0;
  Json data = Json::array();
  embedAll(exchange, *served, readInput(request, *served->model), flags, tokens,
           [&](const float *values, uint32_t rows, uint32_t width) {
             checkDimensions(request, width);
             Json one = {{"object", "embedding"}, {"index", data.size()}};
             one["embedding"] = isBase64 && rows == 1
                                    ? Json(base64(values, width))
                                    : vectorsOf(values, rows, width);
             data.push_back(std::move(one));
           });
  exchange.reply(
      {{"object", "list"},
       {"data", data},
       {"model", served->name},
       {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}});
}

} // namespace

void checkDimensions(const Fields &request, uint32_t width) {
  if (request.whole("dimensions", 1, UINT32_MAX).value_or(width) != width)
    request.refuse("dimensions",
                   std::to_string(width) + ", as this model's vectors have");
}

Json vectorsOf(const float *values, uint32_t rows, uint32_t width) {
  if (rows == 1)
    return Json(std::vector<float>(values, values + width));
  Json list = Json::array();
  for (uint32_t i = 0; i < rows; ++i)
    list.push_back(vectorsOf(values + size_t(i) * width, 1, width));
  return list;
}

void embedAll(Exchange &exchange, Served &served, const Texts &texts,
              uint32_t flags, uint64_t &tokens, const TakeVectors &take) {
  Embedder &embedder = served.vectors();
  for (size_t i = 0; i < texts.size(); ++i)
    if (texts[i].empty() ||
        (!(flags & LFM2RT_TRUNCATE) && texts[i].size() > embedder.limit()))
      throw badRequest("expected texts of 1 ... " +
                           std::to_string(embedder.limit()) +
                           " tokens, found " + std::to_string(texts[i].size()) +
                           " in text " + std::to_string(i) + "; shorten it",
                       "input", "context_length_exceeded");
  for (size_t begin = 0; begin < texts.size(); begin += slice) {
    exchange.checkClient();
    size_t end = std::min(begin + slice, texts.size());
    Embedder::Vectors vectors = embedder.embed(
        Texts(texts.begin() + ptrdiff_t(begin), texts.begin() + ptrdiff_t(end)),
        flags);
    const float *at = vectors.values.data();
    for (uint32_t rows : vectors.rows) {
      take(at, rows, vectors.width);
      at += size_t(rows) * vectors.width;
    }
    tokens += vectors.tokens;
  }
  exchange.record.promptTokens = uint32_t(tokens);
}

void addEmbeddings(App &app) {
  app.post("/v1/embeddings", Dialect::OpenAI, embeddings);
}

} // namespace lfm2s
