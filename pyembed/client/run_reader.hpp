#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mproc/job/items.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/journal/row_source.hpp"
#include "mproc/journal/table_layout.hpp"

namespace mproc::client {

/// A run of `mproc run` as it was when this was made. Reads its files alone: no session, no MPI, no Python.
class RunReader {
 public:
  /// As `mproc results` finds a run. Throws UserError for what is none, or cannot be read by this version.
  explicit RunReader(journal::RunDirectory run);

  const journal::RunDirectory& directory() const { return run_; }
  const journal::Index& index() const { return index_; }
  /// As Status::state, or "not started".
  const std::string& state() const { return state_; }
  /// Tasks that it knows of.
  std::uint64_t total() const;
  /// Its items where the job gives them again, for one reader of rows.
  std::unique_ptr<job::ItemSource> items() const;

 private:
  journal::RunDirectory run_;
  std::string state_;  // before the journal: of a finished run all is read
  journal::Index index_;
};

/// The rows of a run from a task on, once, in input order.
class RowReader {
 public:
  enum class Of { rows, failures, table };
  RowReader(const RunReader& run, std::uint64_t first, Of what);

  bool next(journal::Row& row);
  /// Of a table.
  journal::TableLayout& layout() { return *layout_; }

 private:
  Of what_;
  std::unique_ptr<job::ItemSource> items_;
  journal::RowSource rows_;
  std::optional<journal::TableLayout> layout_;
};

}  // namespace mproc::client
