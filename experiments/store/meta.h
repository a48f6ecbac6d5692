// The study's description as rows of nas_meta.
#pragma once

#include <map>
#include <string>

#include "experiments/store/sqlite.h"
#include "experiments/store/study.h"

namespace nas::meta {

using Rows = std::map<std::string, std::string>;

[[nodiscard]] Rows rows(const StudyDescription& description);
/// Throws nas::Exception where a row is missing or unreadable.
[[nodiscard]] StudyDescription description(const Rows& rows);

[[nodiscard]] Rows read(const Database& study);
/// Adds or replaces.
void write(const Database& study, const Rows& rows);

}  // namespace nas::meta
