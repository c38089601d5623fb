#pragma once

#include <cstddef>
#include <cstdint>

/// What crosses between a library of kernels and the executor that loads it. Kernels are written against
/// mproc/kernel.hpp, which hides all of this. No type of a standard library is part of it: a library may be
/// built with another compiler, standard or release than mproc itself, as long as the tags are equal.
namespace mproc::abi {

/// A library whose tag is another one is refused before anything else of it is looked at.
/// A function, as a variable would be one and the same in all libraries that a process loads.
__attribute__((visibility("hidden"))) constexpr const char* tag() {
  return "mproc kernels 1";
}

enum class Number : std::uint8_t { boolean, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64 };

/// Bytes of one such number.
constexpr std::size_t size_of(Number number) {
  constexpr std::size_t sizes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8};
  return sizes[static_cast<std::size_t>(number)];
}

/// Numbers in C order that somebody else owns, aligned.
struct Array {
  Number type = Number::f64;
  const void* data = nullptr;
  const std::uint64_t* shape = nullptr;
  std::size_t dimensions = 0;
};

/// A task's item, read from its beginning to its end. What returns false has found something else there, and
/// has noted what; all that follows is without meaning then. What is pointed to lives as long as the task.
class Reader {
 public:
  /// Goes to where the value of the kernel's parameter is.
  virtual bool parameter(std::size_t index) = 0;
  /// Whether the next value is none (null, None, an empty cell), and passes over it.
  virtual bool none() = 0;
  /// To a number of that type, where it is exact, or a rounded real.
  virtual bool number(Number type, void* to) = 0;
  virtual bool text(const char*& data, std::size_t& size) = 0;   // UTF-8
  virtual bool bytes(const char*& data, std::size_t& size) = 0;  // bytes or text
  /// An array of one dimension, or a list of numbers. Without a copy where it is an array of that type.
  virtual bool numbers(Number type, const void*& data, std::size_t& count) = 0;
  /// The same of any dimensions; a list is one of one dimension.
  virtual bool array(Number type, Array& to) = 0;
  /// `count` values follow.
  virtual bool list(std::size_t& count) = 0;
  /// `count` pairs follow, of a text and its value.
  virtual bool map(std::size_t& count) = 0;
  /// Passes over the next value.
  virtual bool skip() = 0;
  /// Notes what is wrong with the item.
  virtual void refuse(const char* text, std::size_t size) = 0;

 protected:
  ~Reader() = default;
};

/// A task's result: exactly one value.
class Writer {
 public:
  virtual void none() = 0;
  virtual void number(Number type, const void* from) = 0;
  virtual void text(const char* data, std::size_t size) = 0;
  virtual void bytes(const char* data, std::size_t size) = 0;
  virtual void array(const Array& from) = 0;
  virtual void list(std::size_t count) = 0;
  virtual void map(std::size_t count) = 0;

 protected:
  ~Writer() = default;
};

/// The running task.
class Task {
 public:
  virtual std::uint64_t index() const = 0;
  virtual std::uint32_t stage() const = 0;
  virtual std::uint64_t seed() const = 0;
  /// A shared array of that name and type; false: there is none, and problem() says so.
  virtual bool data(const char* name, std::size_t size, Number type, Array& to) = 0;
  virtual const char* problem() const = 0;
  /// The kernel has thrown.
  virtual void raise(const char* type, std::size_t type_size, const char* text, std::size_t text_size) = 0;

 protected:
  ~Task() = default;
};

enum class Status : std::uint8_t {
  done,    ///< the writer has the result
  misfit,  ///< the reader knows why the item is none for this kernel
  raised,  ///< the task has the exception
};

/// What a parameter takes, to tell an item that is one argument from one that is several.
enum class Takes : std::uint8_t { scalar, list, map, anything };

struct Parameter {
  const char* name;  ///< null: none
  const char* type;  ///< for messages
  Takes takes;
  bool optional = false;  ///< none where the item lacks it
};

struct Kernel {
  const char* name;
  const char* result;  ///< its type, for messages
  const Parameter* parameters;
  std::size_t parameter_count;
  const void* self;
  /// Reads all parameters and drops them.
  bool (*check)(const void* self, Reader& item);
  Status (*run)(const void* self, Task& task, Reader& item, Writer& result);
};

struct Library {
  const char* tag;
  std::size_t kernel_count;
  const Kernel* kernels;
};

}  // namespace mproc::abi

/// What a library of kernels exports; the header defines it.
extern "C" const mproc::abi::Library* mproc_kernels();
