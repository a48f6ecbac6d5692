// SQLite's C API behind three small owners. Every call's result goes through one check, which
// throws SqliteError with what happened, to which file, and what to try.
#pragma once

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "nas/check.h"
#include "nas/result.h"

namespace nas {

class SqliteError : public Exception {
 public:
  SqliteError(const std::string& message, int code) : Exception(message), code_(code) {}
  /// SQLite's extended result code.
  [[nodiscard]] int code() const { return code_; }

 private:
  int code_;
};

/// One connection. One thread at a time. Statements on it must be gone before it is.
class Database {
 public:
  enum class Access {
    ReadOnly,
    Immutable,  // nobody may change the file meanwhile; reads without any lock or side file
    ReadWrite,
    Create,  // ReadWrite, making the file if it is not there
  };

  /// `vfs` is SQLite's way to the file system; null for the usual one, "unix-dotfile" where the
  /// file system has no locks. Throws SqliteError.
  Database(const std::filesystem::path& file, Access access, const char* vfs = nullptr);

  /// Statements without results, any number of them.
  void execute(const std::string& sql);
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement, to be used many times.
class Statement {
 public:
  Statement(const Database& database, std::string_view sql);

  /// Binds all of `values` (from parameter 1 on) and runs to the end.
  template <class... Values>
  void run(const Values&... values) {
    borrows_texts_ = true;  // they outlive the statement's run, and each run binds all anew
    bind_all(values...);
    while (step()) {
    }
  }

  /// Binds all of `values`; rows come with step().
  template <class... Values>
  void start(const Values&... values) {
    borrows_texts_ = false;
    bind_all(values...);
  }

  /// False when there is no further row. Text columns are copies, so they outlive it.
  bool step();

  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  [[nodiscard]] double real(int column) const { return sqlite3_column_double(handle_.get(), column); }
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  template <class... Values>
  void bind_all(const Values&... values) {
    NAS_CHECK(sqlite3_bind_parameter_count(handle_.get()) == int{sizeof...(values)}, "a statement's parameters");
    reset();
    int index = 0;
    (bind(++index, values), ...);
  }
  void reset() { sqlite3_reset(handle_.get()); }
  void check(int code) const;
  void bind(int index, std::int64_t value) { check(sqlite3_bind_int64(handle_.get(), index, value)); }
  void bind(int index, double value) { check(sqlite3_bind_double(handle_.get(), index, value)); }
  void bind(int index, std::string_view value);
  void bind(int index, std::nullptr_t) { check(sqlite3_bind_null(handle_.get(), index)); }
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    value ? bind(index, *value) : bind(index, nullptr);
  }
  void bind(int index, std::uint64_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, std::int32_t value) { bind(index, std::int64_t{value}); }
  void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }
  void bind(int index, const char* value) { bind(index, std::string_view(value)); }

  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  bool borrows_texts_ = false;
};

/// Everything between construction and commit() happens, or nothing: rolled back when destroyed
/// before commit().
class Transaction {
 public:
  enum class Kind { Read, Write };
  explicit Transaction(Database& database, Kind kind = Kind::Write);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

/// The seam between SQLite's wrapper, which throws, and callers to whom a file that cannot be read
/// is an expected failure: `work()`, or the message of the nas::Exception that ended it.
template <class Work>
[[nodiscard]] auto result_of(Work&& work) -> decltype(work()) {
  try {
    return std::forward<Work>(work)();
  } catch (const Exception& failure) {
    return Error{failure.what()};
  }
}

}  // namespace nas
