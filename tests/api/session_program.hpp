#pragma once

#include <mproc/session.hpp>

#include <iostream>
#include <stdexcept>

inline void print(const auto& values) {
  for (const auto& value : values) std::cout << value << ' ';
  std::cout << std::endl;
}

template <class Call>
void refused(Call call) {
  try {
    call();
    std::cout << "nothing was refused\n";
  } catch (const mproc::SessionError& error) {
    std::cout << "SessionError: " << error.what() << '\n';
  } catch (const mproc::TaskError& error) {
    std::cout << "TaskError of task " << error.index() << ", " << error.failure().kind << ": " << error.what()
              << '\n';
  } catch (const std::invalid_argument& error) {
    std::cout << "invalid_argument: " << error.what() << '\n';
  } catch (const std::logic_error& error) {
    std::cout << "logic_error: " << error.what() << '\n';
  } catch (const std::runtime_error& error) {
    std::cout << "runtime_error: " << error.what() << '\n';
  }
  std::cout.flush();
}
