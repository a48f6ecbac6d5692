// How wide a text is on the page, without a font at hand: an estimate for the sans-serif fonts of
// today's systems that errs on the wide side.
#pragma once

#include <string_view>

namespace nas::detail {

/// Pixels of `text` (UTF-8) at this font size.
[[nodiscard]] double text_width(std::string_view text, double font_size);

}  // namespace nas::detail
