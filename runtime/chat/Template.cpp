#include "runtime/chat/Template.h"

namespace lfm2rt {

static constexpr uint8_t elementBytes[LFM2_TEMPLATE_NUM_TABLES] = {
    sizeof(lfm2_template_constant), 4, 2, sizeof(lfm2_template_function), 4, 4,
    sizeof(lfm2_template_case),     1};

bool Template::constantsFit() const {
  auto *constants = at<lfm2_template_constant>(LFM2_TEMPLATE_CONSTANTS);
  for (uint32_t i = 0; i < count(LFM2_TEMPLATE_CONSTANTS); ++i) {
    const lfm2_template_constant &constant = constants[i];
    uint32_t room = count(LFM2_TEMPLATE_BYTES);
    if (constant.kind > LFM2_CONSTANT_NUMBER ||
        (constant.kind == LFM2_CONSTANT_STRING &&
         (constant.value > room || constant.size > room - constant.value)))
      return false;
  }
  return true;
}

// Whether all numbers of the table are those of constants that are strings.
bool Template::namesFit(int table) const {
  for (uint32_t i = 0; i < count(table); ++i) {
    uint32_t number = at<uint32_t>(table)[i];
    if (number >= count(LFM2_TEMPLATE_CONSTANTS) ||
        constant(number).kind != Kind::String)
      return false;
  }
  return true;
}

bool Template::open(const void *section, uint64_t bytes) {
  header = static_cast<const lfm2_template_header *>(section);
  if (bytes < sizeof(*header) || reinterpret_cast<uintptr_t>(section) % 8 ||
      memcmp(header->magic, LFM2_TEMPLATE_MAGIC, sizeof(header->magic)) ||
      header->version != LFM2_TEMPLATE_VERSION || header->bytes != bytes)
    return false;
  for (int i = 0; i < LFM2_TEMPLATE_NUM_TABLES; ++i) {
    const lfm2_template_table &table = header->tables[i];
    if (table.offset % 8 || table.offset > bytes ||
        uint64_t(table.count) * elementBytes[i] > bytes - table.offset)
      return false;
  }
  uint32_t places = count(LFM2_TEMPLATE_CODE),
           constants = count(LFM2_TEMPLATE_CONSTANTS);
  if (!constantsFit() || count(LFM2_TEMPLATE_LINES) != places ||
      count(LFM2_TEMPLATE_FUNCTIONS) == 0 || count(LFM2_TEMPLATE_GLOBALS) % 2 ||
      !namesFit(LFM2_TEMPLATE_GLOBALS) || !namesFit(LFM2_TEMPLATE_VARIABLES))
    return false;
  for (uint32_t i = 0; i < count(LFM2_TEMPLATE_FUNCTIONS); ++i) {
    const lfm2_template_function &f = function(i);
    if (f.start >= places || f.name >= constants || f.names > constants ||
        f.parameters > constants - f.names || f.positional > f.parameters ||
        f.parameters > f.variables || f.variables > 0xffff)
      return false;
  }
  return true;
}

Value Template::constant(uint32_t number) const {
  const lfm2_template_constant &found =
      at<lfm2_template_constant>(LFM2_TEMPLATE_CONSTANTS)[number];
  Value value;
  if (found.kind == LFM2_CONSTANT_STRING)
    return makeString(
        {at<char>(LFM2_TEMPLATE_BYTES) + size_t(found.value), found.size});
  value.kind =
      found.kind == LFM2_CONSTANT_INTEGER ? Kind::Integer : Kind::Number;
  value.integer = int64_t(found.value); // The bits of a number, too.
  return value;
}

} // namespace lfm2rt
