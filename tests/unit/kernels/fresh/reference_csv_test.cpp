#include "reference_csv.hpp"

#include <gtest/gtest.h>

namespace mproc::kernels::fresh {
namespace {

TEST(ReferenceCsvTest, a_table_has_its_header_and_whole_rows) {
  const ReferenceTable table = read_table("sig_n13_X");
  EXPECT_EQ(table.header.size(), 42U);
  EXPECT_EQ(table.rows.size(), 13U);
  EXPECT_EQ(reference_number(table.rows[1][table.column("tied_rel_0")]), -1.0);
  EXPECT_THROW(static_cast<void>(table.column("none")), std::runtime_error);
}

}  // namespace
}  // namespace mproc::kernels::fresh
