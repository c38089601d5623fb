#include "mproc/run/control.hpp"

#include <gtest/gtest.h>

#include "mproc/base/error.hpp"
#include "support/errors.hpp"
#include "support/eventually.hpp"
#include "support/sockets.hpp"

namespace mproc::run {
namespace {

using mproc::testing::eventually;
using Json = nlohmann::json;

class ControlLinkTest : public ::testing::Test {
 protected:
  ControlLinkTest() {
    auto [a, b] = mproc::testing::socket_pair();
    ours_.emplace(std::move(a));
    raw_ = std::move(b);
  }
  void write(const std::string& text) const { base::write_all(raw_.get(), base::view(text), "socket"); }
  std::optional<ControlLink> ours_;
  base::Fd raw_;
};

TEST_F(ControlLinkTest, carries_records_both_ways) {
  ControlLink theirs(std::move(raw_));
  ours_->send({{"type", "hello"}, {"pid", 4711}});
  theirs.send({{"type", "drain"}, {"reason", "interrupt"}});
  EXPECT_EQ(theirs.receive(), (Json{{"type", "hello"}, {"pid", 4711}}));
  EXPECT_EQ(ours_->receive(), (Json{{"type", "drain"}, {"reason", "interrupt"}}));
  EXPECT_EQ(ours_->receive(), std::nullopt);
  EXPECT_FALSE(ours_->closed());
}

TEST_F(ControlLinkTest, waits_for_the_rest_of_a_record) {
  write("{\"type\": \"dr");
  EXPECT_EQ(ours_->receive(), std::nullopt);
  write("ain\"}\n{\"type\"");
  EXPECT_EQ(ours_->receive(), (Json{{"type", "drain"}}));
  EXPECT_EQ(ours_->receive(), std::nullopt);
  write(": \"x\"}\n");
  EXPECT_EQ(ours_->receive(), (Json{{"type", "x"}}));
}

TEST_F(ControlLinkTest, gives_records_that_arrived_together_one_by_one) {
  write("{\"n\": 1}\n{\"n\": 2}\n{\"n\": 3}\n");
  for (int n = 1; n <= 3; ++n) EXPECT_EQ(ours_->receive(), (Json{{"n", n}}));
  EXPECT_EQ(ours_->receive(), std::nullopt);
}

TEST_F(ControlLinkTest, keeps_what_does_not_fit_and_never_blocks) {
  ControlLink theirs(std::move(raw_));
  const std::string text(5'000'000, 'x');
  ours_->send({{"text", text}});
  EXPECT_FALSE(ours_->flush());
  ours_->send({{"text", "after"}});
  std::optional<Json> record;
  EXPECT_TRUE(eventually([&] {
    ours_->flush();
    return (record = theirs.receive()).has_value();
  }));
  EXPECT_TRUE(record && record->at("text") == text);
  EXPECT_TRUE(eventually([&] { return ours_->flush() && (record = theirs.receive()).has_value(); }));
  EXPECT_EQ(record, (Json{{"text", "after"}}));
}

TEST_F(ControlLinkTest, lines_and_odd_bytes_within_texts_survive) {
  ControlLink theirs(std::move(raw_));
  ours_->send({{"text", "two\nlines\t\"quoted\" é"}});
  ours_->send({{"text", "not \xff UTF-8"}});
  EXPECT_EQ(theirs.receive()->at("text"), "two\nlines\t\"quoted\" é");
  EXPECT_EQ(theirs.receive()->at("text"), "not \xef\xbf\xbd UTF-8");
}

TEST_F(ControlLinkTest, gives_what_was_sent_before_the_other_end_closed) {
  write("{\"n\": 1}\n{\"n\"");
  raw_.reset();
  EXPECT_EQ(ours_->receive(), (Json{{"n", 1}}));
  EXPECT_EQ(ours_->receive(), std::nullopt) << "half a record is none";
  EXPECT_TRUE(ours_->closed());
}

TEST_F(ControlLinkTest, sending_to_a_closed_end_is_noticed_and_not_a_signal) {
  raw_.reset();
  ours_->send({{"n", 1}});
  EXPECT_TRUE(ours_->closed());
  EXPECT_TRUE(ours_->flush()) << "nothing will ever be left to write";
}

TEST_F(ControlLinkTest, what_is_not_json_is_a_decode_error) {
  write("rubbish\n");
  EXPECT_THROW(ours_->receive(), base::DecodeError);
}

}  // namespace
}  // namespace mproc::run
