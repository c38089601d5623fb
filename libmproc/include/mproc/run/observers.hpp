#pragma once

#include "mproc/run/control.hpp"
#include "mproc/run/observer.hpp"

namespace mproc::run {

/// Central without a launcher: notes and warnings go to stderr; with `quiet`, warnings alone.
class StderrObserver : public Observer {
 public:
  explicit StderrObserver(bool quiet = false) : quiet_(quiet) {}
  void began() override {}
  void progress(const Progress&) override {}
  void ending() override {}
  void note(const std::string& text) override;
  void warning(const std::string& text) override;

 private:
  bool quiet_;
};

/// Central with a launcher: control records.
class ControlObserver : public Observer {
 public:
  explicit ControlObserver(ControlLink& link) : link_(link) {}
  void began() override { link_.send({{"type", "began"}}); }
  void progress(const Progress& progress) override;
  void ending() override { link_.send({{"type", "ending"}}); }
  void note(const std::string& text) override { link_.send({{"type", "note"}, {"text", text}}); }
  void warning(const std::string& text) override { link_.send({{"type", "warning"}, {"text", text}}); }

 private:
  ControlLink& link_;
};

}  // namespace mproc::run
