#include "mproc/base/utf8.hpp"

#include <gtest/gtest.h>

namespace mproc::base {
namespace {

TEST(Utf8, well_formed_text_is_taken) {
  for (const char* text :
       {"", "a", "eight or more bytes of ASCII", "\x7f", "\u0080", "\u07ff", "\u0800", "\xed\x9f\xbf",
        "\ue000", "\ufffd", "\uffff", "\U00010000", "\U0010ffff", "ASCII ASCII \u00fc and more"})
    EXPECT_TRUE(is_utf8(text)) << text;
}

TEST(Utf8, what_is_not_is_refused_and_replaced) {
  struct Bad {
    std::string bytes, replaced;
  };
  for (const auto& [bytes, replaced] : {Bad{"\x80", "\ufffd"},                      // nothing to continue
                                        Bad{"\xc0\x80", "\ufffd\ufffd"},            // overlong
                                        Bad{"\xe0\x9f\xbf", "\ufffd\ufffd\ufffd"},  // overlong
                                        Bad{"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},  // a surrogate
                                        Bad{"\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"},  // past the end
                                        Bad{"\xe2\x82", "\ufffd\ufffd"},                      // cut off
                                        Bad{"eight bytes and \xff", "eight bytes and \ufffd"}}) {
    EXPECT_FALSE(is_utf8(bytes)) << replaced;
    std::string valid;
    append_valid_utf8(valid, bytes);
    EXPECT_EQ(valid, replaced);
  }
}

TEST(Utf8, code_points_survive_the_journey) {
  for (const char32_t c : {U'\x7f', U'\x80', U'\x7ff', U'\x800', U'\xffff', U'\x10000', U'\x10ffff'}) {
    std::string text;
    append_code_point(text, c);
    std::size_t offset = 0;
    EXPECT_EQ(next_code_point(text, offset), c);
    EXPECT_EQ(offset, text.size());
    EXPECT_EQ(count_code_points(text), 1u);
  }
  std::string text;
  append_code_point(text, 0xd800);
  EXPECT_EQ(text, "\ufffd");
}

}  // namespace
}  // namespace mproc::base
