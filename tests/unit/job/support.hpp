#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "mproc/base/error.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/job/items.hpp"
#include "mproc/job/job.hpp"
#include "support/errors.hpp"
#include "support/temp_directory.hpp"

namespace mproc::job {

/// A directory of its own for a test, which is also the current one while it lives.
class Folder {
 public:
  Folder() : before_(std::filesystem::current_path()) { std::filesystem::current_path(directory_.path()); }
  ~Folder() { std::filesystem::current_path(before_); }
  std::filesystem::path path() const { return directory_.path(); }
  std::string operator/(const std::string& name) const { return (directory_ / name).string(); }
  void write(const std::string& name, std::string_view content) const {
    testing::put_file(directory_ / name, content);
  }

 private:
  testing::TempDirectory directory_;
  std::filesystem::path before_;
};

inline Job job_from(const Folder& folder, const std::string& toml) {
  return read_job(Document::parse_toml(toml, "sweep.toml", folder.path()));
}

/// A job that differs from others only in its [items].
inline std::unique_ptr<ItemSource> source_of(const Folder& folder, const std::string& items) {
  return make_item_source(job_from(folder, "[task]\nfunction = 'f'\n[items]\n" + items));
}

template <class Action>
std::string user_error(Action&& action) {
  return testing::message_of<base::UserError>(action);
}

/// A .npy file of version 1, or 2.
inline std::string npy(const std::string& descr, const std::string& shape, std::string_view data,
                       const std::string& order = "False", char version = 1) {
  const std::string header =
      "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
  std::string out = "\x93NUMPY";
  out += version;
  out += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) out += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return out + header + std::string(data);
}

/// Values as they lie in memory.
template <class T>
std::string raw(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

inline Json to_json(const msgpack::object& value) {
  switch (value.type) {
    case msgpack::type::NIL:
      return nullptr;
    case msgpack::type::BOOLEAN:
      return value.via.boolean;
    case msgpack::type::POSITIVE_INTEGER:
      return value.via.u64;
    case msgpack::type::NEGATIVE_INTEGER:
      return value.via.i64;
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
      return value.via.f64;
    case msgpack::type::STR:
      return std::string(value.via.str.ptr, value.via.str.size);
    case msgpack::type::ARRAY: {
      Json out = Json::array();
      for (std::uint32_t i = 0; i < value.via.array.size; ++i) out.push_back(to_json(value.via.array.ptr[i]));
      return out;
    }
    case msgpack::type::MAP: {
      Json out = Json::object();
      for (std::uint32_t i = 0; i < value.via.map.size; ++i)
        out[value.via.map.ptr[i].key.as<std::string>()] = to_json(value.via.map.ptr[i].val);
      return out;
    }
    case msgpack::type::EXT: {
      const char* data = value.via.ext.data();
      return Json::binary({data, data + value.via.ext.size}, static_cast<std::uint8_t>(value.via.ext.type()));
    }
    default:
      ADD_FAILURE() << "unexpected msgpack type " << value.type;
      return nullptr;
  }
}

inline Json decoded(base::ByteView bytes) {
  std::size_t offset = 0;
  Json out = to_json(base::unpack_value(bytes, offset).get());
  EXPECT_EQ(offset, bytes.size()) << "more than one value";
  return out;
}

/// All that is left in the source.
inline Json rest_of(ItemSource& source, std::uint64_t batch_items = 3, std::size_t batch_bytes = 1 << 20) {
  Json out = Json::array();
  for (;;) {
    ItemBatch batch;
    if (!source.read(batch, batch_items, batch_bytes)) return out;
    EXPECT_LE(batch.count(), batch_items);
    for (std::uint64_t i = 0; i < batch.count(); ++i) out.push_back(decoded(batch.item(i)));
  }
}

inline Json items_of(const Folder& folder, const std::string& items) {
  return rest_of(*source_of(folder, items));
}

}  // namespace mproc::job
