#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "array_column.hpp"
#include "zip_file.hpp"

namespace mproc::journal {

/// One column of an .npz: an array over all rows, or an array for each value where their shapes differ.
/// All rows are learned, then settle(), then the rows are surveyed where the column asks for it, then the
/// entries are declared, then all rows are written. An empty cell is a missing value.
class NpzColumn {
 public:
  /// Items that fit no common array are written as text (their JSON); results that do not are a Misfit.
  enum class Of { items, results };
  NpzColumn(std::string name, Of of) : name_(std::move(name)), of_(of) {}

  void learn(base::ByteView cell);
  /// Throws UserError for a mix of types.
  void settle();
  /// Whether the type alone does not give the entries' sizes.
  bool needs_survey() const { return form_ != Form::stacked; }
  void survey(std::uint64_t index, base::ByteView cell);
  void declare(ZipFile& zip, std::uint64_t rows);
  void write(ZipFile& zip, base::ByteView cell);

 private:
  enum class Form { stacked, singles, text };
  struct Single {
    std::uint64_t index;
    Shape shape;
  };
  void learn_value(base::ByteView cell);

  std::string name_;
  Of of_;
  Form form_ = Form::stacked;
  ArrayColumn column_;
  std::optional<Shape> shape_;  // of one value
  std::vector<Single> singles_;
  std::uint64_t text_length_ = 1;
  std::size_t entry_ = 0;  // the first, with singles
  std::size_t next_single_ = 0;
};

/// Declares an array's entry and writes its header.
std::size_t declare_array(ZipFile& zip, const std::string& name, const std::string& dtype, const Shape& shape,
                          std::uint64_t itemsize);
/// Appends text as `length` NumPy characters.
void append_fixed_text(std::string& to, std::string_view text, std::uint64_t length);

}  // namespace mproc::journal
