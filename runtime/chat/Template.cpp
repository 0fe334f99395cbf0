#include "runtime/chat/Template.h"

namespace lfm2rt {

static constexpr uint8_t elementBytes[LFM2_TEMPLATE_NUM_TABLES] = {
    sizeof(lfm2_template_constant), 4, 2, sizeof(lfm2_template_function), 4, 4,
    sizeof(lfm2_template_case),     1};

bool Template::isString(uint32_t number) const {
  return number < count(LFM2_TEMPLATE_CONSTANTS) &&
         constant(number).kind == Kind::String;
}

bool Template::open(const void *section, uint64_t bytes) {
  header = static_cast<const lfm2_template_header *>(section);
  if (bytes < sizeof(*header) || reinterpret_cast<uintptr_t>(section) % 8 ||
      memcmp(header->magic, LFM2_TEMPLATE_MAGIC, sizeof(header->magic)) != 0 ||
      header->version != LFM2_TEMPLATE_VERSION || header->bytes != bytes)
    return false;
  for (int i = 0; i < LFM2_TEMPLATE_NUM_TABLES; ++i) {
    const lfm2_template_table &table = header->tables[i];
    if (table.offset % 8 || table.offset > bytes ||
        uint64_t(table.count) * elementBytes[i] > bytes - table.offset)
      return false;
  }
  uint32_t places = count(LFM2_TEMPLATE_CODE),
           constants = count(LFM2_TEMPLATE_CONSTANTS),
           room = count(LFM2_TEMPLATE_BYTES);
  bool good = count(LFM2_TEMPLATE_LINES) == places &&
              count(LFM2_TEMPLATE_FUNCTIONS) > 0 &&
              count(LFM2_TEMPLATE_GLOBALS) % 2 == 0 &&
              constants >= LFM2_MESSAGE_NUM;
  for (uint32_t i = 0; i < constants; ++i) {
    const lfm2_template_constant &c =
        at<lfm2_template_constant>(LFM2_TEMPLATE_CONSTANTS)[i];
    good &= c.kind == LFM2_CONSTANT_STRING
                ? c.value <= room && c.size <= room - c.value
                : c.kind <= LFM2_CONSTANT_NUMBER && i >= LFM2_MESSAGE_NUM;
  }
  for (int table = LFM2_TEMPLATE_GLOBALS; table <= LFM2_TEMPLATE_VARIABLES;
       ++table)
    for (uint32_t i = 0; good && i < count(table); ++i)
      good = isString(words(table)[i]);
  for (uint32_t i = 0; good && i < count(LFM2_TEMPLATE_FUNCTIONS); ++i) {
    const lfm2_template_function &f = function(i);
    good = f.start < places && isString(f.name) &&
           f.parameters <= f.variables && f.variables <= 0xffff;
  }
  return good;
}

Value Template::constant(uint32_t number) const {
  const lfm2_template_constant &found =
      at<lfm2_template_constant>(LFM2_TEMPLATE_CONSTANTS)[number];
  if (found.kind == LFM2_CONSTANT_STRING)
    return makeString(
        {at<char>(LFM2_TEMPLATE_BYTES) + size_t(found.value), found.size});
  Value value = makeInteger(int64_t(found.value)); // Or the bits of a number.
  if (found.kind == LFM2_CONSTANT_NUMBER)
    value.kind = Kind::Number;
  return value;
}

} // namespace lfm2rt
