#include "input_file.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/job/encode.hpp"
#include "parse.hpp"
#include "paths.hpp"
#include "sources.hpp"

namespace mproc::job {
namespace {

/// Items that are lines of a text file, read as they are needed.
class LineSource : public SourceBase {
 public:
  explicit LineSource(const Spot& spot) : file_(item_file(spot)) {
    file_.skip_byte_order_mark();
    at_.offset = file_.offset();
    marks_.note(0, at_);
  }
  std::optional<std::uint64_t> count() const override { return count_; }
  bool recomputable() const override { return false; }

 protected:
  virtual bool is_item(std::string_view line) const = 0;
  virtual void append_line(base::Bytes& to, const std::string& line) = 0;
  std::string place() const { return fmt::format("{}:{}", file_.path().string(), at_.line); }

 private:
  bool append_next(base::Bytes& to) override {
    for (;;) {
      file_.seek(at_.offset);  // a line that was refused comes again: it keeps its number
      text_.clear();
      if (!file_.get_line(text_)) break;
      const bool found = is_item(text_);
      if (found) {
        marks_.note(next(), at_);
        append_line(to, text_);
      }
      at_ = {file_.offset(), at_.line + 1};
      if (found) return true;
    }
    count_ = next();
    return false;
  }

  std::uint64_t approach(std::uint64_t index, std::uint64_t now) override {
    const std::uint64_t marked = marks_.before(index);
    if (now <= index && marked <= now) return now;
    at_ = marks_.at(marked);
    return marked;
  }

  InputFile file_;
  Mark at_;  // the next line
  std::string text_;
  Marks marks_;
  std::optional<std::uint64_t> count_;
};

class TextLines : public LineSource {
  using LineSource::LineSource;
  bool is_item(std::string_view) const override { return true; }
  void append_line(base::Bytes& to, const std::string& line) override {
    const std::string_view text =
        std::string_view(line).substr(0, line.size() - (line.ends_with('\r') ? 1 : 0));
    MPROC_CHECK(base::is_utf8(text), "{}: is not UTF-8; convert the file, e.g. with iconv -t utf-8", place());
    base::pack_to(to, text);
  }
};

class JsonLines : public LineSource {
  using LineSource::LineSource;
  bool is_item(std::string_view line) const override { return line.find_first_not_of(" \t\r") != line.npos; }
  void append_line(base::Bytes& to, const std::string& line) override {
    const auto at = [this](std::size_t offset) { return fmt::format("{}:{}", place(), offset + 1); };
    append_value(to, parse_json_text(line, at, BigIntegers::keep));
  }
};

template <class Source>
std::unique_ptr<ItemSource> open_lines_of(const Spot& spot) {
  auto source = std::make_unique<Source>(spot);
  ItemBatch first;
  if (!source->read(first, 1, 1)) refuse_empty(spot, "names a file without any: " + item_file(spot).string());
  source->seek(0);
  return source;
}

}  // namespace

std::filesystem::path item_file(const Spot& spot) {
  return existing_file(spot.text(), spot);
}

std::unique_ptr<ItemSource> open_lines(const Spot& spot) {
  return open_lines_of<TextLines>(spot);
}

std::unique_ptr<ItemSource> open_jsonl(const Spot& spot) {
  return open_lines_of<JsonLines>(spot);
}

}  // namespace mproc::job
