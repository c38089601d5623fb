#include "catalogue.hpp"
#include "mproc/kernels/fresh/energy.hpp"

namespace mproc::kernels::fresh {
namespace {

struct Piece {
  std::size_t num_segments, segment_focus;
};

Piece piece_of(const Parameters& given) {
  return {size_of(given, "num_segments"), size_of(given, "segment_focus")};
}

std::string beyond_the_last_segment(const Parameters& given) {
  const Piece piece = piece_of(given);
  if (piece.segment_focus < piece.num_segments) return {};
  return fmt::format("'segment_focus' is {}; it has to be below 'num_segments', {}", piece.segment_focus,
                     piece.num_segments);
}

using Split = Segment (*)(std::size_t n, std::size_t count, std::size_t segment);

Calculator energy_ratios(std::string_view name, Split split) {
  Calculator calculator = each(name, {integer("num_segments", 1), integer("segment_focus", 0)}, piece_of,
                               [split](Series& series, Piece piece) {
                                 const Segment segment =
                                     split(series.size(), piece.num_segments, piece.segment_focus);
                                 return energy_ratio(series.values(), segment, series.energy());
                               });
  calculator.objection = beyond_the_last_segment;
  return calculator;
}

}  // namespace

void add_energies(std::vector<Calculator>& to) {
  to.push_back(plain("abs_energy", [](Series& series) { return series.energy(); }));
  to.push_back(energy_ratios("energy_ratio_by_chunks", array_split));
  to.push_back(energy_ratios("kx_energy_ratio_by_chunks", floor_split));
}

}  // namespace mproc::kernels::fresh
