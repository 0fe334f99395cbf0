// Upper and lower case of characters, as tables of a section.

#ifndef LFM2C_LIB_CHAT_CASES_H
#define LFM2C_LIB_CHAT_CASES_H

#include "lib/Chat/Program.h"

#include <vector>

namespace lfm2c {

/// Of all characters behind ASCII. Those that become several, as "ß", do so by
/// constants of the program. What stands around a character does not count: a
/// final sigma is one like others.
std::vector<lfm2_template_case> makeCases(TemplateProgram &program);

} // namespace lfm2c

#endif // LFM2C_LIB_CHAT_CASES_H
