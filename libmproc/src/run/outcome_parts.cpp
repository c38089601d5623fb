#include "mproc/run/outcome_parts.hpp"

#include <algorithm>

#include "mproc/base/error.hpp"
#include "mproc/base/time.hpp"

namespace mproc::run {

std::vector<FailedTask> failures_in(const base::OutcomeBlock& block, base::ByteView values) {
  std::vector<FailedTask> failures;
  std::size_t offset = 0;
  std::uint32_t at = 0;
  for (const std::uint32_t position : block.failed) {
    for (; at < position; ++at) offset = base::skip_value(values, offset);
    failures.push_back({position, failure_of(base::unpack_value(values, offset).get())});
    ++at;
  }
  return failures;
}

base::Bytes failure_block(std::uint64_t task, const base::Failure& failure) {
  base::OutcomeBlock block;
  block.tasks = {task, 1};
  block.start_ns = block.end_ns = base::wall_ns();
  block.failed = {0};
  base::pack_failure(block.values, failure);
  base::Bytes bytes;
  base::encode_block(bytes, block);
  return bytes;
}

std::vector<base::OutcomeBlock> split_block(const base::OutcomeBlock& block, base::ByteView values,
                                            const std::vector<std::uint32_t>& left_out) {
  std::vector<base::OutcomeBlock> parts;
  std::size_t offset = 0;
  bool open = false;
  const auto failed = [&](std::uint32_t p) {
    return std::binary_search(block.failed.begin(), block.failed.end(), p);
  };
  for (std::uint32_t p = 0; p < block.tasks.count; ++p) {
    const std::size_t end = base::skip_value(values, offset);
    if (std::binary_search(left_out.begin(), left_out.end(), p)) {
      open = false;
    } else {
      if (!open) {
        parts.emplace_back();
        parts.back().tasks.first = block.tasks.first + p;
        parts.back().start_ns = block.start_ns;
        parts.back().end_ns = block.end_ns;
      }
      open = true;
      base::OutcomeBlock& part = parts.back();
      const auto position = static_cast<std::uint32_t>(part.tasks.count++);
      if (failed(p)) part.failed.push_back(position);
      if (!block.times.empty()) part.times.push_back(block.times[p]);
      for (const auto& capture : block.captures)
        if (capture.position == p) part.captures.push_back({position, capture.text});
      base::append(part.values, values.subspan(offset, end - offset));
    }
    offset = end;
  }
  return parts;
}

}  // namespace mproc::run
