// nas space list

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "experiments/cli/space/open_space.h"
#include "experiments/cli/space/space_rows.h"
#include "experiments/commands/count_text.h"
#include "experiments/commands/text_table.h"
#include "experiments/config/shipped_files.h"

namespace nas {
namespace {

Result<std::unique_ptr<TextSpace>> read_space(const ShippedFile& file) {
  const auto root = read_yaml(file.path);
  if (!root) return root.error();
  return TextSpace::make(*root);
}

Result<Unit> list(const CommandLine& line, std::ostream& out) {
  std::string json_text = "[";
  std::vector<std::vector<std::string>> rows;
  for (const ShippedFile& file : shipped_spaces()) {
    const auto space = read_space(file);
    if (!space) return space.error();
    const auto genotypes = try_count_genotypes((*space)->genes());
    rows.push_back({file.name, count_text(genotypes), file.summary});
    const nlohmann::ordered_json entry = {{"name", file.name},
                                          {"summary", file.summary},
                                          {"source", (*space)->source()},
                                          {"genotypes", nullptr},
                                          {"path", file.path.string()}};
    json_text += (rows.size() == 1 ? "\n" : ",\n") + with_integer(entry.dump(2), "genotypes", genotypes);
  }
  if (wants_json(line)) {
    fmt::print(out, "{}\n]\n", json_text);
  } else {
    print_table({{"space"}, {"genotypes", Align::Right}, {"what it is"}}, rows, out);
  }
  return Unit{};
}

}  // namespace

Command space_list_row() {
  return {"space list",
          "[--json]",
          "search spaces that ship, and how large they are",
          0,
          0,
          [](cxxopts::OptionAdder add) { declare_json_option(add); },
          list};
}

}  // namespace nas
