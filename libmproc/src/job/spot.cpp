#include "mproc/job/spot.hpp"

#include <algorithm>

#include "mproc/base/nearest.hpp"
#include "parse.hpp"

namespace mproc::job {

std::string_view kind(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      return "a table";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "true or false";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "a whole number";
    case Json::value_t::number_float:
      return "a number with a fraction";
    default:
      return "nothing";
  }
}

Spot Spot::member(const std::string& key) const {
  Spot out = *this;
  out.value_ = &value_->at(key);
  out.pointer_ = below(pointer_, key);
  out.key_ = key_.empty() ? key : key_ + "." + key;
  out.name_ = key;
  return out;
}

Spot Spot::element(std::size_t index) const {
  Spot out = *this;
  out.value_ = &value_->at(index);
  out.name_ = std::to_string(index);
  out.pointer_ = below(pointer_, out.name_);
  out.key_ = fmt::format("{}[{}]", key_, index);
  return out;
}

std::string Spot::opening() const {
  return document_->name().empty() ? std::string() : where() + ": ";
}

void Spot::refuse(const std::string& problem) const {
  throw base::UserError(fmt::format("{}'{}' {}", opening(), printable(key_), printable(problem)));
}

const std::string& Spot::text() const {
  check(value_->is_string(), "has to be a string, not {}", kind(*value_));
  return value_->get_ref<const std::string&>();
}

std::uint64_t Spot::count(std::uint64_t least, std::uint64_t most) const {
  check(value_->is_number_integer(), "has to be a whole number, not {}", kind(*value_));
  const bool negative = !value_->is_number_unsigned() && value_->get<std::int64_t>() < 0;
  check(!negative && value_->get<std::uint64_t>() >= least, "has to be {} or more, not {}", least,
        value_->dump());
  check(value_->get<std::uint64_t>() <= most, "has to be {} or less, not {}", most, value_->dump());
  return value_->get<std::uint64_t>();
}

std::vector<std::string> Spot::texts() const {
  const Json& all = list("[\"...\"]");
  std::vector<std::string> out;
  for (std::size_t i = 0; i < all.size(); ++i) out.push_back(element(i).text());
  return out;
}

const Json& Spot::table(std::string_view example) const {
  check(value_->is_object(), "has to be a table, not {}; write {}", kind(*value_), example);
  return *value_;
}

const Json& Spot::list(std::string_view example) const {
  check(value_->is_array(), "has to be a list, not {}; write {}", kind(*value_), example);
  return *value_;
}

void check_members(const Spot& table, std::span<const std::string_view> known) {
  for (const auto& entry : table.value().items()) {
    if (std::find(known.begin(), known.end(), entry.key()) != known.end()) continue;
    const Spot spot = table.member(entry.key());
    std::string remedy = base::did_you_mean(entry.key(), known);
    if (remedy.empty()) remedy = fmt::format("; '{}' knows {}", table.key(), fmt::join(known, ", "));
    throw base::UserError(fmt::format("{}unknown key '{}'{}", spot.opening(), printable(spot.key()), remedy));
  }
}

}  // namespace mproc::job
