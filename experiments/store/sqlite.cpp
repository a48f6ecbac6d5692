#include "experiments/store/sqlite.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace nas {
namespace {

/// How long a statement waits for another connection's lock before it gives up, and how often it
/// looks. SQLite's own waiting looks every 100 ms in the end, so that a busy writer starves readers
/// where they exclude each other (rollback journal, dot files).
constexpr int kBusySeconds = 60;
constexpr std::chrono::milliseconds kBusyPause{2};

int wait_for_lock(void*, int waits) {
  if (waits * kBusyPause >= std::chrono::seconds(kBusySeconds)) return 0;
  std::this_thread::sleep_for(kBusyPause);
  return 1;
}

struct Explanation {
  std::string why;
  const char* what_to_try;
};

Explanation explain(int code, const std::string& sqlite_says, int system_error) {
  const std::string system = system_error == 0 ? sqlite_says : std::strerror(system_error);
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {"no space left on the device", "free some space; a search that has ended goes on with --resume"};
    case SQLITE_READONLY:
      return {"it is read-only", "make the file and its directory writable, or work on a copy of the run"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {fmt::format("another program has kept it locked for {} s", kBusySeconds),
              "close that program and try again"};
    case SQLITE_CORRUPT:
      return {fmt::format("the file is damaged: {}", sqlite_says),
              "restore it from a copy, or save what can be read with sqlite3's `.recover`"};
    case SQLITE_NOTADB:
      return {"the file is no SQLite database", "check the path, or restore the file from a copy"};
    case SQLITE_CANTOPEN:
      return {system, "check that the path exists and may be read and written"};
    case SQLITE_IOERR:
      if (system_error == EDQUOT) return {system, "free some space; a search that has ended goes on with --resume"};
      return {system, "check the disk or the network file system; a search that has ended goes on with --resume"};
    default:
      return {sqlite_says, "check that the file was written by this version of nas"};
  }
}

/// The one check of every SQLite call. `handle` may be null.
void check_sqlite(sqlite3* handle, int code, const std::string& file) {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
  const int extended = handle == nullptr ? code : sqlite3_extended_errcode(handle);
  const std::string message = handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
  const int system_error = handle == nullptr ? 0 : sqlite3_system_errno(handle);
  const Explanation explanation = explain(code, message, system_error);
  throw SqliteError(fmt::format("cannot use {} ({}), {}", file, explanation.why, explanation.what_to_try), extended);
}

/// `file:` form of a path, in which alone SQLite takes `immutable`.
std::string immutable_uri(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char letter : std::filesystem::absolute(file).string()) {
    if (letter == '%' || letter == '?' || letter == '#') {
      uri += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(letter)));
    } else {
      uri += letter;
    }
  }
  return uri + "?immutable=1";
}

int open_flags(Database::Access access) {
  constexpr int kOneThread = SQLITE_OPEN_NOMUTEX;  // a connection is one thread's at a time, so it needs no lock
  switch (access) {
    case Database::Access::ReadOnly:
      return kOneThread | SQLITE_OPEN_READONLY;
    case Database::Access::Immutable:
      return kOneThread | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    case Database::Access::ReadWrite:
      return kOneThread | SQLITE_OPEN_READWRITE;
    case Database::Access::Create:
      return kOneThread | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  }
  return 0;
}

std::string file_of(sqlite3* handle) {
  const char* file = sqlite3_db_filename(handle, "main");
  return file == nullptr ? std::string("the database") : std::string(file);
}

}  // namespace

Database::Database(const std::filesystem::path& file, Access access, const char* vfs) {
  const std::string name = access == Access::Immutable ? immutable_uri(file) : file.string();
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &opened, open_flags(access), vfs);
  handle_.reset(opened);
  check_sqlite(handle_.get(), code, file.string());
  check_sqlite(handle_.get(), sqlite3_extended_result_codes(handle_.get(), 1), file.string());
  check_sqlite(handle_.get(), sqlite3_busy_handler(handle_.get(), wait_for_lock, nullptr), file.string());
}

void Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) check_sqlite(handle_.get(), code, file_of(handle_.get()));
}

Statement::Statement(const Database& database, std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  handle_.reset(prepared);
  if (code != SQLITE_OK) check_sqlite(database.handle(), code, file_of(database.handle()));
}

bool Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  // The reset ends the implicit read transaction and repeats the error of a failed step.
  const int reset_code = sqlite3_reset(handle_.get());
  check(code == SQLITE_DONE ? reset_code : code);
  return false;
}

std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(handle_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

void Statement::check(int code) const {
  if (code == SQLITE_OK) return;
  sqlite3* const handle = sqlite3_db_handle(handle_.get());
  check_sqlite(handle, code, file_of(handle));
}

void Statement::bind(int index, std::string_view value) {
  // SQLITE_TRANSIENT, spelt without its old-style cast: SQLite copies the text.
  const auto kCopy = reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1});
  const sqlite3_destructor_type kBorrow = nullptr;  // SQLITE_STATIC
  // An empty view may have a null pointer, which SQLite would store as NULL.
  const char* const bytes = value.data() == nullptr ? "" : value.data();
  check(sqlite3_bind_text(handle_.get(), index, bytes, static_cast<int>(value.size()),
                          borrows_texts_ ? kBorrow : kCopy));
}

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
  database_.execute(kind == Kind::Write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  // Nothing can be done about a failing rollback here; SQLite rolls back by itself on the next open.
  if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace nas
