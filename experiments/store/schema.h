// The tables of study.db: Optuna's (alembic head v3.2.0.a) and our own (nas_*).
#pragma once

#include <string>

#include "experiments/store/sqlite.h"
#include "nas/result.h"

namespace nas {

/// Raised when a reader of the old form would misread the new one.
inline constexpr int kStoreFormat = 2;

void create_tables(Database& database);

/// Error: no store of ours, or of a newer format. Throws SqliteError for a damaged file.
[[nodiscard]] Result<Unit> check_tables(const Database& database, const std::string& file);

}  // namespace nas
