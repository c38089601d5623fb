#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "mproc/base/error.hpp"
#include "mproc/base/json.hpp"

namespace mproc::job {

using base::Json;

/// Where a value is written; from 1, columns in bytes. Line 0: it came by Document::set().
struct Place {
  std::size_t line = 0, column = 0;
};

/// A job file as a tree, in the order in which it is written, with the place of every value.
/// TOML and JSON give the same tree; dates become ISO 8601 strings.
class Document {
 public:
  /// By suffix (.json is JSON, everything else TOML); "-" reads standard input (JSON if it starts with '{').
  /// Throws UserError "FILE:LINE:COLUMN: ..." for what does not parse.
  static Document read(const std::filesystem::path& path);
  static Document parse_toml(const std::string& text, std::string name, std::filesystem::path base_dir);
  static Document parse_json(const std::string& text, std::string name, std::filesystem::path base_dir);

  /// A tree that was read before; places are those of JSON.
  static Document from_tree(Json tree, std::string name, std::filesystem::path base_dir) {
    Document document;
    document.tree_ = std::move(tree);
    document.json_ = true;
    document.name_ = std::move(name);
    document.base_dir_ = std::move(base_dir);
    return document;
  }

  const Json& tree() const { return tree_; }
  /// Replaces one value: `--set task.args.tol=1e-3`, `--set items.list.0=5`. The value is read as TOML, else
  /// as a string; missing tables are made. Throws UserError for a path that leads through something else.
  void set(const std::string& assignment);
  /// What relative paths in the document start from.
  const std::filesystem::path& base_dir() const { return base_dir_; }
  const std::string& name() const { return name_; }
  /// "sweep.toml:12:3" for TOML (of the value's key, else of what holds it), "sweep.json: /items/grid/alpha"
  /// for JSON, "--set" for what set() gave.
  std::string where(const std::string& json_pointer) const;

 private:
  void forget_places(const std::string& pointer);

  Json tree_;
  bool json_ = false;
  std::string name_;
  std::filesystem::path base_dir_;
  std::map<std::string, Place> places_;  // by JSON pointer; for JSON only what set() gave
};

}  // namespace mproc::job
