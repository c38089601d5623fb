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
    marks_.note(0, {file_.offset(), line_});
  }
  std::optional<std::uint64_t> count() const override { return count_; }
  bool recomputable() const override { return false; }

 protected:
  virtual bool is_item(std::string_view line) const = 0;
  virtual void append_line(base::Bytes& to, const std::string& line) = 0;
  std::string place() const { return fmt::format("{}:{}", file_.path().string(), line_); }

 private:
  bool append_next(base::Bytes& to) override {
    for (;;) {
      const Mark start{file_.offset(), line_};
      text_.clear();
      if (!file_.get_line(text_)) break;
      if (is_item(text_)) {
        marks_.note(next(), start);
        append_line(to, text_);
        ++line_;
        return true;
      }
      ++line_;
    }
    count_ = next();
    return false;
  }

  std::uint64_t approach(std::uint64_t index, std::uint64_t now) override {
    const std::uint64_t marked = marks_.before(index);
    if (now <= index && marked <= now) return now;
    file_.seek(marks_.at(marked).offset);
    line_ = marks_.at(marked).line;
    return marked;
  }

  InputFile file_;
  std::uint64_t line_ = 1;
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
