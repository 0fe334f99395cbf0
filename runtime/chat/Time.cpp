// The date and time of a clock as text.
#include "runtime/chat/Filters.h"
#include "runtime/json/Numbers.h"

namespace lfm2rt {
namespace {

struct Moment {
  int64_t year, second; // Of the day.
  int64_t month, day;   // From 1.
  int64_t dayOfYear;    // From 1.
  int64_t weekday;      // From Sunday, 0.
};

int64_t divideDown(int64_t a, int64_t b) { return a / b - (a % b < 0); }

// Days are counted from the first of March of the year 0, so that the day of a
// leap year stands at the end of a cycle of 400, 100, 4 or one years.
Moment momentOf(const Clock &clock) {
  int64_t seconds = clock.seconds + clock.offset;
  int64_t days = divideDown(seconds, 86400);
  Moment moment;
  moment.second = seconds - days * 86400;
  moment.weekday = ((days + 4) % 7 + 7) % 7;
  int64_t since = days + 719468;
  int64_t era = divideDown(since, 146097), ofEra = since - era * 146097;
  int64_t year = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365;
  int64_t ofYear = ofEra - (365 * year + year / 4 - year / 100);
  int64_t month = (5 * ofYear + 2) / 153; // From March.
  moment.day = ofYear - (153 * month + 2) / 5 + 1;
  moment.month = month < 10 ? month + 3 : month - 9;
  moment.year = year + era * 400 + (moment.month <= 2);
  bool leap = moment.year % 4 == 0 &&
              (moment.year % 100 != 0 || moment.year % 400 == 0);
  moment.dayOfYear = month < 10 ? ofYear + 60 + leap : ofYear - 305;
  return moment;
}

const char months[] = "January\0  February\0 March\0    April\0    May\0      "
                      "June\0     July\0     August\0   September\0October\0  "
                      "November\0 December";
const char weekdays[] =
    "Sunday\0   Monday\0   Tuesday\0  Wednesday\0Thursday\0 "
    "Friday\0   Saturday";

void putName(TextBuilder &to, const char *names, int64_t number, bool whole) {
  const char *name = names + number * 10;
  to.put({name, whole ? uint32_t(length(name)) : 3});
}

void putNumber(TextBuilder &to, int64_t number, uint32_t width, char fill) {
  char digits[numberBytes];
  uint32_t bytes = writeInteger(number, digits);
  for (; fill && bytes < width; --width)
    to.put(fill);
  to.put({digits, bytes});
}

} // namespace

Value formatTime(Heap &heap, const Clock &clock, Text format) {
  constexpr int64_t most = 1ll << 40; // Some tens of thousands of years.
  if (clock.seconds > most || clock.seconds < -most)
    return heap.fail("expected a time near ours, found another");
  Moment moment = momentOf(clock);
  int64_t hour = moment.second / 3600, minute = moment.second / 60 % 60;
  TextBuilder to(heap);
  for (Letters letters(format); !letters.atEnd();) {
    const char *start = letters.at;
    uint32_t code = letters.next();
    if (code != '%' || letters.atEnd()) {
      to.put({start, uint32_t(letters.at - start)});
      continue;
    }
    code = letters.next();
    char zero = '0';
    if (code == '-' && !letters.atEnd()) {
      zero = 0;
      code = letters.next();
    }
    switch (code) {
    case 'Y':
      putNumber(to, moment.year, 4, 0);
      break;
    case 'y':
      putNumber(to, moment.year % 100, 2, zero);
      break;
    case 'm':
      putNumber(to, moment.month, 2, zero);
      break;
    case 'd':
      putNumber(to, moment.day, 2, zero);
      break;
    case 'e':
      putNumber(to, moment.day, 2, zero ? ' ' : '\0');
      break;
    case 'j':
      putNumber(to, moment.dayOfYear, 3, zero);
      break;
    case 'H':
      putNumber(to, hour, 2, zero);
      break;
    case 'I':
      putNumber(to, (hour + 11) % 12 + 1, 2, zero);
      break;
    case 'M':
      putNumber(to, minute, 2, zero);
      break;
    case 'S':
      putNumber(to, moment.second % 60, 2, zero);
      break;
    case 'w':
      putNumber(to, moment.weekday, 1, zero);
      break;
    case 'u':
      putNumber(to, (moment.weekday + 6) % 7 + 1, 1, zero);
      break;
    case 'p':
      to.put(hour < 12 ? "AM" : "PM");
      break;
    case 'B':
    case 'b':
    case 'h':
      putName(to, months, moment.month - 1, code == 'B');
      break;
    case 'A':
    case 'a':
      putName(to, weekdays, moment.weekday, code == 'A');
      break;
    case 'F':
    case 'D':
    case 'T':
    case 'R': {
      if (heap.ended())
        return Value();
      // Short for others. What is put together so far stays where it is.
      bool isDate = code == 'F' || code == 'D';
      int64_t parts[] = {isDate ? code == 'F' ? moment.year : moment.month
                                : hour,
                         !isDate       ? minute
                         : code == 'F' ? moment.month
                                       : moment.day,
                         !isDate       ? moment.second % 60
                         : code == 'F' ? moment.day
                                       : moment.year % 100};
      for (int i = 0; i < (code == 'R' ? 2 : 3); ++i) {
        if (i > 0)
          to.put(code == 'F' ? '-' : code == 'D' ? '/' : ':');
        putNumber(to, parts[i], 2, '0');
      }
      break;
    }
    case '%':
      to.put('%');
      break;
    default: {
      char letter[] = {char(code < 0x7f ? code : '?')};
      return heap.fail("expected a format of time that is known, found ",
                       {letter, 1});
    }
    }
  }
  return to.value();
}

} // namespace lfm2rt
