#include "trainer/predict_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <system_error>
#include <utility>

#include "nas/csv_table.h"
#include "nas/option.h"
#include "trainer/data/array_file.h"
#include "trainer/data/image_file.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

template <class T>
NpyArray array_of(std::string name, std::shared_ptr<std::vector<T>> numbers, char kind,
                  std::vector<std::int64_t> shape) {
  const auto data = std::as_bytes(std::span<const T>(*numbers));
  return {std::move(name), {kind, sizeof(T), std::move(shape), 0}, data, std::move(numbers)};
}

std::string ending_of(const fs::path& file) {
  fs::path path = file;
  if (path.extension() == ".gz") path.replace_extension();
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return ending;
}

std::string expected_text(const Preprocessing& preprocessing) {
  const Shape& shape = preprocessing.input;
  if (shape.dims == 0) return fmt::format("vectors of {} features", shape.channels);
  return fmt::format("{} channel{} and {} axes of positions", shape.channels, shape.channels == 1 ? "" : "s",
                     shape.dims);
}

Result<PredictSource> open_image(const fs::path& file, const Preprocessing& preprocessing) {
  const std::int64_t channels = preprocessing.input.channels;
  if (preprocessing.input.dims != 2 || (channels != 1 && channels != 3)) {
    return Error{fmt::format("{}: an image, the network takes {}, give an array (.npy)", file.string(),
                             expected_text(preprocessing))};
  }
  if (preprocessing.element != ElementType::UInt8) {
    return Error{
        fmt::format("{}: an image has bytes, the network was trained on arrays of other numbers (the same "
                    "grey would be another number), give an array (.npy) of such numbers",
                    file.string())};
  }
  const auto header = read_image_header(file);
  if (!header) return header.error();
  if (header->colour && channels == 1) {
    return Error{
        fmt::format("{}: a coloured image (3 channels), the network takes 1, convert it to grey first", file.string())};
  }
  auto pixels =
      std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(channels * header->height * header->width));
  if (const auto read = decode_image(file, *header, channels, *pixels); !read) return read.error();
  const Shape shape{channels, 2, {header->height, header->width, 1}};
  return PredictSource{file.string(),
                       array_of(file.string(), std::move(pixels), 'u', {1, channels, header->height, header->width}),
                       {shape, false},
                       true};
}

bool fits(const Result<ArrayLayout>& layout, const Preprocessing& preprocessing) {
  return layout && layout->record.channels == preprocessing.input.channels &&
         layout->record.dims == preprocessing.input.dims;
}

Result<Unit> check_numbers(const NpyArray& array, const Preprocessing& preprocessing) {
  const bool bytes = element_of(array.header) == ElementType::UInt8;
  if (bytes == (preprocessing.element == ElementType::UInt8)) return Unit{};
  return Error{fmt::format("{}: {}, the network was trained on {} (the same value would mean something else), {}",
                           array.name, array.header.text(), bytes ? "other numbers than bytes" : "bytes, 0 to 255",
                           bytes ? "convert it as the training data were" : "save it as uint8")};
}

Result<PredictSource> open_array_source(const fs::path& file, const Preprocessing& preprocessing, NpyArray array) {
  if (const auto checked = check_numbers(array, preprocessing); !checked) return checked.error();
  PredictSource source{file.string(), std::move(array), {}, false};
  const std::string found = source.values.header.text();
  auto layout = read_axes(preprocessing.axes, source.values.header);
  if (!fits(layout, preprocessing)) {
    std::vector<std::int64_t>& shape = source.values.header.shape;
    shape.insert(shape.begin(), 1);
    source.bare = true;
    layout = read_axes(preprocessing.axes, source.values.header);
  }
  if (!fits(layout, preprocessing)) {
    return Error{fmt::format("{}: {}, the network takes {} with axes {} (one record may lack its first axis)",
                             source.values.name, found, expected_text(preprocessing), preprocessing.axes)};
  }
  source.layout = *layout;
  if (source.records() == 0) return Error{fmt::format("{}: holds no records", source.values.name)};
  return source;
}

Result<std::string> array_name(const fs::path& file, const Preprocessing& preprocessing, const std::string& asked) {
  const auto names = array_names(file);
  if (!names) return names.error();
  const std::string& wanted = asked.empty() ? preprocessing.array : asked;
  if (std::find(names->begin(), names->end(), wanted) != names->end()) return wanted;
  if (asked.empty() && names->size() == 1) return names->front();
  return Error{
      fmt::format("{}: which array? It has {}, choose one with --array", file.string(), fmt::join(*names, ", "))};
}

Result<PredictSource> open_npy(const fs::path& file, const Preprocessing& preprocessing) {
  auto array = map_npy_file(file);
  if (!array) return array.error();
  return open_array_source(file, preprocessing, std::move(*array));
}

Result<PredictSource> open_npz(const fs::path& file, const Preprocessing& preprocessing, const std::string& asked) {
  const auto name = array_name(file, preprocessing, asked);
  if (!name) return name.error();
  auto array = open_array(file, *name);
  if (!array) return array.error();
  return open_array_source(file, preprocessing, std::move(*array));
}

/// Where each column of training is in the table.
Result<std::vector<std::size_t>> places_of(const CsvTable& table, const fs::path& file,
                                           const std::vector<InputColumn>& columns) {
  std::vector<std::size_t> places;
  std::vector<std::string> absent;
  for (const InputColumn& column : columns) {
    const auto place = table.find_column(column.name);
    if (place) places.push_back(*place);
    if (!place) absent.push_back(column.name);
  }
  if (absent.empty()) return places;
  return Error{fmt::format("{}: no column '{}'{}, which training had (the table's columns: {})", file.string(),
                           fmt::join(absent, "', '"), absent.size() == 1 ? suggest(absent[0], table.columns) : "",
                           fmt::join(table.columns, ", "))};
}

std::string allowed_text(const InputColumn& column) {
  if (!column.categories.empty()) return fmt::format("one of {}", fmt::join(column.categories, ", "));
  return column.missing ? "a number or nothing" : "a number (training had no gaps here)";
}

Result<PredictSource> open_table(const fs::path& file, const Preprocessing& preprocessing) {
  if (preprocessing.columns.empty()) {
    return Error{fmt::format("{}: a table, the network was not trained on one, give an array (.npy)", file.string())};
  }
  // Columns without names were numbered in training.
  const bool numbered = preprocessing.columns.front().name == "1";
  const auto table = read_csv(file, {.header = numbered ? CsvHeader::Auto : CsvHeader::Yes});
  if (!table) return table.error();
  if (table->rows.empty()) return Error{fmt::format("{}: holds no rows", file.string())};
  const auto places = places_of(*table, file, preprocessing.columns);
  if (!places) return places.error();
  const auto rows = static_cast<std::int64_t>(table->rows.size());
  const std::int64_t features = preprocessing.input.channels;
  auto numbers = std::make_shared<std::vector<float>>(static_cast<std::size_t>(rows * features));
  std::span<float> rest(*numbers);
  for (std::size_t row = 0; row < table->rows.size(); ++row) {
    for (std::size_t c = 0; c < places->size(); ++c) {
      const InputColumn& column = preprocessing.columns[c];
      const std::string& field = table->rows[row][(*places)[c]];
      if (!encode_field(column, field, rest.first(column.features()))) {
        return Error{fmt::format("{}:{}: '{}' in the column '{}', expected {}", file.string(), table->lines[row], field,
                                 column.name, allowed_text(column))};
      }
      rest = rest.subspan(column.features());
    }
  }
  return PredictSource{file.string(),
                       array_of(file.string(), std::move(numbers), 'f', {rows, features}),
                       {{.channels = features}, false},
                       false};
}

/// Strides of a record's elements in the array: of the channel, then of each axis.
std::array<std::int64_t, 1 + Shape::kMaxDims> strides_of(const ArrayLayout& layout) {
  const Shape& shape = layout.record;
  std::array<std::int64_t, 1 + Shape::kMaxDims> strides{};
  std::int64_t stride = layout.channels_last ? shape.channels : 1;
  for (std::size_t axis = shape.dims; axis-- > 0;) {
    strides[axis + 1] = stride;
    stride *= shape.size[axis];
  }
  strides[0] = layout.channels_last ? 1 : stride;
  return strides;
}

}  // namespace

Result<PredictSource> open_predict_source(const fs::path& file, const Preprocessing& preprocessing,
                                          const std::string& array) {
  std::error_code failed;
  if (!fs::exists(file, failed)) return Error{fmt::format("{}: there is no such file", file.string())};
  const std::string ending = ending_of(file);
  if (ending == ".npz" || fs::is_directory(file, failed)) return open_npz(file, preprocessing, array);
  if (ending == ".npy") return open_npy(file, preprocessing);
  if (ending == ".csv") return open_table(file, preprocessing);
  return open_image(file, preprocessing);
}

Result<Unit> read_box(const PredictSource& source, std::int64_t record, std::span<const std::int64_t> start,
                      const Shape& box, bool may_be_missing, std::span<float> into) {
  const auto strides = strides_of(source.layout);
  const std::int64_t first = record * source.shape().elements();
  std::array<std::int64_t, Shape::kMaxDims> from{};
  std::copy(start.begin(), start.end(), from.begin());
  // Rows along the last axis; without channels last they lie together.
  const std::size_t last = box.dims == 0 ? 0 : box.dims - 1;
  const std::int64_t row = box.dims == 0 ? 1 : box.size[last];
  const std::int64_t channels = source.layout.channels_last ? box.channels : 1;
  std::vector<float> buffer(static_cast<std::size_t>(row * channels));
  Shape rows = box;
  if (box.dims > 0) rows.size[last] = 1;
  for (std::int64_t c = 0; c < box.channels; c += channels) {
    for (std::int64_t r = 0; r < rows.positions(); ++r) {
      std::int64_t element = first + c * strides[0];
      std::int64_t rest = r;
      for (std::size_t axis = Shape::kMaxDims; axis-- > 0;) {
        element += (from[axis] + rest % rows.size[axis]) * strides[axis + 1];
        rest /= rows.size[axis];
      }
      copy_elements(source.values, static_cast<std::size_t>(element), std::span<float>(buffer));
      for (std::int64_t i = 0; i < row * channels; ++i) {
        const std::int64_t channel = c + i % channels;
        into[static_cast<std::size_t>((channel * rows.positions() + r) * row + i / channels)] =
            buffer[static_cast<std::size_t>(i)];
      }
    }
  }
  const auto odd = std::find_if(into.begin(), into.end(), [&](float value) {
    return !std::isfinite(value) && !(may_be_missing && std::isnan(value));
  });
  if (odd == into.end()) return Unit{};
  return Error{fmt::format("{}: record {} holds {}, fill it in first", source.values.name, record, *odd)};
}

}  // namespace nas
