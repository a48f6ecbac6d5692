#include "experiments/store/schema.h"

#include <fmt/format.h>

namespace nas {
namespace {

/// As `optuna.storages.RDBStorage` of Optuna 4.9 and 5.0.0 makes them on SQLite.
constexpr const char* kOptunaTables = R"sql(
CREATE TABLE studies (
  study_id INTEGER NOT NULL,
  study_name VARCHAR(512) NOT NULL,
  PRIMARY KEY (study_id)
);
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE TABLE version_info (
  version_info_id INTEGER NOT NULL,
  schema_version INTEGER,
  library_version VARCHAR(256),
  PRIMARY KEY (version_info_id),
  CHECK (version_info_id=1)
);
CREATE TABLE study_directions (
  study_direction_id INTEGER NOT NULL,
  direction VARCHAR(8) NOT NULL,
  study_id INTEGER NOT NULL,
  objective INTEGER NOT NULL,
  PRIMARY KEY (study_direction_id),
  UNIQUE (study_id, objective),
  FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_user_attributes (
  study_user_attribute_id INTEGER NOT NULL,
  study_id INTEGER,
  "key" VARCHAR(512),
  value_json TEXT,
  PRIMARY KEY (study_user_attribute_id),
  UNIQUE (study_id, "key"),
  FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_system_attributes (
  study_system_attribute_id INTEGER NOT NULL,
  study_id INTEGER,
  "key" VARCHAR(512),
  value_json TEXT,
  PRIMARY KEY (study_system_attribute_id),
  UNIQUE (study_id, "key"),
  FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE trials (
  trial_id INTEGER NOT NULL,
  number INTEGER,
  study_id INTEGER,
  state VARCHAR(8) NOT NULL,
  datetime_start DATETIME,
  datetime_complete DATETIME,
  PRIMARY KEY (trial_id),
  FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE INDEX ix_trials_study_id ON trials (study_id);
CREATE TABLE trial_user_attributes (
  trial_user_attribute_id INTEGER NOT NULL,
  trial_id INTEGER,
  "key" VARCHAR(512),
  value_json TEXT,
  PRIMARY KEY (trial_user_attribute_id),
  UNIQUE (trial_id, "key"),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_system_attributes (
  trial_system_attribute_id INTEGER NOT NULL,
  trial_id INTEGER,
  "key" VARCHAR(512),
  value_json TEXT,
  PRIMARY KEY (trial_system_attribute_id),
  UNIQUE (trial_id, "key"),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_params (
  param_id INTEGER NOT NULL,
  trial_id INTEGER,
  param_name VARCHAR(512),
  param_value FLOAT,
  distribution_json TEXT,
  PRIMARY KEY (param_id),
  UNIQUE (trial_id, param_name),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_values (
  trial_value_id INTEGER NOT NULL,
  trial_id INTEGER NOT NULL,
  objective INTEGER NOT NULL,
  value FLOAT,
  value_type VARCHAR(7) NOT NULL,
  PRIMARY KEY (trial_value_id),
  UNIQUE (trial_id, objective),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
  trial_intermediate_value_id INTEGER NOT NULL,
  trial_id INTEGER NOT NULL,
  step INTEGER NOT NULL,
  intermediate_value FLOAT,
  intermediate_value_type VARCHAR(7) NOT NULL,
  PRIMARY KEY (trial_intermediate_value_id),
  UNIQUE (trial_id, step),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_heartbeats (
  trial_heartbeat_id INTEGER NOT NULL,
  trial_id INTEGER NOT NULL,
  heartbeat DATETIME NOT NULL,
  PRIMARY KEY (trial_heartbeat_id),
  UNIQUE (trial_id),
  FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE alembic_version (
  version_num VARCHAR(32) NOT NULL,
  CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
)sql";

/// docs/store.md says what each column means.
constexpr const char* kOwnTables = R"sql(
CREATE TABLE nas_meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
CREATE TABLE nas_trials (
  number INTEGER PRIMARY KEY,
  genotype TEXT NOT NULL,
  seed INTEGER NOT NULL,
  budget INTEGER NOT NULL,
  origin TEXT NOT NULL,
  parents TEXT NOT NULL,
  asked_after INTEGER NOT NULL,
  asked_at REAL NOT NULL,
  computed TEXT NOT NULL,
  full_budget INTEGER NOT NULL,
  continues INTEGER,
  stop_above TEXT NOT NULL
);
CREATE TABLE nas_results (
  told_index INTEGER PRIMARY KEY,
  number INTEGER NOT NULL UNIQUE,
  worker TEXT NOT NULL,
  started_at REAL NOT NULL,
  seconds REAL NOT NULL,
  failure_type TEXT,
  failure_message TEXT,
  log_tail TEXT,
  metrics TEXT NOT NULL,
  objectives TEXT NOT NULL,
  constraints TEXT NOT NULL,
  stopped INTEGER NOT NULL
);
CREATE TABLE nas_curves (
  number INTEGER PRIMARY KEY,
  points TEXT NOT NULL
);
CREATE TABLE nas_starts (
  start_id INTEGER PRIMARY KEY,
  started_at REAL NOT NULL,
  last_at REAL NOT NULL,
  workers INTEGER NOT NULL,
  host TEXT NOT NULL,
  process INTEGER NOT NULL
);
CREATE TABLE nas_events (
  event_id INTEGER PRIMARY KEY,
  time REAL NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE TABLE nas_counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
);
)sql";

/// What Optuna compares before it opens a database.
constexpr const char* kOptunaVersion = R"sql(
INSERT INTO version_info VALUES (1, 12, '5.0.0');
INSERT INTO alembic_version VALUES ('v3.2.0.a');
)sql";

bool has_table(const Database& database, const char* name) {
  Statement query(database, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?");
  query.start(name);
  return query.step();
}

}  // namespace

void create_tables(Database& database) {
  database.execute(kOptunaTables);
  database.execute(kOwnTables);
  database.execute(kOptunaVersion);
}

Result<Unit> check_tables(const Database& database, const std::string& file) {
  if (!has_table(database, "nas_meta")) {
    return Error{fmt::format("{} is no run of nas (it lacks the table nas_meta), check the path", file)};
  }
  Statement query(database, "SELECT value FROM nas_meta WHERE key = 'format'");
  query.start();
  const std::string format = query.step() ? query.text(0) : std::string("unknown");
  if (format != std::to_string(kStoreFormat)) {
    return Error{fmt::format("{} has store format {} (this program reads {}), use the version of nas that wrote it",
                             file, format, kStoreFormat)};
  }
  return Unit{};
}

}  // namespace nas
