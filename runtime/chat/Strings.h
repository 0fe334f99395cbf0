// The methods of strings, and the filters that are like them.
#ifndef LFM2RT_CHAT_STRINGS_H
#define LFM2RT_CHAT_STRINGS_H

#include "runtime/chat/Operations.h"

namespace lfm2rt {

class Template;

// Upper, lower and title case, by the template's tables behind ASCII.
enum class Case { Upper, Lower, Title };
Text changeCase(Heap &heap, const Template &form, Text text, Case to);
// The first letter in title case, the others in lower case.
Text capitalize(Heap &heap, const Template &form, Text text);
// The first letter of each word so: a word begins behind what is no letter, or,
// for Jinja's filter, behind white space and one of -({[<.
Text makeTitle(Heap &heap, const Template &form, Text text, bool filter);
// Whether there are letters of that case, and none of the other.
bool isCase(const Template &form, Text text, Case wanted);

// `sides` is 1 for the start, 2 for the end, 3 for both; `characters` none for
// white space.
Value strip(Heap &heap, Text text, const Value &characters, int sides);
Value replace(Heap &heap, Text text, Text old, Text other, const Value &most);
Value join(Heap &heap, Text separator, const Value &values, bool onlyStrings);
Value splitLines(Heap &heap, Text text, bool keepEnds);
Value indent(Heap &heap, Text text, const Value &width, bool first, bool blank);

// A method (LFM2_METHOD_*) of values[0]; there are as many values as it takes.
Value callMethod(Heap &heap, const Template &form, uint32_t method,
                 const Value *values, uint32_t count);

} // namespace lfm2rt

#endif // LFM2RT_CHAT_STRINGS_H
