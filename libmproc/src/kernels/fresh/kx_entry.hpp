#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/kernels/fresh/kx.hpp"

namespace mproc::kernels::fresh {

// What a feature of KX is here: a calculator with parameters; one for each part of a dictionary.
struct KxPart {
  std::string name;  // in the dictionary; empty where the result is one number
  std::string_view calculator;
  Parameters parameters;
};

struct KxEntry {
  KxFeature feature;
  std::function<std::vector<KxPart>(const Parameters&)> parts;
};

void add_kx_plain(std::vector<KxEntry>& to);
void add_kx_renamed(std::vector<KxEntry>& to);
void add_kx_dictionaries(std::vector<KxEntry>& to);

}  // namespace mproc::kernels::fresh
