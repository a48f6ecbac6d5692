#include "nas/picture/text_width.h"

namespace nas::detail {
namespace {

/// In units of the font size.
double advance(char c) {
  constexpr std::string_view kNarrow = " .,:;'|!/()[]{}ijlftrI-";
  constexpr std::string_view kWide = "mwMW%@";
  if (kNarrow.find(c) != std::string_view::npos) return 0.37;
  if (kWide.find(c) != std::string_view::npos) return 0.92;
  return c >= 'A' && c <= 'Z' ? 0.72 : 0.59;
}

}  // namespace

double text_width(std::string_view text, double font_size) {
  double width = 0;
  for (const char c : text) {
    const bool continues_a_character = (static_cast<unsigned char>(c) & 0xC0u) == 0x80u;
    if (!continues_a_character) width += advance(c);
  }
  return width * font_size;
}

}  // namespace nas::detail
