// Blocks and cells that reach themselves would never end.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "search_spaces/limits.h"
#include "search_spaces/parse_context.h"

namespace nas {
namespace {

/// Blocks are numbered first, then cells.
class RecursionCheck {
 public:
  explicit RecursionCheck(ParseContext& context)
      : context_(context), state_(context.ast.blocks.size() + context.ast.cells.size(), State::New) {}

  void run() {
    for (std::size_t at = 0; at < state_.size(); ++at) {
      if (state_[at] == State::New) visit(at);
    }
  }

 private:
  enum class State { New, Open, Done };

  [[nodiscard]] std::size_t blocks() const { return context_.ast.blocks.size(); }

  [[nodiscard]] const std::string& name(std::size_t at) const {
    return at < blocks() ? context_.ast.blocks[at].name : context_.ast.cells[at - blocks()].name;
  }

  void visit(std::size_t at) {
    state_[at] = State::Open;
    path_.push_back(at);
    if (at < blocks()) {
      visit(context_.ast.blocks[at].body);
    } else {
      const CellDefinition& cell = context_.ast.cells[at - blocks()];
      for (const Body* body : {&cell.prepare, &cell.edge, &cell.node, &cell.output_inputs}) visit(*body);
    }
    path_.pop_back();
    state_[at] = State::Done;
  }

  void visit(const Body& body) {
    for (const Step& step : body) {
      if (step.kind == Step::Kind::Block) follow(step, step.target);
      if (step.kind == Step::Kind::Cell) follow(step, blocks() + step.target);
      for (const Body& inner : step.bodies) visit(inner);
    }
  }

  void follow(const Step& step, std::size_t next) {
    if (state_[next] == State::Open) {
      std::string circle = name(next);
      for (auto at = std::find(path_.begin(), path_.end(), next) + 1; at != path_.end(); ++at) {
        circle += " -> " + name(*at);
      }
      context_.fail(step.place,
                    fmt::format("'{0}' contains itself, which would never end: {1} -> {0}", name(next), circle));
    } else if (state_[next] == State::New && path_.size() >= kMaxNesting) {
      context_.fail(step.place, fmt::format("blocks and cells that use one another over {} deep", kMaxNesting));
    } else if (state_[next] == State::New) {
      visit(next);
    }
  }

  ParseContext& context_;
  std::vector<State> state_;
  std::vector<std::size_t> path_;
};

}  // namespace

void check_recursion(ParseContext& context) { RecursionCheck(context).run(); }

}  // namespace nas
