#include "series_order.hpp"

#include <bit>
#include <chrono>

namespace mproc::job {
namespace {

using std::chrono::nanoseconds;

constexpr std::uint64_t top_bit = std::uint64_t{1} << 63;

/// A time stamp's parts, taken one after the other from its front; one that is not there fails for good.
class StampText {
 public:
  explicit StampText(std::string_view text) : text_(text) {}
  bool failed() const { return failed_; }
  bool empty() const { return text_.empty(); }
  void require(bool condition) { failed_ = failed_ || !condition; }
  bool take(char c) {
    const bool there = text_.starts_with(c);
    text_.remove_prefix(there ? 1 : 0);
    return there;
  }
  bool digit_follows() const { return !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; }
  int digit() {
    if (!digit_follows()) {
      failed_ = true;
      return 0;
    }
    const int value = text_[0] - '0';
    text_.remove_prefix(1);
    return value;
  }
  int two_digits(int least, int most) {
    const int tens = digit();
    const int value = 10 * tens + digit();
    require(value >= least && value <= most);
    return value;
  }

 private:
  std::string_view text_;
  bool failed_ = false;
};

nanoseconds take_date(StampText& text) {
  const int century = text.two_digits(0, 99);
  const int year = 100 * century + text.two_digits(0, 99);
  text.require(year >= 1678 && year <= 2261 && text.take('-'));  // what 64 bits of nanoseconds hold
  const int month = text.two_digits(1, 12);
  text.require(text.take('-'));
  const int day = text.two_digits(1, 31);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  text.require(date.ok());
  if (text.failed()) return nanoseconds(0);
  return std::chrono::sys_days(date).time_since_epoch();
}

nanoseconds take_fraction(StampText& text) {
  nanoseconds sum{0};
  std::int64_t unit = 100'000'000;
  do {
    sum += nanoseconds(unit * text.digit());
    unit /= 10;
  } while (text.digit_follows());
  return sum;
}

nanoseconds take_time_of_day(StampText& text) {
  const std::chrono::hours hours(text.two_digits(0, 23));
  text.require(text.take(':'));
  const std::chrono::minutes minutes(text.two_digits(0, 59));
  nanoseconds sum = hours + minutes;
  if (text.take(':')) {
    sum += std::chrono::seconds(text.two_digits(0, 59));
    if (text.take('.') || text.take(',')) sum += take_fraction(text);
  }
  return sum;
}

/// How much later it is there than UTC: "Z", "+01:00", "-0330", "+01".
nanoseconds take_offset(StampText& text) {
  if (text.take('Z')) return nanoseconds(0);
  const bool west = text.take('-');
  text.require(west || text.take('+'));
  nanoseconds sum = std::chrono::hours(text.two_digits(0, 23));
  if (!text.empty()) {
    text.take(':');
    sum += std::chrono::minutes(text.two_digits(0, 59));
  }
  return west ? -sum : sum;
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text) {
  StampText rest(text);
  nanoseconds sum = take_date(rest);
  if (!rest.empty()) {
    rest.require(rest.take('T') || rest.take(' '));
    sum += take_time_of_day(rest);
    if (!rest.empty()) sum -= take_offset(rest);
  }
  if (rest.failed() || !rest.empty()) return std::nullopt;
  return sum.count();
}

std::uint64_t number_order(double number) {
  const auto bits = std::bit_cast<std::uint64_t>(number + 0.0);  // -0 is 0
  return (bits & top_bit) != 0 ? ~bits : bits | top_bit;
}

std::uint64_t time_order(std::int64_t nanoseconds) {
  return std::bit_cast<std::uint64_t>(nanoseconds) ^ top_bit;
}

double hours_between(std::uint64_t earlier, std::uint64_t later) {
  return static_cast<double>(later - earlier) / 1e9 / 3600;
}

}  // namespace mproc::job
