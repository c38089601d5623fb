#include "mproc/base/msgpack.hpp"
#include "sources.hpp"

namespace mproc::job {
namespace {

class AxisSource : public IndexedSource {
 public:
  explicit AxisSource(Axis axis) : IndexedSource(axis.size, true), axis_(std::move(axis)) {}

 private:
  void append_at(base::Bytes& to, std::uint64_t index) override { axis_.append(to, index); }
  Axis axis_;
};

void append_name(base::Bytes& to, const std::string& name) {
  base::pack_to(to, name);
}

void append_map_header(base::Bytes& to, std::size_t size) {
  base::BytesSink sink(to);
  msgpack::packer(sink).pack_map(static_cast<std::uint32_t>(size));
}

/// Every combination, the first axis slowest.
class GridSource : public IndexedSource {
 public:
  GridSource(std::vector<Axis> axes, std::uint64_t count)
      : IndexedSource(count, true), axes_(std::move(axes)) {
    std::uint64_t stride = count;
    for (const Axis& axis : axes_) strides_.push_back(stride /= axis.size);
  }

 private:
  void append_at(base::Bytes& to, std::uint64_t index) override {
    append_map_header(to, axes_.size());
    for (std::size_t i = 0; i < axes_.size(); ++i) {
      append_name(to, axes_[i].name);
      axes_[i].append(to, index / strides_[i] % axes_[i].size);
    }
  }
  std::vector<Axis> axes_;
  std::vector<std::uint64_t> strides_;
};

/// The axes side by side.
class ZipSource : public IndexedSource {
 public:
  explicit ZipSource(std::vector<Axis> axes)
      : IndexedSource(axes.front().size, true), axes_(std::move(axes)) {}

 private:
  void append_at(base::Bytes& to, std::uint64_t index) override {
    append_map_header(to, axes_.size());
    for (const Axis& axis : axes_) {
      append_name(to, axis.name);
      axis.append(to, index);
    }
  }
  std::vector<Axis> axes_;
};

std::vector<Axis> read_axes(const Spot& spot) {
  std::vector<Axis> axes;
  for (const auto& entry : spot.table(fmt::format("[{}] with name = [1, 2, 3]", spot.key())).items())
    axes.push_back(read_axis(spot.member(entry.key())));
  if (axes.empty()) refuse_empty(spot, "is empty");
  return axes;
}

std::unique_ptr<ItemSource> single(const Spot& spot, Axis axis) {
  if (axis.size == 0) refuse_empty(spot, "is empty");
  return std::make_unique<AxisSource>(std::move(axis));
}

}  // namespace

std::unique_ptr<ItemSource> open_list(const Spot& spot) {
  return single(spot, list_axis(spot));
}

std::unique_ptr<ItemSource> open_range(const Spot& spot) {
  return single(spot, range_axis(spot));
}

std::unique_ptr<ItemSource> open_grid(const Spot& spot) {
  std::vector<Axis> axes = read_axes(spot);
  std::uint64_t count = 1;
  for (const Axis& axis : axes)
    spot.check(!__builtin_mul_overflow(count, axis.size, &count),
               "has more combinations than can be counted");
  return std::make_unique<GridSource>(std::move(axes), count);
}

std::unique_ptr<ItemSource> open_zip(const Spot& spot) {
  std::vector<Axis> axes = read_axes(spot);
  for (const Axis& axis : axes)
    spot.member(axis.name).check(axis.size == axes[0].size,
                                 "has {} values, but '{}' has {}; zip needs equal lengths", axis.size,
                                 axes[0].name, axes[0].size);
  return std::make_unique<ZipSource>(std::move(axes));
}

}  // namespace mproc::job
