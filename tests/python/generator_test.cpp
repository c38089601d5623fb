#include "runtime_fixture.hpp"

namespace mproc::pyembed {
namespace {

class ItemGenerator : public RuntimeTest {
 protected:
  struct Batch {
    std::vector<Json> items;
    std::optional<Failure> failure;
    bool more = false;
  };
  std::optional<Failure> open(const std::string& code) {
    init(code);
    return runtime_->open_generator("items");
  }
  Batch next(std::uint64_t max_items = 100, std::size_t max_bytes = 1 << 20) {
    Batch out;
    base::Bytes bytes;
    std::vector<std::uint64_t> ends;
    out.failure = runtime_->next_items(bytes, ends, max_items, max_bytes, out.more);
    std::size_t from = 0;
    for (const std::uint64_t end : ends) {
      out.items.push_back(Json::from_msgpack(base::text(base::ByteView(bytes).subspan(from, end - from))));
      from = end;
    }
    EXPECT_EQ(from, bytes.size());
    return out;
  }
};

TEST_F(ItemGenerator, gives_its_items_in_batches_until_the_end) {
  ASSERT_FALSE(open("def items():\n  for i in range(5): yield {'i': i}"));
  Batch batch = next(3);
  EXPECT_EQ(batch.items, (std::vector<Json>{R"({"i":0})"_json, R"({"i":1})"_json, R"({"i":2})"_json}));
  EXPECT_TRUE(batch.more);
  batch = next(3);
  EXPECT_EQ(batch.items.size(), 2u);
  EXPECT_FALSE(batch.more);
  batch = next(3);
  EXPECT_TRUE(batch.items.empty());
  EXPECT_FALSE(batch.more);
}

TEST_F(ItemGenerator, stops_a_batch_at_its_size) {
  ASSERT_FALSE(open("def items():\n  while True: yield 'a' * 1000"));
  EXPECT_EQ(next(100, 2500).items.size(), 3u);
  EXPECT_EQ(next(100, 1).items.size(), 1u);
}

TEST_F(ItemGenerator, may_be_a_function_that_returns_a_list) {
  ASSERT_FALSE(open("def items(): return [1, 2]"));
  EXPECT_EQ(next().items, (std::vector<Json>{1, 2}));
}

TEST_F(ItemGenerator, that_is_missing_is_a_lookup_failure) {
  const auto failure = runtime_->open_generator("items");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, FailureKind::lookup);
}

TEST_F(ItemGenerator, that_cannot_be_iterated_is_refused) {
  const auto failure = open("def items(): return 5");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->message,
            "generator 'items' gives a value of type 'int', which cannot be iterated; yield the items, or "
            "return a list "
            "of them");
}

TEST_F(ItemGenerator, that_raises_keeps_the_items_before) {
  ASSERT_FALSE(open("def items():\n  yield 1\n  raise ValueError('no more')"));
  const Batch batch = next();
  EXPECT_EQ(batch.items, std::vector<Json>{1});
  ASSERT_TRUE(batch.failure);
  EXPECT_EQ(batch.failure->kind, FailureKind::exception);
  EXPECT_EQ(batch.failure->message, "no more");
  EXPECT_THAT(batch.failure->traceback, ::testing::HasSubstr("line 3, in items"));
  EXPECT_FALSE(batch.more);
}

TEST_F(ItemGenerator, whose_item_does_not_fit_names_its_position) {
  ASSERT_FALSE(open("def items():\n  yield 1\n  yield [{2}]"));
  const Batch batch = next();
  EXPECT_EQ(batch.items, std::vector<Json>{1});
  ASSERT_TRUE(batch.failure);
  EXPECT_EQ(batch.failure->kind, FailureKind::encode);
  EXPECT_THAT(batch.failure->message,
              ::testing::StartsWith("item 1 of generator 'items' holds a value of type 'set'"));
}

TEST_F(ItemGenerator, that_was_never_opened_gives_a_failure) {
  EXPECT_TRUE(next().failure);
}

}  // namespace
}  // namespace mproc::pyembed
