#include "catalogue.hpp"
#include "mproc/kernels/fresh/binned_entropy.hpp"
#include "mproc/kernels/fresh/lempel_ziv.hpp"
#include "mproc/kernels/fresh/permutation_entropy.hpp"
#include "mproc/kernels/fresh/query.hpp"
#include "mproc/kernels/fresh/template_entropy.hpp"
#include "mproc/kernels/fresh/welch.hpp"

namespace mproc::kernels::fresh {
namespace {

constexpr double most_bins = 1e6;

struct Alike {
  std::size_t m;
  double r;
};

struct Orders {
  std::size_t dimension, tau;
};

std::size_t bins_of(const Parameters& given) {
  return size_of(given, "bins");
}

// Dimensions of one tau share their work, in ascending order.
void orders_of(Series& series, std::span<const Orders> chosen, std::span<double> to) {
  std::vector<std::size_t> order(chosen.size()), dimensions;
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [chosen](std::size_t a, std::size_t b) {
    return std::pair(chosen[a].tau, chosen[a].dimension) < std::pair(chosen[b].tau, chosen[b].dimension);
  });
  std::vector<double> entropies;
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    dimensions.clear();
    for (; end < order.size() && chosen[order[end]].tau == chosen[order[begin]].tau; ++end)
      dimensions.push_back(chosen[order[end]].dimension);
    entropies.resize(dimensions.size());
    permutation_entropy(series.values(), chosen[order[begin]].tau, dimensions, entropies);
    for (std::size_t i = begin; i < end; ++i) to[order[i]] = entropies[i - begin];
  }
}

void add_templates(std::vector<Calculator>& to) {
  to.push_back(plain("sample_entropy",
                     [](Series& series) { return sample_entropy(series.templates(), series.deviation()); }));
  to.push_back(each(
      "approximate_entropy", {integer("m", 1), real("r", 0)},
      [](const Parameters& given) {
        return Alike{size_of(given, "m"), number_of(given, "r")};
      },
      [](Series& series, Alike alike) {
        return approximate_entropy(series.templates(), series.deviation(), alike.m, alike.r);
      }));
  for (Calculator& of_templates : std::span(to).last(2)) of_templates.quadratic = true;
}

struct Query {
  std::vector<double> values;
  double threshold;
};

Query query_of(const Parameters& given) {
  const base::Json& query = given.at("query");
  return {query.is_null() ? std::vector<double>() : query.get<std::vector<double>>(),
          number_of(given, "threshold")};
}

}  // namespace

void add_entropies(std::vector<Calculator>& to) {
  add_templates(to);
  to.push_back(each(
      "binned_entropy", {integer("max_bins", 1, most_bins)},
      [](const Parameters& given) { return size_of(given, "max_bins"); },
      [](Series& series, std::size_t bins) { return binned_entropy(series.values(), bins); }));
  to.push_back(each("fourier_entropy", {integer("bins", 1, most_bins)}, bins_of,
                    [](Series& series, std::size_t bins) { return fourier_entropy(series.welch(), bins); }));
  to.push_back(each("lempel_ziv_complexity", {integer("bins", 1, most_bins)}, bins_of,
                    [](Series& series, std::size_t bins) {
                      return lempel_ziv_complexity(series.values(), series.minimum(), series.maximum(), bins);
                    }));
  to.push_back(together(
      "permutation_entropy", {integer("dimension", 2), integer("tau", 1)},
      [](const Parameters& given) {
        return Orders{size_of(given, "dimension"), size_of(given, "tau")};
      },
      orders_of));
  Parameter query{.name = "query", .type = Parameter::Type::numbers, .or_none = true};
  to.push_back(each("query_similarity_count", {query, real("threshold", 0)}, query_of,
                    [](Series& series, const Query& wanted) {
                      return query_similarity_count(series.values(), wanted.values, wanted.threshold);
                    }));
}

}  // namespace mproc::kernels::fresh
