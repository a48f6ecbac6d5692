// A picture as an SVG 1.1 file of its own: system fonts, a white page, no script, no links.
#pragma once

#include <string>
#include <string_view>

#include "nas/picture/picture.h"

namespace nas {

/// The picture laid out, with title and legend: well-formed XML that ends with a newline. The same
/// picture always gives the same bytes.
[[nodiscard]] std::string to_svg(const Picture& picture);

namespace detail {
/// Text for XML: markup escaped; what XML 1.0 or UTF-8 does not allow becomes U+FFFD.
[[nodiscard]] std::string xml_text(std::string_view text);
}  // namespace detail

}  // namespace nas
