#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "mproc/base/fd.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/base/outcome.hpp"
#include "mproc/job/encode.hpp"
#include "mproc/job/items.hpp"
#include "mproc/job/ndarray.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/journal/writer.hpp"
#include "support/errors.hpp"
#include "support/failures.hpp"
#include "support/temp_directory.hpp"

namespace mproc::journal::testing {

inline constexpr base::StageKey stage{{0}, {0}};

using mproc::testing::message_of;
using mproc::testing::put_file;
using mproc::testing::TempDirectory;

/// An encoded value, as an executor leaves it.
struct Value {
  base::Bytes bytes;
  bool failed = false;
};

template <class T>
Value value(const T& x) {
  Value v;
  base::pack_to(v.bytes, x);
  return v;
}

/// A float that stays one: msgpack's own packing makes integers of whole numbers (and 0 of -0.0).
inline Value value(double x) {
  Value v;
  job::append_double(v.bytes, x);
  return v;
}

inline Value none() {
  return value(msgpack::type::nil_t());
}

inline Value ext(base::Ext type, base::ByteView body) {
  Value v;
  base::BytesSink sink(v.bytes);
  msgpack::packer<base::BytesSink> packer(sink);
  packer.pack_ext(body.size(), static_cast<std::int8_t>(type));
  packer.pack_ext_body(reinterpret_cast<const char*>(body.data()), static_cast<std::uint32_t>(body.size()));
  return v;
}

inline Value ext(base::Ext type, std::string_view body) {
  return ext(type, base::view(body));
}

inline Value complex_number(double re, double im) {
  const std::array<double, 2> parts{re, im};
  return ext(base::Ext::complex, std::as_bytes(std::span(parts)));
}

template <class T>
Value array(std::string_view dtype, std::vector<std::uint64_t> shape, const std::vector<T>& elements) {
  Value v;
  job::append_ndarray(v.bytes, dtype, shape, std::as_bytes(std::span(elements)));
  return v;
}

inline Value failure(const std::string& type, const std::string& message) {
  Value v;
  base::pack_failure(v.bytes, mproc::testing::failure(type, message));
  v.failed = true;
  return v;
}

/// A map in the order given.
inline Value map(const std::vector<std::pair<std::string, Value>>& pairs) {
  Value v;
  base::BytesSink sink(v.bytes);
  msgpack::packer<base::BytesSink> packer(sink);
  packer.pack_map(static_cast<std::uint32_t>(pairs.size()));
  for (const auto& [key, x] : pairs) {
    packer.pack(key);
    base::append(v.bytes, x.bytes);
  }
  return v;
}

inline Value list(const std::vector<Value>& values) {
  Value v;
  base::BytesSink sink(v.bytes);
  msgpack::packer<base::BytesSink>(sink).pack_array(static_cast<std::uint32_t>(values.size()));
  for (const Value& x : values) base::append(v.bytes, x.bytes);
  return v;
}

inline ResultsRecord record(std::uint64_t first, const std::vector<Value>& values,
                            const std::vector<Value>& items = {}) {
  base::OutcomeBlock block;
  block.tasks = {first, values.size()};
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    if (values[i].failed) block.failed.push_back(i);
    base::append(block.values, values[i].bytes);
  }
  ResultsRecord r;
  r.stage = stage;
  r.origin = {3, 1, 0, "node7"};
  base::encode_block(r.block.bytes, block);
  for (const Value& item : items) base::append(r.items.bytes, item.bytes);
  return r;
}

inline RunDirectory new_run(const TempDirectory& temp, const std::string& name = "sweep") {
  return RunDirectory::create(temp / "runs", name, "{}");
}

/// Items as a job's source gives them.
class FakeItems : public job::ItemSource {
 public:
  explicit FakeItems(std::vector<Value> items) : items_(std::move(items)) {}
  std::optional<std::uint64_t> count() const override { return items_.size(); }
  bool recomputable() const override { return true; }
  bool read(job::ItemBatch& batch, std::uint64_t max_items, std::size_t) override {
    if (next_ >= items_.size()) return false;
    for (; max_items > 0 && next_ < items_.size(); --max_items) {
      base::append(batch.data.bytes, items_[next_++].bytes);
      batch.ends.push_back(batch.data.bytes.size());
    }
    return true;
  }
  void seek(std::uint64_t index) override { next_ = index; }

 private:
  std::vector<Value> items_;
  std::uint64_t next_ = 0;
};

inline std::string text(base::ByteView bytes) {
  return std::string(base::text(bytes));
}
inline std::string text(const base::Bytes& bytes) {
  return text(base::ByteView(bytes));
}
inline std::string text(const Value& v) {
  return text(base::ByteView(v.bytes));
}

inline std::vector<std::filesystem::path> files_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// As if the file had been written so many seconds ago.
inline void set_age(const std::filesystem::path& file, std::int64_t seconds) {
  const timespec then{::time(nullptr) - seconds, 0};
  const timespec times[2] = {then, then};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
}

}  // namespace mproc::journal::testing
