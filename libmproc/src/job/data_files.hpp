#pragma once

#include <functional>

#include "mproc/base/error.hpp"
#include "mproc/job/data.hpp"
#include "mproc/job/spot.hpp"

namespace mproc::job {

/// About so much a reader hands on at once.
inline constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 20;

/// Runs what reads a file that `spot` names: what it throws is refused there.
template <class Action>
void readable(const Spot& spot, const Action& action) try {
  action();
} catch (const base::UserError& e) {
  spot.refuse(fmt::format("cannot be read: {}", e.what()));
}

/// Whether a text names a file that may have arrays, by how that ends.
bool names_data_file(std::string_view text);
/// The file that a text names, before it is looked through.
DataFile existing_data_file(const Spot& spot);
/// An array of that name from the file that `spot` names: a .csv file has a field for each column.
DataFile look_through(const Spot& spot, const std::string& name);
/// In the order of an array's elements, as they lie.
base::Bytes all_elements(const DataFile& file);

// One pair of functions a file format: the array and hash of a file, after a look through all that may be
// wrong with it, and its elements. They throw UserError.
void describe_npy(DataFile& file);
void read_npy(const DataFile& file, const std::function<void(base::ByteView)>& piece);
void describe_npz(DataFile& file);
void read_npz(const DataFile& file, const std::function<void(base::ByteView)>& piece);
void describe_csv(DataFile& file);
void read_csv(const DataFile& file, const std::function<void(base::ByteView)>& piece);

}  // namespace mproc::job
