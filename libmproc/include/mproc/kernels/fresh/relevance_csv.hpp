#pragma once

#include <string>

#include "mproc/kernels/fresh/relevance.hpp"

namespace mproc::kernels::fresh {

/// The table as CSV (RFC 4180): feature, type, p_value, relevant; a multiclass table has p_value_LABEL and
/// relevant_LABEL for each label, then n_significant and relevant. Equal tables give equal bytes: p-values
/// are the shortest that read back.
std::string relevance_csv(const RelevanceTable& table);

}  // namespace mproc::kernels::fresh
