#include "mproc/base/fd.hpp"
#include "mproc/base/utf8.hpp"
#include "paths.hpp"
#include "read_parts.hpp"

namespace mproc::job {
namespace {

InitBlock module_block(const Spot& spot) {
  const std::string& name = spot.text();
  spot.check(name.find(':') == name.npos && is_function_name(name), "has to be a module's name, not \"{}\"",
             name);
  return {static_cast<std::uint8_t>(InitBlock::Kind::module), name, ""};
}

InitBlock file_block(const Spot& spot) {
  const std::string& name = spot.text();
  const auto path = existing_file(name, spot);
  std::string content = base::read_file(path);
  spot.check(base::is_utf8(content), "names a file that is not UTF-8 text: {}", path.string());
  return {static_cast<std::uint8_t>(InitBlock::Kind::file), name, std::move(content)};
}

}  // namespace

std::vector<InitBlock> read_init(const Spot& section) {
  std::vector<InitBlock> out;
  if (section.has("modules")) {
    const Spot modules = section.member("modules");
    for (std::size_t i = 0; i < modules.list("[\"numpy\"]").size(); ++i)
      out.push_back(module_block(modules.element(i)));
  }
  if (section.has("files")) {
    const Spot files = section.member("files");
    for (std::size_t i = 0; i < files.list("[\"model.py\"]").size(); ++i)
      out.push_back(file_block(files.element(i)));
  }
  if (section.has("code"))
    out.push_back({static_cast<std::uint8_t>(InitBlock::Kind::code), "", section.member("code").text()});
  return out;
}

}  // namespace mproc::job
