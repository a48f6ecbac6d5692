// An expected failure as a value: bad input, an invalid network, a lost worker.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "nas/check.h"

namespace nas {

/// `<what> (<why it matters>), <what to try>`, without a trailing newline; may hold several
/// lines when several things were wrong.
struct Error {
  std::string message;
  bool operator==(const Error&) const = default;
};

struct Unit {
  bool operator==(const Unit&) const = default;
};

/// A `T` or an `Error`. Reading the one that is not there is a bug (NAS_CHECK).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : content_(std::move(error)) {}  // NOLINT: implicit by design

  [[nodiscard]] bool ok() const { return std::holds_alternative<T>(content_); }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] const T& value() const& {
    require_value();
    return std::get<T>(content_);
  }
  [[nodiscard]] T& value() & {
    require_value();
    return std::get<T>(content_);
  }
  [[nodiscard]] T&& value() && {
    require_value();
    return std::get<T>(std::move(content_));
  }
  [[nodiscard]] const Error& error() const {
    NAS_CHECK(!ok(), "error() of a Result that holds a value");
    return std::get<Error>(content_);
  }

  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

 private:
  void require_value() const {
    NAS_CHECK(ok(), ok() ? std::string() : std::get<Error>(content_).message);
  }
  std::variant<T, Error> content_;
};

}  // namespace nas
