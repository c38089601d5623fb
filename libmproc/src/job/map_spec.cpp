#include "mproc/job/encode.hpp"
#include "mproc/job/job.hpp"

namespace mproc::job {
namespace {

Encoding encoding_for(Format format) {
  switch (format) {
    case Format::json:
    case Format::jsonl:
    case Format::csv:
      return Encoding::neutral;
    case Format::npy:
    case Format::npz:
      return Encoding::array;
    case Format::pickle:
      return Encoding::any;
    case Format::none:
      break;
  }
  return Encoding::journal;
}

}  // namespace

MapSpec map_spec(const Job& job, std::string first_item) {
  MapSpec spec;
  spec.kernel = static_cast<std::uint8_t>(job.task.kernel);
  spec.function = job.task.function;
  spec.command = job.task.command;
  spec.line = job.task.line;
  spec.directory = job.task.directory;
  spec.array = job.items.contains("array");
  spec.raw_path = {job.document.base_dir().string()};
  if (!job.task.args.empty()) {
    base::Bytes args;
    append_value(args, job.task.args);
    spec.args = base::text(args);
  }
  spec.call = static_cast<std::uint8_t>(job.task.call);
  spec.encoding = static_cast<std::uint8_t>(encoding_for(job.crossval ? Format::none : job.output.format));
  spec.has_seed = job.seed.has_value();
  spec.seed = job.seed.value_or(0);
  spec.first_item = std::move(first_item);
  spec.timeout_ns = std::chrono::nanoseconds(job.task.timeout).count();
  return spec;
}

}  // namespace mproc::job
