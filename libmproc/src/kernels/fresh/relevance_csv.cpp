#include "mproc/kernels/fresh/relevance_csv.hpp"

#include <cstddef>

#include "mproc/base/csv_text.hpp"
#include "mproc/base/real_text.hpp"

namespace mproc::kernels::fresh {
namespace {

void append_header(std::string& to, const std::vector<std::string>& labels) {
  to += "feature,type,";
  if (labels.empty()) to += "p_value,";
  for (const std::string& label : labels) {
    base::append_csv_text(to, "p_value_" + label);
    to += ',';
    base::append_csv_text(to, "relevant_" + label);
    to += ',';
  }
  to += labels.empty() ? "relevant\n" : "n_significant,relevant\n";
}

void append_test(std::string& to, double p_value, bool relevant) {
  base::append_real(to, p_value);
  to += relevant ? ",true" : ",false";
}

void append_relevance(std::string& to, const Relevance& row, std::size_t labels) {
  base::append_csv_text(to, row.feature);
  to += ',';
  to += name_of(row.type);
  to += ',';
  for (std::size_t label = 0; label < labels; ++label) {
    append_test(to, row.p_values[label], row.relevant_for[label]);
    to += ',';
  }
  if (labels == 0) {
    append_test(to, row.p_value, row.relevant);
  } else {
    to += std::to_string(row.n_significant);
    to += row.relevant ? ",true" : ",false";
  }
  to += '\n';
}

}  // namespace

std::string relevance_csv(const RelevanceTable& table) {
  std::string text;
  append_header(text, table.labels);
  for (const Relevance& row : table.rows) append_relevance(text, row, table.labels.size());
  return text;
}

}  // namespace mproc::kernels::fresh
