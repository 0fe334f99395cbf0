// What schemas call formats, as regular expressions.
#include "runtime/grammar/Schema.h"

namespace lfm2rt {
namespace grammar {

#define DATE                                                                   \
  "(\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|"                          \
  "(0[469]|11)-(0[1-9]|[12]\\d|30)|02-(0[1-9]|1\\d|2[0-8]))|"                  \
  "(\\d\\d(0[48]|[2468][048]|[13579][26])|"                                    \
  "([02468][048]|[13579][26])00)-02-29)"
#define TIME                                                                   \
  "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?"                           \
  "(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)"
#define LABEL "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#define BYTE "(\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])"
#define IPV4 BYTE "(\\." BYTE "){3}"
#define ATOM "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
#define MINUTES "\\d+M(\\d+S)?"
#define CLOCK "T(\\d+H(" MINUTES ")?|" MINUTES "|\\d+S)"
#define MONTHS "\\d+M(\\d+D)?"

const char *expressionOfFormat(Text format) {
  static const struct {
    const char *name, *expression;
  } formats[] = {
      {"date", DATE},
      {"time", TIME},
      {"date-time", DATE "T" TIME},
      {"duration",
       "P(\\d+W|(\\d+Y(" MONTHS ")?|" MONTHS "|\\d+D)(" CLOCK ")?|" CLOCK ")"},
      {"uuid", "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"},
      {"email", ATOM "(\\." ATOM ")*@" LABEL "(\\." LABEL ")+"},
      {"hostname", LABEL "(\\." LABEL ")*"},
      {"ipv4", IPV4},
  };
  for (const auto &known : formats)
    if (equal(format, Text{known.name, uint32_t(length(known.name))}))
      return known.expression;
  return nullptr;
}

} // namespace grammar
} // namespace lfm2rt
