// YAML text -> YamlNode, on yaml-cpp's events. The only file that includes yaml-cpp.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "search_spaces/yaml_tree.h"

namespace nas {
namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxNodes = 1'000'000;
// Copies made by aliases included, so that a few lines cannot fill the memory.
constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxFileBytes = std::size_t{16} << 20;

/// Thrown out of yaml-cpp's callbacks, which have no other way to stop it; ends in parse_yaml.
struct Refused {
  Place place;
  std::string why;
};

/// Size of a tree that an alias is about to copy.
struct Extent {
  std::size_t nodes = 1;
  std::size_t bytes = 0;
  std::size_t depth = 1;

  void include(const Extent& child) {
    nodes += child.nodes;
    bytes += child.bytes;
    depth = std::max(depth, child.depth + 1);
  }
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::shared_ptr<const std::string> file, Place end) : file_(std::move(file)), end_(std::move(end)) {}

  [[nodiscard]] YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (has_root_) throw Refused{place(mark), "a second document begins here, only one is read"};
    has_root_ = true;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(leaf(YamlNode::Kind::Null, mark), Extent{}, anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    YamlNode node = leaf(YamlNode::Kind::Scalar, mark);
    node.text = value;
    node.quoted = tag == kQuoted;
    add(std::move(node), Extent{.bytes = value.size()}, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused{place(mark), "this alias refers to the value that holds it"};
    const auto& [node, extent] = found->second;
    spend(extent, place(mark));
    if (stack_.size() + extent.depth > kMaxDepth) throw too_deep(mark);
    YamlNode copy = node;
    copy.place = place(mark);
    attach(std::move(copy), extent);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::Sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::Map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  static constexpr const char* kQuoted = "!";
  static constexpr const char* kPlain = "?";

  struct Open {
    YamlNode node;
    Extent extent;
    YAML::anchor_t anchor = 0;
    std::optional<YamlNode> key;            // of a map: read, its value not yet
    std::unordered_set<std::string> known;  // keys of a map
  };

  /// A null stands where the next token does, which may be behind the text.
  [[nodiscard]] Place place(const YAML::Mark& mark) const {
    return mark.line < end_.line ? Place{file_, mark.line + 1, mark.column + 1} : end_;
  }

  [[nodiscard]] YamlNode leaf(YamlNode::Kind kind, const YAML::Mark& mark) const {
    YamlNode node;
    node.kind = kind;
    node.place = place(mark);
    return node;
  }

  [[nodiscard]] Refused too_deep(const YAML::Mark& mark) const {
    return {place(mark), fmt::format("nested deeper than {} levels", kMaxDepth)};
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == kQuoted || tag == kPlain) return;
    throw Refused{place(mark), fmt::format("the tag '{}' is not supported, write the value without it", tag)};
  }

  void spend(const Extent& extent, const Place& at) {
    nodes_ += extent.nodes;
    bytes_ += extent.bytes;
    if (nodes_ > kMaxNodes)
      throw Refused{at, fmt::format("more than {} values, those that aliases copy included", kMaxNodes)};
    if (bytes_ > kMaxTextBytes) throw Refused{at, "more than 64 MiB of text, what aliases copy included"};
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    check_tag(mark, tag);
    spend(Extent{}, place(mark));
    if (stack_.size() >= kMaxDepth) throw too_deep(mark);
    stack_.push_back({.node = leaf(kind, mark), .extent = {}, .anchor = anchor, .key = {}, .known = {}});
  }

  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    finish(std::move(done.node), done.extent, done.anchor);
  }

  void add(YamlNode node, const Extent& extent, YAML::anchor_t anchor) {
    spend(extent, node.place);
    finish(std::move(node), extent, anchor);
  }

  void finish(YamlNode node, const Extent& extent, YAML::anchor_t anchor) {
    if (anchor != 0) {
      spend(extent, node.place);
      anchors_.insert_or_assign(anchor, std::pair(node, extent));
    }
    attach(std::move(node), extent);
  }

  void attach(YamlNode node, const Extent& extent) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    parent.extent.include(extent);
    if (parent.node.kind == YamlNode::Kind::Sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = checked_key(parent, std::move(node));
    } else {
      node.place = parent.key->place;
      parent.node.entries.emplace_back(std::move(parent.key->text), std::move(node));
      parent.key.reset();
    }
  }

  static YamlNode checked_key(Open& map, YamlNode key) {
    if (key.kind != YamlNode::Kind::Scalar) throw Refused{key.place, "a key must be a word, not a list, map or null"};
    if (key.text == "<<" && !key.quoted) {
      throw Refused{key.place, "the merge key '<<' is not supported, write the entries out"};
    }
    if (!map.known.insert(key.text).second) {
      const YamlNode* first = map.node.find(key.text);
      throw Refused{key.place, fmt::format("{}: this key is already there at line {}, remove one of the two", key.text,
                                           first->place.line)};
    }
    return key;
  }

  std::shared_ptr<const std::string> file_;
  Place end_;  // of the text
  std::vector<Open> stack_;
  std::unordered_map<YAML::anchor_t, std::pair<YamlNode, Extent>> anchors_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
  bool has_root_ = false;
  YamlNode root_;
};

/// Length of the UTF-8 sequence at `text[at]`; 0 if it is none (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(at);
  const unsigned second = byte(at + 1);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(at + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && second < 0xA0;
    const bool surrogate = lead == 0xED && second > 0x9F;
    return tail(at + 1) && tail(at + 2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool out_of_range = (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    return tail(at + 1) && tail(at + 2) && tail(at + 3) && !out_of_range ? 4 : 0;
  }
  return 0;
}

/// yaml-cpp takes byte 4 for the end of the file and lets every other byte through.
void check_bytes(std::string_view text, const std::shared_ptr<const std::string>& file) {
  int line = 1;
  std::size_t line_begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = utf8_length(text, i);
    const bool control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
    if (length == 0 || control) {
      const auto column = static_cast<int>(i - line_begin) + 1;
      throw Refused{{file, line, column}, fmt::format("byte 0x{:02x} is no UTF-8 text, is this a YAML file?", byte)};
    }
    i += length;
    if (byte != '\n') continue;
    ++line;
    line_begin = i;
  }
}

/// Behind the last character that is no line break.
Place end_of_text(std::string_view text, const std::shared_ptr<const std::string>& file) {
  text = text.substr(0, text.find_last_not_of("\r\n") + 1);
  const auto line = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  return {file, line, static_cast<int>(text.size() - (text.rfind('\n') + 1)) + 1};
}

YamlNode parse(std::string_view text, const std::shared_ptr<const std::string>& file) {
  check_bytes(text, file);
  // yaml-cpp takes an end of file after a line break for a closing quote: let a comment come last.
  std::istringstream stream(fmt::format("{}\n#", text));
  YAML::Parser parser(stream);
  TreeBuilder builder(file, end_of_text(text, file));
  while (parser.HandleNextDocument(builder)) {
  }
  YamlNode root = builder.take_root();
  if (root.place.file == nullptr) root.place = {file, 1, 1};
  return root;
}

/// yaml-cpp's reason in words that say what to look for.
std::string plain_reason(const std::string& message) {
  namespace Reason = YAML::ErrorMsg;
  if (message == Reason::EOF_IN_SCALAR) return "a quoted text is never closed";
  if (message == Reason::END_OF_SEQ_FLOW) return "a list begins with '[' before here: a ',' or its ']' is missing";
  if (message == Reason::END_OF_MAP_FLOW) return "a map begins with '{' before here: a ',' or its '}' is missing";
  if (message == Reason::END_OF_MAP) return "expected `key: value` as in the lines above, indented as they are";
  if (message == Reason::END_OF_SEQ) return "expected '- ' as in the lines above, indented as they are";
  if (message == Reason::UNKNOWN_ANCHOR) return "nothing before here is called so (*name is what &name marks)";
  if (message == Reason::TAB_IN_INDENTATION) return "a tab indents this line, use spaces";
  return message;
}

/// yaml-cpp notices what was never closed behind the text: the end of it is meant.
Error not_yaml(const YAML::Exception& e, std::string_view text, const std::shared_ptr<const std::string>& file) {
  const Place end = end_of_text(text, file);
  const bool inside = e.mark.line >= 0 && e.mark.line < end.line;
  const Place place = inside ? Place{file, e.mark.line + 1, e.mark.column + 1} : end;
  return Error{fmt::format("{}: not YAML: {}", to_string(place), plain_reason(e.msg))};
}

Error cannot_read(const std::filesystem::path& file, std::string_view why) {
  return Error{fmt::format("{}: cannot be read: {}", file.string(), why)};
}

}  // namespace

Result<YamlNode> parse_yaml(std::string_view text, const std::string& name) {
  const auto file = std::make_shared<const std::string>(name);
  try {
    return parse(text, file);
  } catch (const Refused& refused) {
    return Error{fmt::format("{}: {}", to_string(refused.place), refused.why)};
  } catch (const YAML::Exception& e) {
    return not_yaml(e, text, file);
  }
}

Result<YamlNode> read_yaml(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return cannot_read(file, "it is a directory");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return cannot_read(file, errno != 0 ? std::strerror(errno) : "it does not open");
  std::string text;
  std::array<char, 65536> part{};
  while (text.size() <= kMaxFileBytes && stream.read(part.data(), part.size()).gcount() > 0) {
    text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) return cannot_read(file, "reading it failed");
  if (text.size() > kMaxFileBytes) return cannot_read(file, "it is larger than 16 MiB");
  return parse_yaml(text, file.string());
}

}  // namespace nas
