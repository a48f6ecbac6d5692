// The table of data sets by format: how each is recognised, checked and opened. Needs no torch.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nas/result.h"
#include "trainer/data/data_set.h"
#include "trainer/data_options.h"

namespace nas {

/// One format by name. Adding one: a row with its own two functions.
struct DataFormat {
  std::string_view name;
  std::string_view summary;
  std::string_view folder;                 // where it usually lies; empty: must be said
  std::string_view remedy;                 // how to get it, for errors
  std::span<const std::string_view> keys;  // options of `data:` that only some formats use and this one does
  /// Checks files, headers, sizes and targets, not the inputs themselves. Paths are filled in.
  /// Error: what is missing, truncated or does not agree, with the file and the record.
  Result<DataFacts> (*inspect)(const DataOptions& data);
  /// Everything that `inspect` checks; records can be read then. Both open a set's test part only
  /// where DataOptions::judge_by_test asks for it, as the fixed validation part.
  Result<DataSet> (*open)(const DataOptions& data);
};

[[nodiscard]] std::span<const DataFormat> data_formats();

/// Null where no format has this name; '-' counts as '_'.
[[nodiscard]] const DataFormat* find_data_format(std::string_view name);
[[nodiscard]] std::vector<std::string> data_format_names();
/// Whether this format uses the key, of those that only some use.
[[nodiscard]] bool takes_key(const DataFormat& format, std::string_view key);

/// Checks the options against the format's row and fills in its folder, then inspects. Error:
/// begins with the key at fault (`data.folder: `).
[[nodiscard]] Result<DataFacts> inspect_data(const DataOptions& data);
[[nodiscard]] Result<DataSet> open_data(const DataOptions& data);

// The formats' own functions, each in its own file.
[[nodiscard]] Result<DataFacts> inspect_idx_set(const DataOptions& data);
[[nodiscard]] Result<DataSet> open_idx_set(const DataOptions& data);
[[nodiscard]] Result<DataFacts> inspect_cifar10(const DataOptions& data);
[[nodiscard]] Result<DataSet> open_cifar10(const DataOptions& data);
[[nodiscard]] Result<DataFacts> inspect_cifar100(const DataOptions& data);
[[nodiscard]] Result<DataSet> open_cifar100(const DataOptions& data);
[[nodiscard]] Result<DataFacts> inspect_array_set(const DataOptions& data);
[[nodiscard]] Result<DataSet> open_array_set(const DataOptions& data);
[[nodiscard]] Result<DataFacts> inspect_image_folder(const DataOptions& data);
[[nodiscard]] Result<DataSet> open_image_folder(const DataOptions& data);
[[nodiscard]] Result<DataFacts> inspect_table_set(const DataOptions& data);
[[nodiscard]] Result<DataSet> open_table_set(const DataOptions& data);

}  // namespace nas
