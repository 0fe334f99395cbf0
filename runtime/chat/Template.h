// A compiled template, opened: its tables, checked.
#ifndef LFM2RT_CHAT_TEMPLATE_H
#define LFM2RT_CHAT_TEMPLATE_H

#include "lfm2rt/chat_format.h"
#include "runtime/json/Value.h"

namespace lfm2rt {

class Template {
public:
  // Whether the section is one, and its numbers stay within it. What code names
  // is checked where it runs.
  bool open(const void *section, uint64_t bytes);

  uint32_t count(int table) const { return header->tables[table].count; }
  const uint32_t *words(int table) const { return at<uint32_t>(table); }
  uint32_t lineOf(uint32_t place) const {
    return at<uint16_t>(LFM2_TEMPLATE_LINES)[place];
  }
  const lfm2_template_function &function(uint32_t number) const {
    return at<lfm2_template_function>(LFM2_TEMPLATE_FUNCTIONS)[number];
  }
  Value constant(uint32_t number) const;
  const lfm2_template_case *cases() const {
    return at<lfm2_template_case>(LFM2_TEMPLATE_CASES);
  }
  // Whether control tokens are spelled with this character of ASCII.
  bool spells(uint32_t c) const {
    return c < 0x80 && (header->spelling[c / 32] >> (c % 32) & 1);
  }

private:
  template <typename T> const T *at(int table) const {
    return reinterpret_cast<const T *>(
        reinterpret_cast<const uint8_t *>(header) +
        header->tables[table].offset);
  }
  bool isString(uint32_t constant) const;

  const lfm2_template_header *header = nullptr;
};

} // namespace lfm2rt

#endif // LFM2RT_CHAT_TEMPLATE_H
