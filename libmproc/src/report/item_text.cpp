#include "item_text.hpp"

#include "mproc/journal/value_text.hpp"

namespace mproc::report {
namespace {

constexpr std::size_t longest = 200, most_bytes = 4096;

std::string line_of(base::ByteView item) {
  if (item.size() > most_bytes) return std::to_string(item.size()) + " bytes";
  std::string text;
  std::uint64_t not_finite = 0;
  try {
    journal::append_json(text, item, not_finite);
  } catch (const journal::Misfit& misfit) {
    return misfit.what();
  }
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

}  // namespace

std::string ItemTexts::of(base::StageKey stage, std::uint64_t task) {
  if (source_ != nullptr && stage == base::StageKey{}) {
    job::ItemBatch batch;
    source_->seek(task);
    return source_->read(batch, 1, 1) ? line_of(batch.item(0)) : std::string{};
  }
  const auto detail = index_.detail(stage, task);
  return detail && !detail->outcome.item.empty() ? line_of(detail->outcome.item) : std::string{};
}

}  // namespace mproc::report
