#include "trainer/data/array_file.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <system_error>

#include "nas/option.h"
#include "trainer/data/mapped_file.h"

namespace nas {

namespace {

constexpr std::string_view kEnding = ".npy";
constexpr std::size_t kLocalHeaderBytes = 30;  // of a zip entry, before its name

struct ZipClose {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct EntryClose {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using Zip = std::unique_ptr<zip_t, ZipClose>;

std::string entry_name(const std::filesystem::path& file, const std::string& name) {
  return fmt::format("{}: {}", file.string(), name);
}

Result<Zip> open_zip(const std::filesystem::path& file) {
  int code = 0;
  Zip archive(zip_open(file.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (archive) return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string why = zip_error_strerror(&error);
  zip_error_fini(&error);
  return Error{fmt::format("{}: no .npz archive, or damaged ({})", file.string(), why)};
}

struct Entry {
  zip_uint64_t index = 0;
  zip_stat_t stat{};
};

Result<Entry> find_entry(zip_t* archive, const std::filesystem::path& file, const std::string& name) {
  Entry entry;
  const zip_int64_t index = zip_name_locate(archive, (name + std::string(kEnding)).c_str(), 0);
  if (index < 0) {
    const auto names = array_names(file);
    if (!names) return names.error();
    return Error{fmt::format("{}: holds no array '{}'{}", file.string(), name, suggest(name, *names))};
  }
  entry.index = static_cast<zip_uint64_t>(index);
  if (zip_stat_index(archive, entry.index, 0, &entry.stat) != 0) {
    return Error{fmt::format("{}: damaged ({})", entry_name(file, name), zip_strerror(archive))};
  }
  return entry;
}

/// Up to `bytes` from the start of an entry; all of it if it is shorter.
Result<std::vector<std::byte>> read_entry(zip_t* archive, const Entry& entry, std::size_t bytes,
                                          const std::string& name) {
  const std::unique_ptr<zip_file_t, EntryClose> opened(zip_fopen_index(archive, entry.index, 0));
  if (!opened) return Error{fmt::format("{}: can't be read ({})", name, zip_strerror(archive))};
  std::vector<std::byte> content(std::min<std::size_t>(bytes, entry.stat.size));
  std::size_t done = 0;
  while (done < content.size()) {
    const zip_int64_t read = zip_fread(opened.get(), content.data() + done, content.size() - done);
    if (read <= 0) {
      return Error{fmt::format("{}: damaged ({}), get it again", name, zip_file_strerror(opened.get()))};
    }
    done += static_cast<std::size_t>(read);
  }
  // libzip compares the checksum when it is asked for what follows the last byte.
  std::byte beyond{};
  if (bytes >= entry.stat.size && zip_fread(opened.get(), &beyond, 1) != 0) {
    return Error{fmt::format("{}: damaged (its checksum is wrong), get it again", name)};
  }
  return content;
}

/// Where an entry that is stored as it is begins: libzip does not say, so this goes from one entry's
/// own header to the next. Empty where they do not follow each other; the entry can then be read.
std::optional<std::size_t> stored_offset(zip_t* archive, std::span<const std::byte> file, const Entry& wanted) {
  constexpr std::string_view kSignature = "PK\x03\x04";
  constexpr std::size_t kNameLength = 26;
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  std::size_t at = 0;
  for (zip_uint64_t index = 0; index <= wanted.index; ++index) {
    zip_stat_t stat;
    if (zip_stat_index(archive, index, 0, &stat) != 0) return std::nullopt;
    if (at >= file.size() || file.size() - at < kLocalHeaderBytes) return std::nullopt;
    const auto number = [&](std::size_t offset) {
      return std::to_integer<std::size_t>(file[at + offset]) | std::to_integer<std::size_t>(file[at + offset + 1]) << 8;
    };
    const std::size_t name_length = number(kNameLength);
    const bool fits = text.substr(at).starts_with(kSignature) &&
                      text.substr(at + kLocalHeaderBytes, name_length) == std::string_view(stat.name);
    const std::size_t begin = at + kLocalHeaderBytes + name_length + number(kNameLength + 2);
    if (!fits || begin > file.size() || file.size() - begin < stat.comp_size) return std::nullopt;
    if (index == wanted.index) return begin;
    at = begin + stat.comp_size;
  }
  return std::nullopt;
}

Result<NpyArray> open_entry(const std::filesystem::path& file, const std::string& name) {
  const auto archive = open_zip(file);
  if (!archive) return archive.error();
  const auto entry = find_entry(archive->get(), file, name);
  if (!entry) return entry.error();
  const std::string shown = entry_name(file, name);
  if (entry->stat.comp_method == ZIP_CM_STORE) {
    const auto mapped = MappedFile::open(file);
    if (!mapped) return mapped.error();
    const std::span<const std::byte> bytes = (*mapped)->bytes();
    const auto offset = stored_offset(archive->get(), bytes, *entry);
    if (offset) return npy_from_bytes(bytes.subspan(*offset, entry->stat.size), *mapped, shown);
  }
  auto content = read_entry(archive->get(), *entry, entry->stat.size, shown);
  if (!content) return content.error();
  const auto keep = std::make_shared<const std::vector<std::byte>>(std::move(content).value());
  return npy_from_bytes(*keep, keep, shown);
}

bool is_folder(const std::filesystem::path& place) {
  std::error_code code;
  return std::filesystem::is_directory(place, code);
}

std::optional<Error> check_place(const std::filesystem::path& place) {
  std::error_code code;
  if (std::filesystem::exists(place, code)) return std::nullopt;
  return Error{fmt::format("{}: no such file", place.string())};
}

std::string npy_name(const std::string& name) { return name + std::string(kEnding); }

}  // namespace

Result<std::vector<std::string>> array_names(const std::filesystem::path& place) {
  if (auto error = check_place(place)) return *error;
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (name.ends_with(kEnding)) names.push_back(name.substr(0, name.size() - kEnding.size()));
  };
  if (is_folder(place)) {
    std::error_code code;
    for (const auto& file : std::filesystem::directory_iterator(place, code)) add(file.path().filename().string());
  } else {
    const auto archive = open_zip(place);
    if (!archive) return archive.error();
    const zip_int64_t count = zip_get_num_entries(archive->get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) add(zip_get_name(archive->get(), static_cast<zip_uint64_t>(i), 0));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<NpyHeader> read_array_header(const std::filesystem::path& place, const std::string& name) {
  if (auto error = check_place(place)) return *error;
  if (is_folder(place)) {
    auto array = open_array(place, name);
    if (!array) return array.error();
    return array->header;
  }
  const auto archive = open_zip(place);
  if (!archive) return archive.error();
  const auto entry = find_entry(archive->get(), place, name);
  if (!entry) return entry.error();
  const std::string shown = entry_name(place, name);
  const auto start = read_entry(archive->get(), *entry, kMostNpyHeaderBytes, shown);
  if (!start) return start.error();
  auto header = parse_npy_header(*start, shown);
  if (header && header->data_offset + header->data_bytes() != entry->stat.size) {
    return Error{fmt::format("{}: {} bytes where its header announces {}: damaged, get it again", shown,
                             entry->stat.size, header->data_offset + header->data_bytes())};
  }
  return header;
}

Result<NpyArray> open_array(const std::filesystem::path& place, const std::string& name) {
  if (auto error = check_place(place)) return *error;
  if (!is_folder(place)) return open_entry(place, name);
  const std::filesystem::path file = place / npy_name(name);
  std::error_code code;
  if (std::filesystem::exists(file, code)) return map_npy_file(file);
  const auto names = array_names(place);
  if (!names) return names.error();
  return Error{fmt::format("{}: holds no array '{}'{}", place.string(), name, suggest(name, *names))};
}

}  // namespace nas
