#include "mpi/child_protocol.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cctype>
#include <cmath>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

namespace nas {
namespace {

using nlohmann::json;

/// Deeper values than any message has are dropped while parsing, so that a hostile line cannot
/// make a document many times its own size.
constexpr int kMaxDepth = 4;
constexpr std::size_t kMaxErrorBytes = 400;

ChildMessage malformed(std::string message) {
  ChildMessage result;
  result.kind = ChildMessage::Kind::Malformed;
  result.failure = {FailureType::Protocol, std::move(message), {}};
  return result;
}

json parse_json(std::string_view text) {
  const auto shallow = [](int depth, json::parse_event_t, const json&) { return depth <= kMaxDepth; };
  return json::parse(text, shallow, /*allow_exceptions=*/false);
}

/// NaN, Infinity and -Infinity outside strings become null: Python's json module writes them.
std::string without_non_finite(std::string_view text) {
  std::string out;
  bool in_string = false;
  bool after_backslash = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    std::size_t skip = 0;
    if (!in_string) {
      for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
        if (rest.starts_with(word)) skip = word.size();
      }
    }
    if (skip > 0) {
      out += "null";
      i += skip - 1;
      continue;
    }
    const bool escaped = after_backslash;
    after_backslash = in_string && !escaped && text[i] == '\\';
    if (text[i] == '"' && !escaped) in_string = !in_string;
    out += text[i];
  }
  return out;
}

/// Error text, or empty if `metrics` was filled.
std::string read_metrics(const json& object, Metrics& metrics) {
  if (!object.is_object()) return "\"metrics\" is not an object of numbers";
  for (const auto& [name, value] : object.items()) {
    if (value.is_null()) continue;
    if (!value.is_number()) return fmt::format("metric \"{}\" is not a number", quotable(name));
    const double number = value.get<double>();
    if (std::isfinite(number)) metrics[name] = number;
  }
  return {};
}

ChildMessage read_error(const json& object) {
  ChildMessage result;
  result.kind = ChildMessage::Kind::Failed;
  const json& text = object["error"];
  const std::string message = text.is_string() ? text.get<std::string>() : text.dump();
  result.failure.type = FailureType::Reported;
  if (const auto type = object.find("failure"); type != object.end() && type->is_string()) {
    result.failure.type = failure_type_from(type->get<std::string>()).value_or(FailureType::Reported);
  }
  // A traceback says what is wrong in its last line; all of it goes where logs go.
  result.failure.message = quotable(last_lines(message, 1), kMaxErrorBytes);
  if (result.failure.message.empty()) result.failure.message = "the command reported an error without a text";
  if (result.failure.message != message) result.failure.log_tail = message;
  return result;
}

ChildMessage read_progress(const json& object) {
  ChildMessage result;
  const json& epoch = object["epoch"];
  if (!epoch.is_number_integer() || epoch.get<std::int64_t>() < 0 || epoch.get<std::int64_t>() > INT32_MAX) {
    return malformed("\"epoch\" is not a whole number from 0");
  }
  result.point.epoch = epoch.get<std::int32_t>();
  if (const auto metrics = object.find("metrics"); metrics != object.end()) {
    if (std::string error = read_metrics(*metrics, result.point.metrics); !error.empty()) return malformed(error);
  }
  result.kind = result.point.epoch == 0 ? ChildMessage::Kind::Started : ChildMessage::Kind::Progress;
  return result;
}

std::string check_id(const json& object, std::optional<CandidateId> expected) {
  const auto id = object.find("id");
  if (id == object.end()) return "a JSON object without \"id\"";
  const bool same = expected && id->is_number_unsigned() && id->get<std::uint64_t>() == number(*expected);
  if (same) return {};
  const std::string given = quotable(id->dump());
  return expected ? fmt::format("a line about candidate {} while {} is being evaluated", given, number(*expected))
                  : fmt::format("a line about candidate {} while none is being evaluated", given);
}

}  // namespace

ChildMessage parse_child_line(std::string_view line, std::optional<CandidateId> expected) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos || line[first] != '{') return {};
  json object = parse_json(line);
  if (object.is_discarded()) object = parse_json(without_non_finite(line));
  if (!object.is_object()) return {};
  if (std::string error = check_id(object, expected); !error.empty()) return malformed(error);
  if (object.contains("error")) return read_error(object);
  if (object.contains("epoch")) return read_progress(object);
  if (const auto left = object.find("interrupted"); left != object.end() && *left == true) {
    ChildMessage result;
    result.kind = ChildMessage::Kind::Interrupted;
    return result;
  }
  if (!object.contains("metrics")) return malformed("neither \"metrics\" nor \"error\" nor \"epoch\" in a line");
  ChildMessage result;
  if (std::string error = read_metrics(object["metrics"], result.metrics); !error.empty()) return malformed(error);
  if (const auto stopped = object.find("stopped"); stopped != object.end()) {
    if (!stopped->is_boolean()) return malformed("\"stopped\" is neither true nor false");
    result.stopped = stopped->get<bool>();
  }
  result.kind = ChildMessage::Kind::Answer;
  return result;
}

std::string interrupt_line(CandidateId id) { return json{{"id", number(id)}, {"interrupt", true}}.dump(); }

std::string describe_end(int wait_status) {
  if (!WIFSIGNALED(wait_status)) return fmt::format("exit code {}", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* name = sigabbrev_np(signal);
  const char* words = sigdescr_np(signal);
  if (name == nullptr || words == nullptr) return fmt::format("signal {}", signal);
  std::string description(words);
  description[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(description[0])));
  return fmt::format("SIG{} ({}{})", name, description, signal == SIGKILL ? ", perhaps for lack of memory" : "");
}

std::string last_lines(std::string_view text, std::size_t lines) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::size_t begin = text.size();
  while (begin > 0 && lines > 0) {
    const std::size_t newline = text.rfind('\n', begin - 1);
    --lines;
    if (newline == std::string_view::npos) return std::string(text);
    if (lines == 0) return std::string(text.substr(newline + 1));
    begin = newline;
  }
  return std::string(text.substr(begin));
}

std::string quotable(std::string_view text, std::size_t max_bytes) {
  text = text.substr(0, text.find('\n'));
  std::string out;
  for (const char c : text.substr(0, max_bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  if (text.size() > max_bytes) out += "...";
  return out;
}

std::string valid_utf8(const std::string& text) {
  const std::string quoted = json(text).dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
  return json::parse(quoted).get<std::string>();
}

}  // namespace nas
