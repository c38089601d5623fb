#include <algorithm>
#include <array>

#include "mproc/base/msgpack.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/job/input_words.hpp"
#include "sources.hpp"

namespace mproc::job {
namespace {

using Words = std::vector<std::string>;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string from_hex(const Spot& spot) {
  const std::string& text = spot.text();
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out += static_cast<char>(hex_digit(text[i]) * 16 + hex_digit(text[i + 1]));
  spot.check(
      text.size() % 2 == 0 && std::all_of(text.begin(), text.end(), [](char c) { return hex_digit(c) >= 0; }),
      "has to be pairs of the digits 0 to 9 and a to f");
  return out;
}

std::string read_word(const Spot& spot) {
  if (!spot.value().is_object()) return spot.text();
  check_members(spot, std::array<std::string_view, 1>{"hex"});
  spot.check(spot.has("hex"), "has to be a string or {{ hex = \"...\" }}");
  return from_hex(spot.member("hex"));
}

Words read_words(const Spot& spot) {
  const char* form = "[\"a\", \"b\"], or { linked = [\"a\", \"b\"] }";
  Words words;
  for (std::size_t i = 0; i < spot.list(form).size(); ++i) words.push_back(read_word(spot.element(i)));
  if (words.empty()) refuse_empty(spot, "is empty");
  return words;
}

/// Sources side by side, of which the shortest says how many there are.
struct Group {
  std::vector<Words> sources;
  std::size_t size = 0, stride = 1;
};

/// Every combination of the groups, the first one slowest; a lone source's items are its words.
class InputSources : public IndexedSource {
 public:
  InputSources(std::vector<Group> groups, std::uint64_t count)
      : IndexedSource(count, true), groups_(std::move(groups)) {
    std::size_t stride = count;
    for (Group& group : groups_) {
      group.stride = stride /= group.size;
      number_ += group.sources.size();
    }
  }

 private:
  void append_at(base::Bytes& to, std::uint64_t index) override {
    if (number_ > 1) {
      base::BytesSink sink(to);
      msgpack::packer(sink).pack_map(static_cast<std::uint32_t>(number_));
    }
    std::size_t number = 0;
    for (const Group& group : groups_)
      for (const Words& words : group.sources) {
        if (number_ > 1) base::pack_to(to, std::to_string(++number));
        base::pack_to(to, words[index / group.stride % group.size]);
      }
  }
  std::vector<Group> groups_;
  std::size_t number_ = 0;
};

}  // namespace

Json input_word(const std::string& word) {
  if (base::is_utf8(word)) return word;
  std::string hex;
  for (const char c : word) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return {{"hex", hex}};
}

std::unique_ptr<ItemSource> open_sources(const Spot& spot) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < spot.list("[[\"a\", \"b\"]]").size(); ++i) {
    const Spot source = spot.element(i);
    const bool linked = source.has("linked");
    if (source.value().is_object()) check_members(source, std::array<std::string_view, 1>{"linked"});
    if (!linked) groups.emplace_back();
    source.check(!groups.empty(), "is linked to the one before, and is the first");
    Group& group = groups.back();
    group.sources.push_back(read_words(linked ? source.member("linked") : source));
    group.size = linked ? std::min(group.size, group.sources.back().size()) : group.sources[0].size();
  }
  if (groups.empty()) refuse_empty(spot, "is empty");
  std::uint64_t count = 1;
  for (const Group& group : groups)
    spot.check(!__builtin_mul_overflow(count, group.size, &count),
               "has more combinations than can be counted");
  return std::make_unique<InputSources>(std::move(groups), count);
}

}  // namespace mproc::job
